/* SPDX-License-Identifier: GPL-2.0-only */
#include "conformance.h"

#include <errno.h>
#include <linux/bpf.h>

#include "conformance_trial.h"

#define A CONFORMANCE_A
#define B CONFORMANCE_B

/* The shortest names for what the cases say most. */
static const enum hook XDP = HOOK_XDP;
static const enum hook IN = HOOK_TCX_INGRESS;
static const enum hook OUT = HOOK_TCX_EGRESS;

static void conformance_empty_machine_has_nothing(void **state)
{
	struct trial *trial = *state;

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		const struct observed_hook *seen = trial_look(trial, A, hook);

		assert_int_equal(seen->own, OWN_NONE);
		assert_int_equal(seen->program_count, 0);
		assert_null(seen->manifest);
		assert_int_equal(seen->supported,
				 trial->fixture->has_hook(trial->fixture->context, hook));
	}
	trial_assert_converged(trial);
}

static void conformance_attached_is_seen(void **state)
{
	struct trial *trial = *state;
	const struct observed_hook *seen;

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		if (trial->fixture->has_hook(trial->fixture->context, hook))
			trial_wish(trial, A, hook, "a b:1");
	trial_wish(trial, B, XDP, "a b:1");
	trial_settle(trial);
	seen = trial_look(trial, A, XDP);
	assert_int_equal(seen->program_count, 1);
	assert_true(seen->programs[0].ours);
	assert_non_null(seen->mode);
}

static void conformance_update_keeps_the_link(void **state)
{
	static const char *const chains[] = { "a b:1 c", "c a b:1", "c", "c:1", "x c:1 y" };
	struct trial *trial = *state;
	uint32_t link;

	trial_wish(trial, A, XDP, "a b:1");
	trial_settle(trial);
	link = trial_look(trial, A, XDP)->programs[0].link_id;
	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		trial_wish(trial, A, XDP, chains[i]);
		trial_settle(trial);
		assert_int_equal(trial_look(trial, A, XDP)->programs[0].link_id, link);
	}
}

/* A pass shows what was there before it. */
static void conformance_observation_outlives_the_pass(void **state)
{
	struct trial *trial = *state;
	const struct observed_hook *before;

	trial_wish(trial, A, XDP, "a b:1");
	trial_settle(trial);
	before = trial_look(trial, A, XDP);
	trial_wish(trial, A, XDP, "c");
	trial_settle(trial);
	trial_wish(trial, A, XDP, NULL);
	trial_settle(trial);
	assert_true(manifest_equal(before->manifest, trial_manifest(trial, XDP, "a b:1")));
}

static void conformance_detached_leaves_nothing(void **state)
{
	struct trial *trial = *state;

	trial_wish(trial, A, XDP, "a");
	trial_wish(trial, B, XDP, "a");
	trial_settle(trial);
	trial_wish(trial, A, XDP, NULL);
	trial_settle(trial);
	assert_int_equal(trial_look(trial, A, XDP)->program_count, 0);
	assert_int_equal(trial_look(trial, B, XDP)->program_count, 1);
}

static void conformance_restart_changes_nothing(void **state)
{
	struct trial *trial = *state;
	uint32_t id;

	trial_wish(trial, A, XDP, "a b:1");
	trial_settle(trial);
	id = trial_look(trial, A, XDP)->programs[0].id;
	trial_restart(trial);
	trial_assert_converged(trial);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, id);
}

static void assert_dropped(struct trial *trial, const char *element, uint64_t packets)
{
	const struct observed_hook *seen = trial_look(trial, A, XDP);
	const struct counters *counters;

	assert_int_equal(
		kernel_counters(trial->kernel, trial->arena, seen->ifindex, XDP, &counters), 0);
	for (size_t i = 0; i < counters->count; i++) {
		if (strcmp(counters->items[i].name, element) != 0)
			continue;
		assert_int_equal(counters->items[i].verdicts[XDP_DROP], packets);
		assert_int_equal(counters->items[i].seen, packets);
		return;
	}
	fail_msg("%s is not in the chain", element);
}

/* A swap is done before what the old chain counted is carried over, and somebody may ask. */
static void conformance_counters_never_fall_back(void **state)
{
	static const char *const chains[] = { "a c b", "a d" };
	struct trial *trial = *state;
	uint64_t packets = 7;

	trial_wish(trial, A, XDP, "a b:1");
	trial_settle(trial);
	trial->fixture->count(trial->fixture->context, A, XDP, packets);
	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		trial_wish(trial, A, XDP, chains[i]);
		assert_int_equal(trial_execute(trial, trial_step(trial)), 0);
		assert_dropped(trial, "a", packets);
		trial->fixture->count(trial->fixture->context, A, XDP, 3);
		packets += 3;
		assert_dropped(trial, "a", packets);
	}
	trial_settle(trial);
	assert_dropped(trial, "a", packets);
	trial_restart(trial);
	assert_dropped(trial, "a", packets);
}

static void conformance_xdp_of_others_is_left_alone(void **state)
{
	struct trial *trial = *state;
	uint32_t id = trial->fixture->put_foreign(trial->fixture->context, A, XDP, true);
	const struct plan *plan;

	trial_wish(trial, A, XDP, "a");
	trial_wish(trial, B, XDP, "a");
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_NONE);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, id);
	assert_int_equal(trial_look(trial, B, XDP)->own, OWN_ATTACHED);
	plan = trial_plan(trial);
	assert_int_equal(plan_changes(plan), 0);
	assert_int_equal(plan_blocked(plan), 1);
	assert_int_equal(trial->diags.items[0].code, DIAG_HOOK_TAKEN);
}

static void assert_order(const struct observed_hook *seen, const uint32_t *ids, size_t count)
{
	assert_int_equal(seen->program_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(seen->programs[i].ours, !ids[i]);
		if (ids[i])
			assert_int_equal(seen->programs[i].id, ids[i]);
	}
}

static void conformance_foreign_tcx_stays_where_it_is(void **state)
{
	struct trial *trial = *state;
	uint32_t ids[3] = { 0 };

	trial_need(trial, IN);
	ids[1] = trial->fixture->put_foreign(trial->fixture->context, A, IN, true);
	trial_wish(trial, A, IN, "a");
	trial_settle(trial);
	assert_order(trial_look(trial, A, IN), ids, 2);

	ids[2] = ids[1];
	ids[1] = 0;
	ids[0] = trial->fixture->put_foreign(trial->fixture->context, A, IN, true);
	trial_wish(trial, A, IN, "b a");
	trial_settle(trial);
	assert_order(trial_look(trial, A, IN), ids, 3);

	trial_wish(trial, A, IN, NULL);
	trial_settle(trial);
	ids[1] = ids[2];
	assert_order(trial_look(trial, A, IN), ids, 2);
}

/* Each kind of drift on one hook, with the agent running on and with the agent started anew. */
static void drift(struct trial *trial, enum hook hook,
		  void (*disturb)(void *context, const char *interface, enum hook hook),
		  bool restart)
{
	trial_wish(trial, A, hook, "a b:1");
	trial_settle(trial);
	disturb(trial->fixture->context, A, hook);
	if (restart)
		trial_restart(trial);
	assert_int_equal(plan_changes(trial_plan(trial)), 1);
	trial_settle(trial);
}

static void drift_on_all_hooks(struct trial *trial,
			       void (*disturb)(void *context, const char *interface,
					       enum hook hook))
{
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!trial->fixture->has_hook(trial->fixture->context, hook))
			continue;
		drift(trial, hook, disturb, false);
		drift(trial, hook, disturb, true);
	}
}

static void conformance_detached_link_is_attached_again(void **state)
{
	struct trial *trial = *state;

	drift_on_all_hooks(trial, trial->fixture->detach_ours);
}

static void conformance_overwritten_link_is_put_back(void **state)
{
	struct trial *trial = *state;

	drift_on_all_hooks(trial, trial->fixture->overwrite_ours);
}

static void conformance_removed_pins_are_restored(void **state)
{
	struct trial *trial = *state;

	drift_on_all_hooks(trial, trial->fixture->remove_pins);
}

static enum own_state poll_own(struct trial *trial, enum hook hook)
{
	const struct observed *observed;
	struct interfaces interfaces;

	trial->fixture->list(trial->fixture->context, trial->arena, &interfaces);
	if (kernel_observe(trial->kernel, trial->arena, &interfaces, NULL, DETAIL_NONE, &observed,
			   &trial->error))
		fail_msg("%s", trial->error.text);
	return observed_find(observed, A, hook)->own;
}

/* The agent's poll asks for no details; it follows on the pass that made the chain. */
static void conformance_polls_find_drift(void **state)
{
	struct trial *trial = *state;
	void (*const disturb[])(void *context, const char *interface, enum hook hook) = {
		trial->fixture->detach_ours,
		trial->fixture->overwrite_ours,
		trial->fixture->remove_pins,
	};

	for (size_t i = 0; i < sizeof(disturb) / sizeof(*disturb); i++) {
		for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
			if (!trial->fixture->has_hook(trial->fixture->context, hook))
				continue;
			trial_wish(trial, A, hook, "a b:1");
			assert_int_equal(trial_converge(trial, trial->kernel), 0);
			assert_int_equal(poll_own(trial, hook), OWN_ATTACHED);
			assert_int_equal(poll_own(trial, hook), OWN_ATTACHED);
			disturb[i](trial->fixture->context, A, hook);
			assert_int_not_equal(poll_own(trial, hook), OWN_ATTACHED);
			trial_wish(trial, A, hook, NULL);
			trial_settle(trial);
		}
	}
}

static void conformance_overwritten_link_can_be_detached(void **state)
{
	struct trial *trial = *state;

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial->fixture->overwrite_ours(trial->fixture->context, A, XDP);
	trial_wish(trial, A, XDP, NULL);
	trial_settle(trial);
	assert_int_equal(trial_look(trial, A, XDP)->program_count, 0);
}

/* Our hook was lost to somebody: nothing of theirs may be touched when we come back. */
static void conformance_detached_and_taken_is_left_alone(void **state)
{
	struct trial *trial = *state;
	uint32_t id;

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial->fixture->detach_ours(trial->fixture->context, A, XDP);
	id = trial->fixture->put_foreign(trial->fixture->context, A, XDP, true);
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_int_equal(plan_blocked(trial_plan(trial)), 1);
	trial_wish(trial, A, XDP, NULL);
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, id);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_NONE);
}

static void conformance_stale_attach_is_refused(void **state)
{
	struct trial *trial = *state;
	const struct step *step;
	uint32_t id;

	trial_wish(trial, A, XDP, "a");
	step = trial_step(trial);
	id = trial->fixture->put_foreign(trial->fixture->context, A, XDP, true);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, id);
	trial_need(trial, OUT);
	trial_wish(trial, A, XDP, NULL);
	trial_wish(trial, A, OUT, "a");
	step = trial_step(trial);
	trial->fixture->put_foreign(trial->fixture->context, A, OUT, true);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, OUT)->own, OWN_NONE);
	trial_settle(trial);
}

static void stale_update_is_refused(struct trial *trial, enum hook hook)
{
	const struct step *step;

	trial_wish(trial, A, hook, "a");
	trial_settle(trial);
	trial_wish(trial, A, hook, "b");
	step = trial_step(trial);
	trial->fixture->overwrite_ours(trial->fixture->context, A, hook);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, hook)->own, OWN_OVERWRITTEN);
	trial_settle(trial);
	trial_wish(trial, A, hook, "c");
	step = trial_step(trial);
	trial->fixture->detach_ours(trial->fixture->context, A, hook);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	trial_settle(trial);
}

static void conformance_stale_update_is_refused(void **state)
{
	struct trial *trial = *state;

	stale_update_is_refused(trial, XDP);
	if (trial->fixture->has_hook(trial->fixture->context, IN))
		stale_update_is_refused(trial, IN);
}

static void conformance_stale_detach_is_refused(void **state)
{
	struct trial *trial = *state;
	const struct step *step;

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial_wish(trial, A, XDP, NULL);
	step = trial_step(trial);
	trial->fixture->overwrite_ours(trial->fixture->context, A, XDP);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, XDP)->program_count, 1);
	trial_settle(trial);
}

static void execute_twice(struct trial *trial, enum hook hook, const char *words)
{
	const struct step *step;

	trial_wish(trial, A, hook, words);
	step = trial_step(trial);
	assert_int_equal(trial_execute(trial, step), 0);
	trial_assert_converged(trial);
	if (step->manifest)
		kernel_prepare(trial->kernel, step->manifest, &trial->diags, &trial->error);
	/* Whether it is refused or has nothing to do: everything stays as it was. */
	trial_execute(trial, step);
	trial_assert_converged(trial);
	trial_settle(trial);
}

static void conformance_execute_twice_is_harmless(void **state)
{
	struct trial *trial = *state;

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!trial->fixture->has_hook(trial->fixture->context, hook))
			continue;
		execute_twice(trial, hook, "a b:1");
		execute_twice(trial, hook, "b:1 a");
		execute_twice(trial, hook, NULL);
	}
}

static void conformance_interface_may_go_at_any_time(void **state)
{
	static const char *const chains[] = { "a", "b", NULL };
	struct trial *trial = *state;

	/* Attach, update and detach in turn find that their interface went away. */
	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		const struct step *step;
		int result;

		if (i) {
			trial_wish(trial, A, XDP, "a");
			trial_settle(trial);
		}
		trial_wish(trial, A, XDP, chains[i]);
		step = trial_step(trial);
		trial->fixture->delete_interface(trial->fixture->context, A);
		result = trial_execute(trial, step);
		assert_true(result == -ESTALE || (!result && step->kind != STEP_ATTACH));
		trial_settle(trial);
		trial->fixture->add_interface(trial->fixture->context, A, 0);
		trial_settle(trial);
	}
}

static void conformance_recreated_interface_gets_its_chain(void **state)
{
	struct trial *trial = *state;

	trial_wish(trial, A, XDP, "a");
	trial_wish(trial, B, XDP, "a");
	trial_settle(trial);
	trial->fixture->delete_interface(trial->fixture->context, A);
	trial->fixture->add_interface(trial->fixture->context, A, 0);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_NONE);
	trial_settle(trial);
}

static void conformance_orphans_are_forgotten(void **state)
{
	struct trial *trial = *state;
	const struct plan *plan;

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial->fixture->delete_interface(trial->fixture->context, A);
	trial_restart(trial);
	plan = trial_plan(trial);
	assert_int_equal(plan->forget_count, 1);
	assert_int_equal(plan->forget[0].hook, XDP);
	trial_settle(trial);
	assert_int_equal(trial_plan(trial)->forget_count, 0);
}

static unsigned int index_of(struct trial *trial, const char *name)
{
	return trial_look(trial, name, XDP)->ifindex;
}

/* Gone elsewhere with our chain on it, and then somebody here gets its number. */
static void conformance_moved_interface_is_not_ours(void **state)
{
	struct trial *trial = *state;
	unsigned int index = index_of(trial, A);

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial->fixture->move_interface(trial->fixture->context, A);
	assert_int_equal(trial_plan(trial)->forget_count, 1);
	trial->fixture->add_interface(trial->fixture->context, A, index);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_NONE);
	assert_int_equal(trial_look(trial, A, XDP)->program_count, 0);
	trial_settle(trial);
	assert_int_equal(trial_look(trial, A, XDP)->program_count, 1);
}

static void conformance_bad_program_holds_its_own_hook_only(void **state)
{
	struct trial *trial = *state;
	uint32_t id;

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	id = trial_look(trial, A, XDP)->programs[0].id;
	trial_wish(trial, A, XDP, "a evil:bad b");
	trial_wish(trial, B, XDP, "b");
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_true(diags_have_errors(&trial->diags));
	assert_string_equal(trial->diags.items[0].program, "evil");
	assert_int_equal(trial->diags.items[0].place_count, 0);
	assert_int_equal(trial_look(trial, A, XDP)->programs[0].id, id);
	assert_int_equal(trial_look(trial, B, XDP)->own, OWN_ATTACHED);
}

/* It needs no object, not even one that loads; and in one swap it is there. */
static void conformance_missing_program_is_swapped_in(void **state)
{
	struct trial *trial = *state;

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		static const char *const chains[] = {
			"guard:missing", "a guard:missing b:1", "guard:missing a guard-2:missing",
			"a guard b:1",	 "guard:missing",
		};
		uint32_t link = 0;

		if (!trial->fixture->has_hook(trial->fixture->context, hook))
			continue;
		for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
			const struct observed_hook *seen;

			trial_wish(trial, A, hook, chains[i]);
			trial_settle(trial);
			trial_restart(trial);
			seen = trial_look(trial, A, hook);
			assert_true(!link || seen->programs[0].link_id == link);
			link = seen->programs[0].link_id;
		}
		trial_wish(trial, A, hook, NULL);
		trial_settle(trial);
	}
}

static void conformance_counters_are_named_in_order(void **state)
{
	struct trial *trial = *state;
	const struct counters *counters = NULL;
	unsigned int index = index_of(trial, A);

	assert_int_equal(kernel_counters(trial->kernel, trial->arena, index, XDP, &counters),
			 -ENOENT);
	assert_null(counters);
	trial_wish(trial, A, XDP, "b:1 a");
	trial_settle(trial);
	assert_int_equal(kernel_counters(trial->kernel, trial->arena, index, XDP, &counters), 0);
	assert_int_equal(counters->count, 2);
	assert_string_equal(counters->items[0].name, "b");
	assert_string_equal(counters->items[1].name, "a");
	assert_int_equal(counters->items[0].seen, 0);
}

static void conformance_only_wanted_hooks_are_looked_at(void **state)
{
	struct trial *trial = *state;
	const struct observed *observed;
	struct interfaces interfaces;
	unsigned int *wanted;

	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial->fixture->list(trial->fixture->context, trial->arena, &interfaces);
	wanted = arena_array(trial->arena, unsigned int, interfaces.count);
	for (size_t i = 0; i < interfaces.count; i++)
		wanted[i] = strcmp(interfaces.items[i].name, B) ? 0 : 1u << OUT;
	assert_int_equal(kernel_observe(trial->kernel, trial->arena, &interfaces, wanted,
					DETAIL_NONE, &observed, &trial->error),
			 0);
	assert_int_equal(observed->count, 2);
	assert_string_equal(observed->hooks[0].interface, A);
	assert_int_equal(observed->hooks[0].own, OWN_ATTACHED);
	assert_string_equal(observed->hooks[1].interface, B);
	assert_int_equal(observed->hooks[1].hook, OUT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, trial_open, trial_close)

int conformance_run(const char *name, const struct conformance_fixture *fixture)
{
	struct CMUnitTest tests[] = {
		CASE(conformance_empty_machine_has_nothing),
		CASE(conformance_attached_is_seen),
		CASE(conformance_update_keeps_the_link),
		CASE(conformance_observation_outlives_the_pass),
		CASE(conformance_detached_leaves_nothing),
		CASE(conformance_restart_changes_nothing),
		CASE(conformance_counters_never_fall_back),
		CASE(conformance_xdp_of_others_is_left_alone),
		CASE(conformance_foreign_tcx_stays_where_it_is),
		CASE(conformance_detached_link_is_attached_again),
		CASE(conformance_overwritten_link_is_put_back),
		CASE(conformance_removed_pins_are_restored),
		CASE(conformance_polls_find_drift),
		CASE(conformance_overwritten_link_can_be_detached),
		CASE(conformance_detached_and_taken_is_left_alone),
		CASE(conformance_stale_attach_is_refused),
		CASE(conformance_stale_update_is_refused),
		CASE(conformance_stale_detach_is_refused),
		CASE(conformance_execute_twice_is_harmless),
		CASE(conformance_interface_may_go_at_any_time),
		CASE(conformance_recreated_interface_gets_its_chain),
		CASE(conformance_orphans_are_forgotten),
		CASE(conformance_moved_interface_is_not_ours),
		CASE(conformance_bad_program_holds_its_own_hook_only),
		CASE(conformance_missing_program_is_swapped_in),
		CASE(conformance_counters_are_named_in_order),
		CASE(conformance_only_wanted_hooks_are_looked_at),
		CASE(conformance_mode_is_as_wished),
		CASE(conformance_mode_waits_for_the_gap),
		CASE(conformance_stale_reattach_is_refused),
		CASE(conformance_native_without_driver_is_refused),
		CASE(conformance_mode_that_fails_is_put_back),
		CASE(conformance_door_is_attached_without_a_link),
		CASE(conformance_forced_program_becomes_an_element),
		CASE(conformance_emptied_hook_withdraws_it),
		CASE(conformance_what_was_there_is_given_back),
		CASE(conformance_stale_exchange_is_refused),
		CASE(conformance_unlocked_pins_are_restored),
		CASE(conformance_exchange_may_die_anywhere),
		CASE(conformance_call_fails),
		CASE(conformance_pass_dies),
		CASE(conformance_switch_dies),
		CASE(conformance_segments_are_around_others),
		CASE(conformance_segment_is_repaired_alone),
		CASE(conformance_counters_move_with_their_element),
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tests[i].initial_state = (void *)fixture;
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
