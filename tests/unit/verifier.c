/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/load/verifier.h"

#include "tests/support/test.h"

static void verifier_figures_are_read(void **state)
{
	struct arena *arena = arena_new();
	struct figures_of_verifier figures;

	(void)state;
	assert_true(verifier_figures(arena,
				     "func#0 @0\n"
				     "verification time 25 usec\n"
				     "stack depth 8+0+120\n"
				     "processed 31 insns (limit 1000000) max_states_per_insn 0\n",
				     &figures));
	assert_int_equal(figures.count, 3);
	assert_int_equal(figures.stack[0], 8);
	assert_int_equal(figures.stack[1], 0);
	assert_int_equal(figures.stack[2], 120);
	assert_int_equal(figures.steps, 31);
	assert_true(verifier_figures(arena, "stack depth 0\nprocessed 2 insns", &figures));
	assert_int_equal(figures.count, 1);
	arena_free(arena);
}

static void verifier_figures_are_all_or_none(void **state)
{
	struct arena *arena = arena_new();
	struct figures_of_verifier figures;

	(void)state;
	assert_false(verifier_figures(arena, "", &figures));
	assert_false(verifier_figures(arena, "stack depth 8\n", &figures));
	assert_false(verifier_figures(arena, "processed 31 insns\n", &figures));
	assert_false(verifier_figures(arena, "stack depth \nprocessed 31 insns\n", &figures));
	assert_false(verifier_figures(arena, "stack depth 8+\nprocessed 31 insns\n", &figures));
	assert_false(verifier_figures(arena, "stack depth 8\nprocessed insns\n", &figures));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifier_figures_are_read),
		cmocka_unit_test(verifier_figures_are_all_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
