/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same policy said in another order: files and directories in any order come to the same
 * output, byte for byte; keys in any order to the same but for the places of what is said.
 *
 * ORDAIN_SEED=N repeats a run.
 */
#include "policy/render/render.h"
#include "tests/support/spec.h"
#include "tests/support/test.h"

enum { ROUNDS = 500 };

static void shuffle_sources(struct arena *arena, struct sources *sources)
{
	struct source *items = arena_memdup(arena, sources->items, sources->count * sizeof(*items));
	int *order = arena_array(arena, int, sources->count);

	spec_shuffle(order, (int)sources->count);
	for (size_t i = 0; i < sources->count; i++)
		sources->items[i] = items[order[i]];
}

static const struct resolution *resolve_files(struct arena *arena, const struct sources *sources,
					      struct diags *diags)
{
	const struct policy *policy = policy_build(arena, sources, diags);

	if (diags_have_errors(diags)) {
		struct text text = TEXT(arena);

		diags_render(diags, &text, false);
		fail_msg("%s", text_string(&text));
	}
	return resolve(arena, policy, &spec_host, diags);
}

/* Everything that people could see of it. */
static const char *render_files(struct arena *arena, const struct sources *sources)
{
	struct diags diags = DIAGS(arena);
	const struct resolution *resolution = resolve_files(arena, sources, &diags);
	struct report report = { .file_count = sources->count, .diags = &diags };
	struct text out = TEXT(arena);

	diags_sort(&diags);
	diags_render(&diags, &out, false);
	diags_render_lines(&diags, &out, "nowhere");
	for (int format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
		render_check(&out, (enum output_format)format, &report, resolution);
		for (size_t i = 0; i < resolution->chains.count; i++)
			render_explain_chains(&out, (enum output_format)format, &report,
					      resolution->policy, NULL,
					      &resolution->chains.items[i], 1);
		for (size_t i = 0; i < resolution->policy->program_count; i++)
			render_explain_program(&out, (enum output_format)format, &report,
					       resolution, &spec_host, NULL,
					       &resolution->policy->programs[i]);
	}
	return text_string(&out);
}

static void files_in_any_order_come_to_the_same(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct spec spec = spec_random();
		struct arena *arena = arena_new();
		struct sources sources = { 0 };
		const char *rendered;

		spec_sources(arena, &spec, &sources);
		rendered = render_files(arena, &sources);
		shuffle_sources(arena, &sources);
		assert_string_equal(render_files(arena, &sources), rendered);
		arena_free(arena);
	}
}

/* A contradiction is shown by its statements, of equal ones the one placed first. */
static void add_chain(struct text *out, const struct chain *chain)
{
	text_printf(out, "%s %s %s %zu %zu:", chain->interface->name, hook_name(chain->hook),
		    chain->blocked ? diag_code_name(chain->code) : "", chain->applied.count,
		    chain->overridden.count);
	for (size_t i = 0; i < chain->count; i++)
		text_printf(out, " %s", chain->elements[i].program->name);
	for (size_t i = 0; i < chain->conflict.count; i++)
		text_printf(out, ", %s before %s", chain->conflict.items[i].first->name,
			    chain->conflict.items[i].second->name);
	text_add(out, "\n");
}

static const char *summarise_files(struct arena *arena, const struct spec *spec)
{
	struct sources sources = { 0 };
	struct diags diags = DIAGS(arena);
	struct text out = TEXT(arena);
	const struct resolution *resolution;

	spec_sources(arena, spec, &sources);
	resolution = resolve_files(arena, &sources, &diags);
	for (size_t i = 0; i < resolution->chains.count; i++)
		add_chain(&out, &resolution->chains.items[i]);
	return text_string(&out);
}

static void keys_in_any_order_come_to_the_same(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct spec spec = spec_random();
		struct arena *arena = arena_new();

		assert_string_equal(summarise_files(arena, &spec), summarise_files(arena, &spec));
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_in_any_order_come_to_the_same),
		cmocka_unit_test(keys_in_any_order_come_to_the_same),
	};

	spec_seed_from_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
