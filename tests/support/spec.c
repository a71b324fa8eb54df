/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/spec.h"

#include "tests/support/test.h"

static uint64_t random_state;

void spec_seed(uint64_t seed)
{
	/* Nearby seeds must not begin alike, and zero would stay zero. */
	random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	random_state += !random_state;
}

static unsigned int below(unsigned int limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state >> 33) % limit;
}

static bool one_in(unsigned int chances)
{
	return !below(chances);
}

static const char *const interface_choices[] = {
	"*",	      "*",	    "eth*",	     "eth0",	"eth0 eth1",
	"eth? !eth1", "* lo !eth0", "lo eth1 wlan0", "!eth0 *", "lo !l*",
};
static const char *const program_names[SPEC_PROGRAMS] = { "delta", "audit", "lb",
							  "flow",  "x9",    "x10" };
static const char *const rule_names[SPEC_RULES] = { "90-host", "50-site" };
const char *const spec_interfaces[SPEC_INTERFACES] = { "eth1", "lo", "eth0", "br0" };

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

static unsigned int random_names(int count)
{
	return one_in(3) ? below(1u << count) & below(1u << count) : 0;
}

static void shuffle(int *items, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int j = (int)below((unsigned int)i + 1);
		int kept = items[i];

		items[i] = items[j];
		items[j] = kept;
	}
}

static const char *random_interfaces(void)
{
	return interface_choices[below(SIZE(interface_choices))];
}

static void make_program(struct spec *spec, int i)
{
	spec->programs[i].hook = one_in(5) ? HOOK_XDP : HOOK_TCX_INGRESS;
	spec->programs[i].interfaces = random_interfaces();
	spec->programs[i].stage = one_in(3) ? (int)below(STAGE_COUNT) : -1;
	spec->programs[i].priority = one_in(4) ? (int)below(5) - 2 : 0;
	spec->programs[i].before = random_names(spec->count) & ~(1u << i);
	spec->programs[i].after = random_names(spec->count) & ~(1u << i);
	spec->programs[i].first = one_in(12);
	spec->programs[i].last = one_in(12);
	spec->programs[i].hint = one_in(3);
	spec->programs[i].hinted = one_in(4);
	spec->programs[i].disabled = one_in(15);
	spec->programs[i].readonly = one_in(4);
	spec->programs[i].unmodified = one_in(10);
	spec->programs[i].exclusive = one_in(30);
	spec->programs[i].attached = one_in(6);
	if (spec->programs[i].attached && one_in(2))
		spec->programs[i].interfaces = "";
}

struct spec spec_random(void)
{
	struct spec spec = { .count = 1 + (int)below(SPEC_PROGRAMS),
			     .rule_count = (int)below(SPEC_RULES + 1) };

	for (int i = 0; i < spec.count; i++)
		make_program(&spec, i);
	for (int i = 0; i < spec.rule_count; i++) {
		spec.rules[i].hook = one_in(4) ? HOOK_XDP : HOOK_TCX_INGRESS;
		spec.rules[i].interfaces = random_interfaces();
		for (int j = 0; j < SPEC_PROGRAMS; j++)
			spec.rules[i].order[j] = j;
		shuffle(spec.rules[i].order, spec.count);
		spec.rules[i].count = (int)below((unsigned int)spec.count + 1);
	}
	return spec;
}

static const char *name_programs(struct arena *arena, const int *programs, int count)
{
	struct text text = TEXT(arena);

	for (int i = 0; i < count; i++)
		text_printf(&text, "%s%s", i ? " " : "", program_names[programs[i]]);
	return text_string(&text);
}

static const char *name_bits(struct arena *arena, unsigned int bits)
{
	int programs[SPEC_PROGRAMS];
	int count = 0;

	for (int i = 0; i < SPEC_PROGRAMS; i++)
		if (bits >> i & 1)
			programs[count++] = i;
	return name_programs(arena, programs, count);
}

static void say_flags(struct program *program, const struct spec *spec, int i)
{
	if (spec->programs[i].first)
		model_first(program);
	if (spec->programs[i].last)
		model_last(program);
	if (spec->programs[i].disabled)
		model_disable(program);
	if (spec->programs[i].readonly)
		model_readonly(program);
	if (spec->programs[i].unmodified)
		model_unmodified(program);
	if (spec->programs[i].exclusive)
		model_exclusive(program);
	if (spec->programs[i].attached)
		model_attached(program, "*");
}

static void say_program(struct model *model, const struct spec *spec, int i)
{
	struct program *program = model_program(model, program_names[i], spec->programs[i].hook,
						spec->programs[i].interfaces);

	if (spec->programs[i].priority)
		model_priority(program, spec->programs[i].priority);
	model_before(model, program, name_bits(model->arena, spec->programs[i].before));
	say_flags(program, spec, i);
	if (spec->programs[i].hint)
		model_hint(program);
	else if (spec->programs[i].hinted)
		model_say_in(model, program, TIER_HINT);
	if (spec->programs[i].stage >= 0)
		model_stage(program, (enum stage)spec->programs[i].stage);
	model_after(model, program, name_bits(model->arena, spec->programs[i].after));
}

struct model *spec_model(const struct spec *spec, bool shuffled)
{
	int programs[SPEC_PROGRAMS] = { 0, 1, 2, 3, 4, 5 };
	int interfaces[SPEC_INTERFACES] = { 0, 1, 2, 3 };
	int rules[SPEC_RULES] = { 0, 1 };
	struct model *model = model_new();

	if (shuffled) {
		shuffle(programs, spec->count);
		shuffle(interfaces, SPEC_INTERFACES);
		shuffle(rules, spec->rule_count);
	}
	for (int i = 0; i < SPEC_INTERFACES; i++)
		model_interfaces(model, spec_interfaces[interfaces[i]]);
	for (int i = 0; i < spec->count; i++)
		say_program(model, spec, programs[i]);
	for (int i = 0; i < spec->rule_count; i++)
		model_rule(model, rule_names[rules[i]], spec->rules[rules[i]].hook,
			   spec->rules[rules[i]].interfaces,
			   name_programs(model->arena, spec->rules[rules[i]].order,
					 spec->rules[rules[i]].count));
	return model;
}

/* ["a", "b"] for "a b" */
static void add_list(struct text *text, const char *key, const char *words)
{
	text_printf(text, "    %s: [", key);
	for (const char *comma = ""; *words; comma = ", ") {
		size_t length = strcspn(words, " ");

		text_printf(text, "%s\"%.*s\"", comma, (int)length, words);
		words += length + strspn(words + length, " ");
	}
	text_add(text, "]\n");
}

static const char *program_file(struct arena *arena, const struct spec *spec, int i)
{
	struct text text = TEXT(arena);

	text_printf(&text, "ordain: 1\nprograms:\n  %s:\n    hook: %s\n", program_names[i],
		    hook_name(spec->programs[i].hook));
	add_list(&text, "interfaces", spec->programs[i].interfaces);
	text_add(&text, "    object: /usr/lib/bpf/a.bpf.o\n");
	if (spec->programs[i].stage >= 0)
		text_printf(&text, "    stage: %s\n",
			    stage_name((enum stage)spec->programs[i].stage));
	if (spec->programs[i].priority)
		text_printf(&text, "    priority: %d\n", spec->programs[i].priority);
	add_list(&text, "before", name_bits(arena, spec->programs[i].before));
	add_list(&text, "after", name_bits(arena, spec->programs[i].after));
	if (spec->programs[i].first)
		text_add(&text, "    first: true\n");
	if (spec->programs[i].last)
		text_add(&text, "    last: true\n");
	if (spec->programs[i].disabled)
		text_add(&text, "    enabled: false\n");
	return text_string(&text);
}

static const char *rule_file(struct arena *arena, const struct spec *spec, int i)
{
	struct text text = TEXT(arena);

	text_printf(&text, "ordain: 1\nchains:\n  - hook: %s\n", hook_name(spec->rules[i].hook));
	add_list(&text, "interfaces", spec->rules[i].interfaces);
	add_list(&text, "order", name_programs(arena, spec->rules[i].order, spec->rules[i].count));
	return text_string(&text);
}

void spec_sources(struct arena *arena, const struct spec *spec, bool shuffled,
		  struct sources *sources)
{
	int files[SPEC_PROGRAMS + SPEC_RULES];
	int count = spec->count + spec->rule_count;

	for (int i = 0; i < count; i++)
		files[i] = i;
	if (shuffled)
		shuffle(files, count);
	for (int i = 0; i < count; i++) {
		int rule = files[i] - spec->count;
		const char *name = rule < 0 ? program_names[files[i]] : rule_names[rule];

		sources_add(arena, sources, arena_printf(arena, "%s.yaml", name),
			    rule < 0 ? program_file(arena, spec, files[i])
				     : rule_file(arena, spec, rule));
	}
}
