/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/fallback.h"

#include "tests/support/test.h"
#include "tests/support/tree.h"
#include "tests/support/values.h"

/* A chain of a, b and c, of which so much is desired as yet, and what the kernel says of it. */
struct refusal {
	struct decision decision;
	struct desired desired;
	struct diags found;
};

static struct refusal refusal_new(struct arena *arena, enum if_missing b)
{
	static const struct interface here = { .name = "eth0", .index = 2 };
	struct chain *chain = chain_of(arena, &here, HOOK_XDP, "a b c");
	struct refusal refusal = {
		.decision = { .arena = arena, .diags = DIAGS(arena) },
		.desired = { .interface = "eth0", .ifindex = 2, .hook = HOOK_XDP, .chain = chain },
		.found = DIAGS(arena),
	};

	chain_program(chain, 1)->if_missing.value = (int)b;
	refusal.desired.whole = manifest_of(arena, HOOK_XDP, "a b c");
	refusal.desired.manifest = refusal.desired.whole;
	return refusal;
}

/* `culprit` NULL: nobody in particular. What is desired then, in words. */
static const char *refuse(struct refusal *refusal, const struct tree *tree, const char *culprit)
{
	struct arena *arena = refusal->decision.arena;
	struct desired *desired = &refusal->desired;
	struct text text = TEXT(arena);

	refusal->found.count = 0;
	diag_warn(&refusal->found, DIAG_MAPS, (struct span){ 0 }, "no error");
	diag_error(&refusal->found, DIAG_VERIFIER, (struct span){ 0 }, "no")->program = culprit;
	fallback_refused(&refusal->decision, tree->paths, desired, &refusal->found);
	text_add(&text, desired->blocked ? "blocked:" : "");
	for (size_t i = 0; desired->manifest && i < desired->manifest->count; i++)
		text_printf(&text, " %s%s", desired->manifest->items[i].name,
			    desired->manifest->items[i].missing ? "!" : "");
	return text_string(&text);
}

static void fallback_does_without_what_is_refused(void **state)
{
	const struct tree *tree = *state;
	struct arena *arena = arena_new();
	struct refusal refusal = refusal_new(arena, IF_MISSING_DROP);

	assert_string_equal(refuse(&refusal, tree, "a"), " b c");
	assert_string_equal(refuse(&refusal, tree, "b"), " b! c");
	assert_int_equal(refusal.desired.missing.count, 2);
	assert_string_equal(refuse(&refusal, tree, "c"), " b!");
	/* Two instructions that the kernel refuses: there is nothing left to try. */
	assert_string_equal(refuse(&refusal, tree, NULL), "blocked:");
	assert_int_equal(refusal.desired.code, DIAG_VERIFIER);
	arena_free(arena);
}

/* Of a chain that is refused as a whole, the strictest word of all its programs decides. */
static void fallback_takes_the_strictest_word_where_nobody_is_at_fault(void **state)
{
	static const struct {
		enum if_missing says;
		const char *desired;
		const char *after_a; /* where `a` was at fault first */
	} cases[] = {
		{ IF_MISSING_SKIP, "blocked:", "blocked:" },
		{ IF_MISSING_EMPTY, "", "" },
		{ IF_MISSING_DROP, " b!", " b!" },
	};
	const struct tree *tree = *state;
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct refusal refusal = refusal_new(arena, cases[i].says);

		assert_string_equal(refuse(&refusal, tree, NULL), cases[i].desired);
		refusal = refusal_new(arena, cases[i].says);
		assert_string_equal(refuse(&refusal, tree, "a"), " b c");
		assert_string_equal(refuse(&refusal, tree, NULL), cases[i].after_a);
	}
	arena_free(arena);
}

/* What was good once is tried first, and then what is left of the policy's own. */
static void fallback_prefers_the_last_good_chain(void **state)
{
	const struct tree *tree = *state;
	struct arena *arena = arena_new();
	struct refusal refusal = refusal_new(arena, IF_MISSING_DROP);
	struct error error;

	assert_int_equal(state_set_last_good(tree->paths, "eth0", HOOK_XDP, 7,
					     manifest_of(arena, HOOK_XDP, "old"), &error),
			 0);
	assert_string_equal(refuse(&refusal, tree, "b"), "blocked: old");
	assert_int_equal(refusal.desired.kept_generation, 7);
	assert_string_equal(refuse(&refusal, tree, "old"), " a b! c");
	assert_int_equal(refusal.desired.kept_generation, 0);
	/* Not again what does not load either. */
	assert_string_equal(refuse(&refusal, tree, "c"), " a b!");
	assert_int_equal(state_set_last_good(tree->paths, "eth0", HOOK_XDP, 0, NULL, &error), 0);
	arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fallback_does_without_what_is_refused),
		TEST(fallback_takes_the_strictest_word_where_nobody_is_at_fault),
		TEST(fallback_prefers_the_last_good_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
