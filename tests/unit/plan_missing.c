/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans for a hook, eth0 tcx-ingress, of whose chain something cannot run. */
#include "policy/plan/plan.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

struct scene {
	struct arena *arena;
	struct desires desires;
	struct observed observed;
	struct diags diags;
	const struct plan *plan;
};

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	scene->diags = DIAGS(arena);
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	arena_free(scene->arena);
	return 0;
}

static const char *plan_of(struct scene *scene)
{
	scene->plan = plan_build(scene->arena, &scene->desires, &scene->observed, &scene->diags);
	assert_int_equal(plan_pending(&scene->desires, &scene->observed),
			 plan_changes(scene->plan) > 0);
	return plan_words(scene->arena, scene->plan);
}

/* That is there now, and nothing else; NULL: nothing of ours. */
static void runs(struct scene *scene, const char *words)
{
	struct observed_hook *hook;

	scene->observed.count = 0;
	hook = observed_add(scene->arena, &scene->observed, "eth0", 2, HOOK_TCX_INGRESS);
	if (words)
		observed_put_ours(scene->arena, hook, words);
}

static struct desired *want(struct scene *scene, const char *names)
{
	static const struct interface here = { .name = "eth0", .index = 2 };
	struct desired *desired;

	scene->desires.count = 0;
	desired = desires_add(scene->arena, &scene->desires, "eth0", 2, HOOK_TCX_INGRESS, names);
	desired->chain = chain_of(scene->arena, &here, HOOK_TCX_INGRESS, names);
	return desired;
}

/* A desired chain of which `broken` cannot run, and that never was whole. */
static void want_without(struct scene *scene, const char *names, const char *broken,
			 enum if_missing says)
{
	struct desired *desired = want(scene, names);

	desired->whole = desired->manifest;
	*list_push(scene->arena, &desired->missing) =
		(struct missing_program){ broken, says, DIAG_VERIFIER, "the kernel refuses it" };
	desired_fall_back(scene->arena, desired);
}

static void plan_drops_where_a_program_cannot_run(void **state)
{
	struct scene *scene = *state;

	runs(scene, NULL);
	want_without(scene, "a guard b", "guard", IF_MISSING_DROP);
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress attach: +1 a, +!2 guard, +3 b\n");
	assert_int_equal(plan_incomplete(scene->plan), 1);
	assert_int_equal(plan_blocked(scene->plan), 0);
	assert_string_equal(scene->plan->chains[0].incomplete,
			    "guard cannot run: drops every packet (if_missing: drop)");
	assert_null(scene->plan->chains[0].elements[1].object);
}

static void plan_puts_in_what_can_run_again(void **state)
{
	struct scene *scene = *state;

	runs(scene, "a guard:missing b");
	want(scene, "a guard b");
	assert_string_equal(plan_of(scene),
			    "eth0 tcx-ingress update: 1 a(1), ~2 guard(2), 3 b(3)\n");
	assert_string_equal(scene->plan->chains[0].elements[1].object,
			    "/usr/lib/bpf/guard.bpf.o 00000000");
	assert_int_equal(plan_incomplete(scene->plan), 0);
}

static void plan_leaves_out_what_cannot_run(void **state)
{
	struct scene *scene = *state;

	runs(scene, "a b:missing");
	want_without(scene, "a b c", "b", IF_MISSING_SKIP);
	/* It dropped until now. */
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress update: 1 a(1), +2 c, -!b(2)\n");
	runs(scene, "a c");
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress none: 1 a(1), !b, 2 c(2)\n");
	assert_int_equal(plan_incomplete(scene->plan), 1);
}

static void plan_empties_the_hook(void **state)
{
	struct scene *scene = *state;

	runs(scene, "a");
	want_without(scene, "a b", "b", IF_MISSING_EMPTY);
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress detach: !b, -!a(1)\n");
	runs(scene, NULL);
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress none: !a, !b\n");
}

/* Loaded before it could not be had any more, and the state that knew it as good is lost. */
static void plan_takes_nothing_away_that_runs(void **state)
{
	struct scene *scene = *state;
	static const enum if_missing words[] = { IF_MISSING_SKIP, IF_MISSING_EMPTY,
						 IF_MISSING_DROP };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		runs(scene, "a b");
		want_without(scene, "a b c", "b", words[i]);
		assert_string_equal(plan_of(scene),
				    "eth0 tcx-ingress blocked: 1 a(1), 2 b(2); the kernel refuses "
				    "it\n");
		assert_int_equal(scene->plan->chains[0].code, DIAG_VERIFIER);
		assert_null(scene->plan->chains[0].step);
		assert_null(scene->plan->chains[0].incomplete);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plan_drops_where_a_program_cannot_run), TEST(plan_puts_in_what_can_run_again),
		TEST(plan_leaves_out_what_cannot_run),	     TEST(plan_empties_the_hook),
		TEST(plan_takes_nothing_away_that_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
