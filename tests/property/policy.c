/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole way from files to chains: the same random policy, said once by hand and once in YAML,
 * comes to the same; and files in any order come to the same output, byte for byte.
 *
 * ORDAIN_SEED=N repeats a run.
 */
#include <stdlib.h>
#include <time.h>

#include "policy/render.h"
#include "tests/support/spec.h"
#include "tests/support/test.h"

enum { ROUNDS = 500 };

static struct spec random_spec(void)
{
	struct spec spec = spec_random();

	/* Hints stand in other files than these, and nobody may be both first and last. */
	for (int i = 0; i < spec.count; i++) {
		spec.programs[i].hint = false;
		spec.programs[i].hinted = false;
		spec.programs[i].readonly = false;
		spec.programs[i].unmodified = false;
		spec.programs[i].exclusive = false;
		spec.programs[i].last = spec.programs[i].last && !spec.programs[i].first;
		if (spec.programs[i].attached && !*spec.programs[i].interfaces)
			spec.programs[i].interfaces = "*";
		spec.programs[i].attached = false;
	}
	return spec;
}

static const struct resolution *resolve_files(struct model *model, const struct spec *spec,
					      bool shuffled, struct diags *diags)
{
	struct sources *sources = arena_alloc(model->arena, sizeof(*sources));
	const struct policy *policy;

	spec_sources(model->arena, spec, shuffled, sources);
	policy = policy_build(model->arena, sources, diags);
	assert_false(diags_have_errors(diags));
	return resolve(model->arena, policy, &model->interfaces, diags);
}

static void files_come_to_what_they_say(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct spec spec = random_spec();
		struct model *model = spec_model(&spec, false);
		const struct chains *said = &model_resolve(model)->chains;
		struct diags diags = DIAGS(model->arena);
		const struct chains *read = &resolve_files(model, &spec, false, &diags)->chains;

		assert_int_equal(said->count, read->count);
		for (size_t i = 0; i < said->count; i++) {
			assert_ptr_equal(said->items[i].interface, read->items[i].interface);
			assert_int_equal(said->items[i].blocked, read->items[i].blocked);
			assert_string_equal(chain_names(model->arena, &said->items[i]),
					    chain_names(model->arena, &read->items[i]));
			assert_int_equal(said->items[i].overridden.count,
					 read->items[i].overridden.count);
		}
		model_free(model);
	}
}

/* Everything that people could see of it. */
static const char *render_files(struct model *model, const struct spec *spec, bool shuffled)
{
	struct diags diags = DIAGS(model->arena);
	const struct resolution *resolution = resolve_files(model, spec, shuffled, &diags);
	struct report report = { .diags = &diags };
	struct text out = TEXT(model->arena);

	diags_sort(&diags);
	diags_render(&diags, &out, false);
	render_check(&out, OUTPUT_JSON, &report, resolution);
	for (size_t i = 0; i < resolution->chains.count; i++)
		render_explain_chains(&out, OUTPUT_TABLE, &report, resolution->policy,
				      &resolution->chains.items[i], 1);
	return text_string(&out);
}

static void files_in_any_order_come_to_the_same(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct spec spec = random_spec();
		struct model *model = spec_model(&spec, false);

		assert_string_equal(render_files(model, &spec, false),
				    render_files(model, &spec, true));
		model_free(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_to_what_they_say),
		cmocka_unit_test(files_in_any_order_come_to_the_same),
	};
	const char *seed = getenv("ORDAIN_SEED");
	uint64_t value = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);

	printf("ORDAIN_SEED=%llu\n", (unsigned long long)value);
	spec_seed(value);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
