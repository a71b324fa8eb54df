/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as policy files, all the way: parsed, decoded, merged, resolved for a small host, and
 * everything rendered that people or scripts could see. A NUL parts one file from the next; the
 * first byte of each decides its directory.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/diag/diag_json.h"
#include "policy/model/enforced.h"
#include "policy/render/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A host with one of everything that a policy can ask for. */
static const char *eth0_altnames[] = { "enp1s0", "lan0", NULL };
static struct interface host[] = {
	{ .name = "bond0", .index = 4, .driver = "bonding", .is_bond = true },
	{ .name = "eth0",
	  .index = 2,
	  .altnames = eth0_altnames,
	  .driver = "mlx5_core",
	  .mac = "02:00:5e:00:53:01",
	  .physical = true },
	{ .name = "eth1", .index = 3, .driver = "ixgbe", .physical = true, .master = "bond0" },
	{ .name = "lo", .index = 1 },
};
static const struct interfaces interfaces = { host, sizeof(host) / sizeof(host[0]) };

static void add_source(struct arena *arena, struct sources *sources, const char *text,
		       size_t length)
{
	static const char *const directories[] = { "/usr/lib", "/run", "/etc" };
	struct source *source = list_push(arena, sources);

	/* '#' means /etc, '"' means /run, and '!' or the 'o' of "ordain" means hints. */
	source->tier = length ? (enum tier)((unsigned char)text[0] % 3) : TIER_ETC;
	source->name = arena_printf(arena, "%zu.yaml", sources->count);
	source->path = arena_printf(arena, "%s/ordain/%s", directories[source->tier], source->name);
	source->text = text;
	source->length = length;
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What is used without errors has to keep its promises. */
static void check_policy(const struct policy *policy)
{
	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];

		require(!i || strcmp(policy->programs[i - 1].name, program->name) < 0);
		require(policy_program(policy, program->name) == program);
		for (size_t j = 0; j < program->before.count; j++)
			require(policy_program(policy, program->before.items[j].text));
		require(!program->object.text || program->object.text[0] == '/');
	}
}

static size_t position(const struct chain *chain, const struct program *program)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->elements[i].program == program)
			return i;
	abort();
}

/* Whatever is in force holds; what is blocked is told. */
static void check_chain(const struct chain *chain, const struct diags *diags)
{
	require(chain->count > 0 || chain->others.value != OTHERS_KEEP);
	require(!chain->blocked || diags_have_errors(diags));
	for (size_t i = 0; i < chain->applied.count; i++)
		require(position(chain, chain->applied.items[i].first) <
			position(chain, chain->applied.items[i].second));
	for (size_t i = 0; i < chain->conflict.count; i++)
		require(chain->conflict.items[i].second ==
			chain->conflict.items[(i + 1) % chain->conflict.count].first);
}

static void render(struct text *out, const struct resolution *resolution, const struct diags *diags)
{
	const struct policy *policy = resolution->policy;
	struct report report = { .directory = "/etc/ordain", .diags = diags };

	for (int format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
		render_check(out, (enum output_format)format, &report, resolution);
		render_explain_chains(out, (enum output_format)format, &report, policy, NULL,
				      resolution->chains.items, resolution->chains.count);
		for (size_t i = 0; i < policy->program_count && i < 8; i++)
			render_explain_program(out, (enum output_format)format, &report, resolution,
					       &interfaces, NULL, &policy->programs[i]);
	}
}

static void read_policy(struct arena *arena, const struct sources *sources)
{
	struct diags diags = DIAGS(arena);
	struct text text = TEXT(arena);
	const struct policy *policy = policy_build(arena, sources, &diags);

	check_policy(policy);
	/* The agent goes no further either. */
	if (!diags_have_errors(&diags)) {
		const struct resolution *resolution = resolve(arena, policy, &interfaces, &diags);

		enforced_report(policy, &diags);
		for (size_t i = 0; i < resolution->chains.count; i++)
			check_chain(&resolution->chains.items[i], &diags);
		render(&text, resolution, &diags);
	}
	diags_sort(&diags);
	diags_render(&diags, &text, true);
	diags_render_lines(&diags, &text, "nowhere");
	json_decref(diags_json(&diags));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct sources sources = { 0 };
	const char *start = (const char *)bytes;
	const char *end = start + size;

	while (start < end) {
		const char *stop = memchr(start, 0, (size_t)(end - start));

		if (!stop)
			stop = end;
		add_source(arena, &sources, start, (size_t)(stop - start));
		start = stop + 1;
	}
	read_policy(arena, &sources);
	arena_free(arena);
	return 0;
}
