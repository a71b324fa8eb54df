/* SPDX-License-Identifier: GPL-2.0-only */
#include <time.h>
#include <unistd.h>

#include "agent/state/state.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

static const struct trial_terms minute = { .seconds = 60 };
static const char digest_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char digest_b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static struct trial trial_of(const struct tree *tree, uint64_t generation)
{
	struct trial trial;

	assert_int_equal(state_trial(tree->arena, tree->paths, generation, &trial), 0);
	return trial;
}

static void begin(const struct tree *tree, const struct trial_terms *terms)
{
	struct error error;

	assert_int_equal(state_begin_trial(tree->paths, 5, 5, 4, terms, &error), 0);
}

static struct taken_back taken_back(const struct tree *tree)
{
	struct taken_back taken_back;

	assert_int_equal(state_taken_back(tree->arena, tree->paths, &taken_back), 0);
	return taken_back;
}

static void trial_is_of_one_generation(void **state)
{
	const struct tree *tree = *state;
	struct error error;
	struct trial trial;

	assert_int_equal(trial_of(tree, 5).generation, 0);
	begin(tree, &minute);
	trial = trial_of(tree, 5);
	assert_int_equal(trial.generation, 5);
	assert_int_equal(trial.back, 4);
	assert_false(trial.allow_gap);
	assert_in_range(trial.left_ms, 1, 60000);
	assert_in_range(trial.until, time(NULL) + 1, time(NULL) + 60);
	assert_int_equal(trial_of(tree, 4).generation, 0);
	assert_int_equal(trial_of(tree, 6).generation, 0);
	assert_int_equal(state_end_trial(tree->paths, &error), 0);
	assert_int_equal(trial_of(tree, 5).generation, 0);
	assert_int_equal(access(tree_path(tree, "run/ordain/trial"), F_OK), -1);
	assert_int_equal(state_end_trial(tree->paths, &error), 0);
}

/* Killed before 6 is accepted, the second `try` leaves 5 on trial, until the new deadline. */
static void trial_behind_a_trial_is_of_both(void **state)
{
	const struct tree *tree = *state;
	struct error error;

	begin(tree, &minute);
	assert_int_equal(state_begin_trial(tree->paths, 5, 6, 4, &minute, &error), 0);
	for (uint64_t generation = 5; generation <= 6; generation++) {
		struct trial trial = trial_of(tree, generation);

		assert_int_equal(trial.generation, generation);
		assert_int_equal(trial.first, 5);
		assert_int_equal(trial.back, 4);
		assert_true(trial.left_ms > 0);
	}
	assert_int_equal(trial_of(tree, 4).generation, 0);
	assert_int_equal(trial_of(tree, 7).generation, 0);
}

static void trial_ends_with_its_time(void **state)
{
	const struct tree *tree = *state;
	const struct trial_terms second = { .seconds = 1, .allow_gap = true };

	begin(tree, &second);
	assert_true(trial_of(tree, 5).left_ms > 0);
	usleep(1100 * 1000);
	assert_int_equal(trial_of(tree, 5).generation, 5);
	assert_int_equal(trial_of(tree, 5).left_ms, 0);
	assert_true(trial_of(tree, 5).allow_gap);
}

static void trial_ends_with_a_boot(void **state)
{
	static const char *const boots[] = {
		"rm -r run",
		"sed -i 's/^begun .*/begun 999999999999/' run/ordain/trial",
		"sed -i 's/^generation .*/generation 3/' run/ordain/trial",
		": >run/ordain/trial",
		"echo more >>run/ordain/trial",
	};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++) {
		begin(tree, &minute);
		tree_shell(tree, boots[i]);
		assert_int_equal(trial_of(tree, 5).generation, 5);
		assert_int_equal(trial_of(tree, 5).left_ms, 0);
	}
}

static void trial_that_is_damaged_is_none(void **state)
{
	static const char *const damages[] = {
		": >var/lib/ordain/trial",
		"echo more >>var/lib/ordain/trial",
		"sed -i 's/^back .*/back x/' var/lib/ordain/trial",
		"rm var/lib/ordain/trial && mkdir var/lib/ordain/trial",
	};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		begin(tree, &minute);
		tree_shell(tree, damages[i]);
		assert_int_equal(trial_of(tree, 5).generation, 0);
	}
}

static void taken_back_is_remembered_until_forgotten(void **state)
{
	const char *digests[] = { digest_a, digest_b };
	const struct names both = { digests, 2 };
	const struct tree *tree = *state;
	struct taken_back back;
	struct error error;

	assert_int_equal(taken_back(tree).generation, 0);
	assert_int_equal(state_set_taken_back(tree->paths, 7, &both, &error), 0);
	back = taken_back(tree);
	assert_int_equal(back.generation, 7);
	assert_in_range(back.at, time(NULL) - 60, time(NULL));
	assert_true(taken_back_has(&back, digest_a));
	assert_true(taken_back_has(&back, digest_b));
	assert_false(taken_back_has(&back, "cc"));
	tree_shell(tree, "echo damage >>var/lib/ordain/taken-back");
	assert_int_equal(taken_back(tree).generation, 0);
	assert_int_equal(state_forget_taken_back(tree->paths, &error), 0);
	assert_int_equal(state_forget_taken_back(tree->paths, &error), 0);
	assert_int_equal(taken_back(tree).digests.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(trial_is_of_one_generation),    TEST(trial_behind_a_trial_is_of_both),
		TEST(trial_ends_with_its_time),	     TEST(trial_ends_with_a_boot),
		TEST(trial_that_is_damaged_is_none), TEST(taken_back_is_remembered_until_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
