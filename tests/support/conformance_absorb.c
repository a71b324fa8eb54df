/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of others on XDP that become elements of our chain: what is there when we come, what
 * forces its way in through the door, what goes, and what is given back.
 */
#include <errno.h>

#include "conformance_trial.h"

static const char A[] = CONFORMANCE_A;
static const enum hook XDP = HOOK_XDP;

/* Ours, `others: absorb`, and nothing left to do. */
static void settle(struct trial *trial)
{
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_false(diags_have_errors(&trial->diags));
	assert_int_equal(plan_changes(trial_plan(trial)), 0);
}

static void wish_nothing(struct trial *trial)
{
	trial_wish(trial, A, XDP, NULL);
	trial_wish_door(trial, A, false);
}

/* Ours is there by no link of ours, and calls `count` of others, the first being `program`. */
static const struct observed_hook *assert_absorbed(struct trial *trial, size_t count,
						   uint32_t program)
{
	const struct observed_hook *seen = trial_look(trial, A, XDP);

	assert_int_equal(seen->own, OWN_ATTACHED);
	assert_true(seen->unlocked);
	assert_int_equal(seen->program_count, 1);
	assert_true(seen->programs[0].ours);
	assert_int_equal(seen->absorbed_count, count);
	if (count)
		assert_int_equal(seen->absorbed[0].id, program);
	return seen;
}

static uint32_t force(struct trial *trial)
{
	return trial->fixture->force_foreign(trial->fixture->context, A);
}

static void take_off(struct trial *trial)
{
	trial->fixture->take_off(trial->fixture->context, A);
}

void conformance_door_is_attached_without_a_link(void **state)
{
	struct trial *trial = *state;
	const struct counters *counters = NULL;
	const struct observed_hook *seen;

	trial_wish(trial, A, XDP, "a b:1");
	trial_wish_door(trial, A, true);
	settle(trial);
	seen = assert_absorbed(trial, 0, 0);
	assert_int_equal(seen->programs[0].link_id, 0);
	assert_true(manifest_equal(seen->manifest, trial_manifest(trial, XDP, "a b:1")));
	trial->fixture->count(trial->fixture->context, A, XDP, 7);
	trial_restart(trial);
	settle(trial);
	trial_wish(trial, A, XDP, "b:1 a");
	settle(trial);
	seen = assert_absorbed(trial, 0, 0);
	assert_int_equal(
		kernel_counters(trial->kernel, trial->arena, seen->ifindex, XDP, &counters), 0);
	assert_int_equal(counters->items[1].seen, 7);
	wish_nothing(trial);
	settle(trial);
	assert_int_equal(trial_look(trial, A, XDP)->program_count, 0);
}

void conformance_forced_program_becomes_an_element(void **state)
{
	struct trial *trial = *state;
	uint32_t first, second;

	trial_wish(trial, A, XDP, "a b:1");
	trial_wish_door(trial, A, true);
	settle(trial);
	first = force(trial);
	assert_int_equal(trial_step(trial)->kind, STEP_TAKE_OVER);
	settle(trial);
	assert_absorbed(trial, 1, first);
	trial_restart(trial);
	assert_absorbed(trial, 1, first);
	assert_int_equal(plan_changes(trial_plan(trial)), 0);
	/* It bears the same name, and nobody holds the first one: that is its next version. */
	second = force(trial);
	settle(trial);
	assert_absorbed(trial, 1, second);
	trial_wish(trial, A, XDP, "b:1 a c");
	settle(trial);
	assert_absorbed(trial, 1, second);
}

void conformance_emptied_hook_withdraws_it(void **state)
{
	struct trial *trial = *state;

	trial_wish(trial, A, XDP, "a b:1");
	trial_wish_door(trial, A, true);
	settle(trial);
	force(trial);
	settle(trial);
	take_off(trial);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_DETACHED);
	settle(trial);
	assert_absorbed(trial, 0, 0);
	take_off(trial);
	settle(trial);
	assert_absorbed(trial, 0, 0);
}

void conformance_what_was_there_is_given_back(void **state)
{
	struct trial *trial = *state;

	for (unsigned int by_link = 0; by_link < 2; by_link++) {
		uint32_t link = 0;
		uint32_t program;

		if (by_link)
			program =
				trial->fixture->put_foreign(trial->fixture->context, A, XDP, true);
		else
			program = force(trial);
		link = trial_look(trial, A, XDP)->programs[0].link_id;
		assert_int_equal(link != 0, by_link);
		trial_wish(trial, A, XDP, "a");
		trial_wish_door(trial, A, true);
		settle(trial);
		assert_int_equal(assert_absorbed(trial, 1, program)->programs[0].link_id, link);
		/* The policy wants nothing there any more. */
		wish_nothing(trial);
		assert_int_equal(trial_step(trial)->kind, STEP_GIVE_BACK);
		assert_int_equal(trial_converge(trial, trial->kernel), 0);
		assert_int_equal(trial_look(trial, A, XDP)->own, OWN_NONE);
		assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, program);
		assert_int_equal(trial_look(trial, A, XDP)->programs[0].link_id, link);
		trial->fixture->reset(trial->fixture->context);
		trial_restart(trial);
	}
}

void conformance_stale_exchange_is_refused(void **state)
{
	struct trial *trial = *state;
	const struct step *step;
	uint32_t program;

	trial_wish(trial, A, XDP, "a");
	trial_wish_door(trial, A, true);
	step = trial_step(trial);
	program = force(trial);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, program);
	step = trial_step(trial);
	program = force(trial);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, program);
	settle(trial);
	wish_nothing(trial);
	step = trial_step(trial);
	program = force(trial);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, program);
	trial_wish(trial, A, XDP, "a");
	trial_wish_door(trial, A, true);
	settle(trial);
	assert_absorbed(trial, 1, program);
}

void conformance_unlocked_pins_are_restored(void **state)
{
	struct trial *trial = *state;
	uint32_t program;

	trial_wish(trial, A, XDP, "a b:1");
	trial_wish_door(trial, A, true);
	program = force(trial);
	settle(trial);
	assert_absorbed(trial, 1, program);
	trial->fixture->remove_pins(trial->fixture->context, A, XDP);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_UNPINNED);
	settle(trial);
	assert_absorbed(trial, 1, program);
	trial_restart(trial);
	assert_absorbed(trial, 1, program);
}

/* Refuses the changes from one on, as if the process was gone. */
struct death {
	size_t change;
	size_t seen;
};

static int refuse_from(void *context, const char *what)
{
	struct death *death = context;

	(void)what;
	return ++death->seen >= death->change ? -EIO : 0;
}

/* What the pass that dies finds: a newcomer, an emptied hook, another chain, or none wanted. */
static const char *disturb(struct trial *trial, unsigned int what)
{
	if (what == 0)
		force(trial);
	if (what == 1)
		take_off(trial);
	return what == 2 ? "b:1 a" : what == 3 ? NULL : "a b:1";
}

static bool dies(struct trial *trial, unsigned int what, size_t change)
{
	struct death death = { .change = change };
	struct kernel *kernel;
	const char *words;

	trial->fixture->reset(trial->fixture->context);
	trial_restart(trial);
	force(trial);
	trial_wish(trial, A, XDP, "a b:1");
	trial_wish_door(trial, A, true);
	settle(trial);
	kernel_close(trial->kernel);
	words = disturb(trial, what);
	trial_wish(trial, A, XDP, words);
	trial_wish_door(trial, A, words != NULL);
	kernel = trial->fixture->open(trial->fixture->context, refuse_from, &death);
	trial_converge(trial, kernel);
	kernel_close(kernel);
	trial->kernel = trial->fixture->open(trial->fixture->context, NULL, NULL);
	settle(trial);
	if (what == 3)
		assert_int_equal(trial_look(trial, A, XDP)->own, OWN_NONE);
	else
		assert_absorbed(trial, what != 1,
				trial_look(trial, A, XDP)->absorbed_count
					? trial_look(trial, A, XDP)->absorbed[0].id
					: 0);
	return death.seen >= change;
}

void conformance_exchange_may_die_anywhere(void **state)
{
	struct trial *trial = *state;

	for (unsigned int what = 0; what < 4; what++) {
		size_t change = 1;

		while (dies(trial, what, change))
			change++;
		assert_true(change > 1);
	}
}
