/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/missing.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

/* What cannot run, a word each: the name, and what it says. */
struct broken {
	const char *name;
	enum if_missing says;
};

struct expectation {
	struct broken broken[3];
	const char *manifest; /* of "a b c"; NULL: none */
	enum if_missing decides;
};

#define SKIP(name)                                                                                 \
	{                                                                                          \
		name, IF_MISSING_SKIP                                                              \
	}
#define EMPTY(name)                                                                                \
	{                                                                                          \
		name, IF_MISSING_EMPTY                                                             \
	}
#define DROP(name)                                                                                 \
	{                                                                                          \
		name, IF_MISSING_DROP                                                              \
	}

static const struct expectation expectations[] = {
	{ { SKIP("a") }, "b c", IF_MISSING_SKIP },
	{ { SKIP("b") }, "a c", IF_MISSING_SKIP },
	{ { SKIP("c") }, "a b", IF_MISSING_SKIP },
	{ { SKIP("c"), SKIP("a"), SKIP("b") }, NULL, IF_MISSING_SKIP },
	{ { DROP("a") }, "a:missing b c", IF_MISSING_DROP },
	{ { DROP("b") }, "a b:missing c", IF_MISSING_DROP },
	{ { DROP("c") }, "a b c:missing", IF_MISSING_DROP },
	{ { DROP("c"), DROP("b") }, "a b:missing c:missing", IF_MISSING_DROP },
	{ { EMPTY("b") }, NULL, IF_MISSING_EMPTY },
	/* The strictest decides: drop before empty before skip. */
	{ { SKIP("a"), EMPTY("b") }, NULL, IF_MISSING_EMPTY },
	{ { SKIP("a"), DROP("b") }, "b:missing c", IF_MISSING_DROP },
	{ { EMPTY("a"), DROP("c") }, "b c:missing", IF_MISSING_DROP },
	{ { DROP("a"), EMPTY("b"), SKIP("c") }, "a:missing", IF_MISSING_DROP },
};

static struct missing missing_of(struct arena *arena, const struct broken *broken)
{
	struct missing missing = { 0 };

	for (size_t i = 0; i < 3 && broken[i].name; i++)
		*list_push(arena, &missing) = (struct missing_program){
			broken[i].name,
			broken[i].says,
			DIAG_OBJECT_MISSING,
			"gone",
		};
	return missing;
}

static void missing_makes_the_chain_that_can_run(void **state)
{
	struct arena *arena = arena_new();
	const struct manifest *whole = manifest_of(arena, HOOK_XDP, "a b c");

	(void)state;
	for (size_t i = 0; i < sizeof(expectations) / sizeof(*expectations); i++) {
		const struct expectation *expected = &expectations[i];
		struct missing missing = missing_of(arena, expected->broken);
		const struct manifest *made = missing_manifest(arena, whole, &missing);

		assert_int_equal(missing_decides(&missing), expected->decides);
		if (!expected->manifest)
			assert_null(made);
		else if (!made ||
			 !manifest_equal(made, manifest_of(arena, HOOK_XDP, expected->manifest)))
			fail_msg("%zu: not %s", i, expected->manifest);
	}
	arena_free(arena);
}

static void missing_knows_what_runs_all_the_same(void **state)
{
	struct arena *arena = arena_new();
	struct missing missing = missing_of(arena, (struct broken[3]){ DROP("b") });

	(void)state;
	assert_true(missing_runs(&missing, manifest_of(arena, HOOK_XDP, "a b:7")));
	assert_false(missing_runs(&missing, manifest_of(arena, HOOK_XDP, "a c")));
	assert_false(missing_runs(&missing, manifest_of(arena, HOOK_XDP, "a b:missing")));
	assert_false(missing_runs(&missing, NULL));
	arena_free(arena);
}

static void missing_says_what_became_of_each(void **state)
{
	struct arena *arena = arena_new();
	struct missing empty = missing_of(arena, (struct broken[3]){ SKIP("a"), EMPTY("b") });
	struct missing drop =
		missing_of(arena, (struct broken[3]){ SKIP("a"), EMPTY("b"), DROP("c") });

	(void)state;
	assert_string_equal(missing_words(arena, &empty, "a"),
			    "cannot run: left out (if_missing: skip)");
	assert_string_equal(missing_words(arena, &empty, "b"),
			    "cannot run: nothing of ours runs here (if_missing: empty)");
	assert_string_equal(missing_words(arena, &empty, "c"),
			    "left out: b cannot run (if_missing: empty)");
	assert_string_equal(missing_summary(arena, &drop),
			    "a cannot run: left out (if_missing: skip); "
			    "b cannot run: left out (if_missing: empty, but c drops every packet); "
			    "c cannot run: drops every packet (if_missing: drop)");
	assert_null(missing_words(arena, &drop, "d"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_makes_the_chain_that_can_run),
		cmocka_unit_test(missing_knows_what_runs_all_the_same),
		cmocka_unit_test(missing_says_what_became_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
