/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/test.h"

static uint64_t random_state;

void spec_seed(uint64_t seed)
{
	/* Nearby seeds must not begin alike, and zero would stay zero. */
	random_state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	random_state += !random_state;
}

void spec_seed_from_environment(void)
{
	const char *seed = getenv("ORDAIN_SEED");
	uint64_t value = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);

	printf("ORDAIN_SEED=%llu\n", (unsigned long long)value);
	spec_seed(value);
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

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What tests/support/oracle.c knows the meaning of. */
const char *const spec_lists[] = {
	"*",
	"eth*",
	"eth0",
	"eth1",
	"lan0",
	"lan1 bond0",
	"eth? !eth1",
	"* lo !eth0",
	"lo eth1 wlan0",
	"!lan0 *",
	"lo !l*",
	"label:one",
	"label:two lo",
	"* !label:one",
	"label:physical",
	"*0",
	"loop0 br0",
	"bond0 eth1",
	"lan* label:two",
	"!label:physical *",
	"lo !label:two",
	"lan0 eth*",
	"*",
	"eth0 eth1",
	"bond*",
	"label:one eth0",
};
enum { LISTS = SIZE(spec_lists) };
const char *const spec_definitions[] = {
	"{driver: mlx5_core}",
	"{driver: [\"mlx5_*\", ixgbe]}",
	"{name: \"eth*\"}",
	"{name: [lan1, \"br*\"]}",
	"{mac: \"02:00:5E:00:53:01\"}",
	"{name: \"*\", driver: \"b*\"}",
	"{mac: [\"02:00:5e:00:53:00\", \"02:00:5e:00:53:01\"], name: \"*0\"}",
	"{name: [\"*\"]}",
	"{driver: igb}",
};
const char *const spec_names[SPEC_PROGRAMS] = { "delta", "audit", "lb", "flow", "x9", "x10" };
const char *const spec_label_names[SPEC_LABELS] = { "one", "two" };

static const char *eth0_altnames[] = { "enp0", "lan0", NULL };
static const char *eth1_altnames[] = { "lan1", NULL };
static const char *lo_altnames[] = { "loop0", NULL };
static struct interface host[SPEC_INTERFACES] = {
	{ .name = "bond0", .index = 4, .driver = "bonding", .is_bond = true },
	{ .name = "br0", .index = 9, .driver = "bridge" },
	{ .name = "eth0",
	  .index = 3,
	  .altnames = eth0_altnames,
	  .driver = "mlx5_core",
	  .mac = "02:00:5e:00:53:00",
	  .physical = true },
	{ .name = "eth1",
	  .index = 2,
	  .altnames = eth1_altnames,
	  .driver = "ixgbe",
	  .mac = "02:00:5e:00:53:01",
	  .physical = true,
	  .master = "bond0" },
	{ .name = "lo", .index = 1, .altnames = lo_altnames },
};
const struct interfaces spec_host = { host, SPEC_INTERFACES };

void spec_shuffle(int *ret_items, int count)
{
	for (int i = 0; i < count; i++)
		ret_items[i] = i;
	for (int i = count - 1; i > 0; i--) {
		int j = (int)below((unsigned int)i + 1);
		int kept = ret_items[i];

		ret_items[i] = ret_items[j];
		ret_items[j] = kept;
	}
}

static void say(struct spec_says *says, enum spec_key key, int value)
{
	says->keys |= 1u << key;
	says->values[key] = value;
}

static int random_names(int count, int but)
{
	unsigned int all = (1u << count) - 1;

	return (int)(below(all + 1) & below(all + 1) & ~(1u << but));
}

/*
 * What may be overridden too. Nobody may be both first and last, and none that others attach has
 * variables: each program is of one kind in all that is said of it.
 */
static void say_order(struct spec_says *says, int count, int i, bool variables)
{
	if (one_in(3))
		say(says, SAYS_STAGE, (int)below(STAGE_COUNT));
	if (one_in(4))
		say(says, SAYS_PRIORITY, (int)below(5) - 2);
	if (one_in(3))
		say(says, SAYS_BEFORE, random_names(count, i));
	if (one_in(3))
		say(says, SAYS_AFTER, random_names(count, i));
	if (one_in(12))
		say(says, SAYS_ENABLED, one_in(2));
	if (one_in(4))
		say(says, SAYS_READONLY, !one_in(4));
	if (one_in(10))
		say(says, SAYS_UNMODIFIED, !one_in(4));
	if (variables && one_in(3))
		say(says, SAYS_X, (int)below(3));
	if (variables && one_in(3))
		say(says, SAYS_Y, (int)below(3));
}

static enum spec_key end_of(int i)
{
	return i % 2 ? SAYS_FIRST : SAYS_LAST;
}

/* What hints may not say. */
static void say_firmly(struct spec_says *says, int i)
{
	if (one_in(10))
		say(says, end_of(i), !one_in(4));
	if (one_in(30))
		say(says, SAYS_EXCLUSIVE, !one_in(4));
}

static void say_source(struct spec_says *says, bool foreign, bool attached)
{
	if (foreign || !one_in(4))
		say(says, SAYS_HOOK, one_in(6) ? 1 << HOOK_XDP : 1 << HOOK_TCX_INGRESS);
	else
		say(says, SAYS_FUNCTIONS, 1 + (int)below((1 << HOOK_COUNT) - 1));
	say(says, attached ? SAYS_ATTACHED : SAYS_OBJECT, 1);
}

/*
 * Declared in /etc or /run, in both, or only in hints, with or without hints: `home` is where its
 * source is said, and a stronger directory may say it once more.
 */
static void make_program(struct spec *spec, int i, bool foreign)
{
	bool hinted = one_in(3);
	bool only_hinted = hinted && one_in(5);
	enum tier main = one_in(4) ? TIER_RUN : TIER_ETC;
	bool both = !only_hinted && one_in(4);
	bool everywhere = foreign && one_in(2); /* always attached by others, and at no interface */
	enum tier home = hinted && (only_hinted || one_in(2)) ? TIER_HINT : main;

	for (enum tier tier = TIER_HINT; tier <= TIER_ETC; tier++) {
		struct spec_says *says = &spec->programs[i][tier];
		bool attached = everywhere || (foreign && one_in(2));

		if (tier == TIER_HINT ? !hinted : only_hinted || (tier != main && !both))
			continue;
		if (tier == home || one_in(6))
			say_source(says, foreign, attached);
		say_order(says, spec->count, i, !foreign);
		if (tier == TIER_HINT && one_in(3))
			say(says, SAYS_AFTER, SPEC_UNKNOWN | random_names(spec->count, i));
		if (tier != TIER_HINT)
			say_firmly(says, i);
		if (tier == main && !everywhere && !only_hinted && !(hinted && one_in(6)))
			say(says, SAYS_INTERFACES, (int)below(LISTS));
		if (!says->keys)
			say(says, SAYS_PRIORITY, 0);
	}
}

static void make_rule(struct spec *spec, struct spec_rule *rule, const bool *foreign)
{
	rule->hooks = one_in(3) ? 1 + below((1 << HOOK_COUNT) - 1) : 1u << HOOK_TCX_INGRESS;
	rule->interfaces = (int)below(LISTS);
	spec_shuffle(rule->order, spec->count);
	rule->count = one_in(2) ? (int)below((unsigned int)spec->count + 1) : 0;
	for (int i = 0; i < spec->count; i++) {
		struct spec_says *says = &rule->overrides[i];

		if (!one_in(3))
			continue;
		say_order(says, spec->count, i, !foreign[i]);
		say_firmly(says, i);
	}
}

struct spec spec_random(void)
{
	struct spec spec = { .count = 2 + (int)below(SPEC_PROGRAMS - 1),
			     .rule_count = (int)below(SPEC_RULES + 1) };
	bool foreign[SPEC_PROGRAMS];

	for (int i = 0; i < spec.count; i++) {
		foreign[i] = one_in(5);
		make_program(&spec, i, foreign[i]);
	}
	for (int i = 0; i < spec.rule_count; i++)
		make_rule(&spec, &spec.rules[i], foreign);
	for (int i = 0; i < SPEC_RULES / 2; i++)
		spec.rule_tiers[i] = one_in(3) ? TIER_RUN : TIER_ETC;
	for (int i = 0; i < SPEC_LABELS; i++) {
		enum tier certain = (enum tier)below(SPEC_TIERS);

		for (enum tier tier = TIER_HINT; tier <= TIER_ETC; tier++)
			spec.labels[i][tier] = tier == certain || one_in(4)
						       ? (int)below(SIZE(spec_definitions))
						       : -1;
	}
	return spec;
}

static void add_words(struct text *text, const char *words)
{
	const char *comma = "";

	text_add(text, "[");
	for (; *words; comma = ", ") {
		size_t length = strcspn(words, " ");

		text_printf(text, "%s\"%.*s\"", comma, (int)length, words);
		words += length + strspn(words + length, " ");
	}
	text_add(text, "]\n");
}

static void add_names(struct text *text, const char *key, int bits)
{
	const char *comma = "";

	text_printf(text, "%s: [", key);
	for (int i = 0; i < SPEC_PROGRAMS; i++) {
		if (!(bits >> i & 1))
			continue;
		text_printf(text, "%s%s", comma, spec_names[i]);
		comma = ", ";
	}
	text_printf(text, "%s]\n", !(bits & SPEC_UNKNOWN) ? "" : *comma ? ", absent" : "absent");
}

static void add_functions(struct text *text, int hooks)
{
	const char *comma = "";

	text_add(text, "functions: {");
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(hooks >> hook & 1))
			continue;
		text_printf(text, "%s%s: run", comma, hook_name(hook));
		comma = ", ";
	}
	text_add(text, "}\n");
}

static const char *only_hook(int hooks)
{
	return hook_name(hooks >> HOOK_XDP & 1 ? HOOK_XDP : HOOK_TCX_INGRESS);
}

static void add_key(struct text *text, enum spec_key key, int value)
{
	static const char *const flags[SAYS_COUNT] = {
		[SAYS_FIRST] = "first",		[SAYS_LAST] = "last",
		[SAYS_ENABLED] = "enabled",	[SAYS_READONLY] = "readonly",
		[SAYS_EXCLUSIVE] = "exclusive", [SAYS_UNMODIFIED] = "unmodified_input",
	};

	if (flags[key])
		text_printf(text, "%s: %s\n", flags[key], value ? "true" : "false");
	else if (key == SAYS_HOOK)
		text_printf(text, "hook: %s\n", only_hook(value));
	else if (key == SAYS_FUNCTIONS)
		add_functions(text, value);
	else if (key == SAYS_OBJECT)
		text_add(text, "object: /usr/lib/bpf/a.bpf.o\n");
	else if (key == SAYS_ATTACHED)
		text_add(text, "attached: {name: \"cil_*\"}\n");
	else if (key == SAYS_STAGE)
		text_printf(text, "stage: %s\n", stage_name((enum stage)value));
	else if (key == SAYS_PRIORITY)
		text_printf(text, "priority: %d\n", value);
	else if (key == SAYS_BEFORE || key == SAYS_AFTER)
		add_names(text, key == SAYS_BEFORE ? "before" : "after", value);
}

static void add_variables(struct text *text, const struct spec_says *says)
{
	bool x = says->keys >> SAYS_X & 1;
	bool y = says->keys >> SAYS_Y & 1;

	text_add(text, "variables: {");
	if (x)
		text_printf(text, "x: %d", says->values[SAYS_X]);
	if (y)
		text_printf(text, "%sy: %d", x ? ", " : "", says->values[SAYS_Y]);
	text_add(text, "}\n");
}

/* One line for each key, in a random order. */
static void add_says(struct text *text, const struct spec_says *says, const char *indent)
{
	int keys[SAYS_COUNT];

	spec_shuffle(keys, SAYS_COUNT);
	for (int i = 0; i < SAYS_COUNT; i++) {
		enum spec_key key = (enum spec_key)keys[i];
		bool second = key == SAYS_Y && says->keys >> SAYS_X & 1;

		if (!(says->keys >> key & 1) || second)
			continue;
		text_add(text, indent);
		if (key == SAYS_INTERFACES) {
			text_add(text, "interfaces: ");
			add_words(text, spec_lists[says->values[key]]);
		} else if (key == SAYS_X || key == SAYS_Y) {
			add_variables(text, says);
		} else {
			add_key(text, key, says->values[key]);
		}
	}
}

static void add_order(struct text *text, const struct spec_rule *rule)
{
	text_add(text, "    order: [");
	for (int i = 0; i < rule->count; i++)
		text_printf(text, "%s%s", i ? ", " : "", spec_names[rule->order[i]]);
	text_add(text, "]\n");
}

static void add_overrides(struct text *text, const struct spec *spec, const struct spec_rule *rule)
{
	int order[SPEC_PROGRAMS];

	text_add(text, "    override:\n");
	spec_shuffle(order, spec->count);
	for (int i = 0; i < spec->count; i++) {
		const struct spec_says *says = &rule->overrides[order[i]];

		if (!says->keys)
			continue;
		text_printf(text, "      %s:\n", spec_names[order[i]]);
		add_says(text, says, "        ");
	}
}

static void add_rule(struct text *text, const struct spec *spec, const struct spec_rule *rule)
{
	const char *comma = "";
	bool overrides = false;
	bool order_first = one_in(2);

	for (int i = 0; i < spec->count; i++)
		overrides = overrides || rule->overrides[i].keys;
	text_add(text, "  - hook: [");
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(rule->hooks >> hook & 1))
			continue;
		text_printf(text, "%s%s", comma, hook_name(hook));
		comma = ", ";
	}
	text_add(text, "]\n    interfaces: ");
	add_words(text, spec_lists[rule->interfaces]);
	if (order_first)
		add_order(text, rule);
	if (overrides)
		add_overrides(text, spec, rule);
	if (!order_first)
		add_order(text, rule);
}

const char *spec_program_file(int program, enum tier tier)
{
	static char names[SPEC_PROGRAMS][SPEC_TIERS][16];

	snprintf(names[program][tier], sizeof(names[program][tier]), "%s-%d.yaml",
		 spec_names[program], (int)tier);
	return names[program][tier];
}

const char *spec_rule_file(int rule)
{
	return rule < SPEC_RULES / 2 ? "50-site.yaml" : "90-host.yaml";
}

static void add_file(struct arena *arena, struct sources *sources, const char *name, enum tier tier,
		     const struct text *text)
{
	static const char *const directories[] = { "/usr/lib", "/run", "/etc" };
	struct source *source;

	sources_add(arena, sources, name, text_string(text));
	source = &sources->items[sources->count - 1];
	source->tier = tier;
	source->path = arena_printf(arena, "%s/ordain/%s", directories[tier], name);
}

static void add_labels(struct arena *arena, const struct spec *spec, enum tier tier,
		       struct sources *sources)
{
	struct text text = TEXT(arena);
	bool any = false;

	text_add(&text, "ordain: 1\nlabels:\n");
	for (int i = 0; i < SPEC_LABELS; i++) {
		if (spec->labels[i][tier] < 0)
			continue;
		any = true;
		text_printf(&text, "  %s: %s\n", spec_label_names[i],
			    spec_definitions[spec->labels[i][tier]]);
	}
	if (any)
		add_file(arena, sources, arena_printf(arena, "labels-%d.yaml", (int)tier), tier,
			 &text);
}

void spec_sources(struct arena *arena, const struct spec *spec, struct sources *sources)
{
	for (enum tier tier = TIER_HINT; tier <= TIER_ETC; tier++) {
		add_labels(arena, spec, tier, sources);
		for (int i = 0; i < spec->count; i++) {
			struct text text = TEXT(arena);

			if (!spec->programs[i][tier].keys)
				continue;
			text_printf(&text, "ordain: 1\nprograms:\n  %s:\n", spec_names[i]);
			add_says(&text, &spec->programs[i][tier], "    ");
			add_file(arena, sources, spec_program_file(i, tier), tier, &text);
		}
	}
	for (int i = 0; i < spec->rule_count; i += SPEC_RULES / 2) {
		struct text text = TEXT(arena);

		text_add(&text, "ordain: 1\nchains:\n");
		for (int j = i; j < spec->rule_count && j < i + SPEC_RULES / 2; j++)
			add_rule(&text, spec, &spec->rules[j]);
		add_file(arena, sources, spec_rule_file(i), spec->rule_tiers[i / (SPEC_RULES / 2)],
			 &text);
	}
}
