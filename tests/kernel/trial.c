/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * try, confirm and undo: what nobody confirms goes away again, whoever of the command, its guard and
 * the agent is still alive, also over a reboot, and no packet pays for it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/tried.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* The process that a `try` left behind: this one adopts it. 0: there is none. */
static pid_t find_guard(void)
{
	char path[64];
	pid_t guard = 0;
	FILE *children;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	children = fopen(path, "r");
	assert_non_null(children);
	if (fscanf(children, "%d", &guard) != 1)
		guard = 0;
	fclose(children);
	return guard;
}

/*
 * Only while no agent runs, which would be a child as well. One of the case before may still be there,
 * where it has just gone back.
 */
static void kill_guards(void)
{
	pid_t guard = find_guard();

	assert_true(guard > 0);
	for (; guard; guard = find_guard()) {
		assert_int_equal(kill(guard, SIGKILL), 0);
		assert_int_equal(waitpid(guard, NULL, 0), guard);
	}
}

static bool is_back(const struct ordain *ordain, uint64_t generation)
{
	return ordain_generation(ordain) == generation;
}

static void confirmed_it_stays(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	assert_says(ordain_do(ordain, "try --timeout 2s"), "`ordain confirm` keeps it");
	way_expect(ordain, 10, "ba");
	assert_says(ordain_run(ordain, "status").out, "generation 2 goes back to 1 in ");
	assert_says(ordain_do(ordain, "confirm"), "generation 2 stays");
	wait_until(ordain, tried_guard_is_gone());
	sleep(3);
	way_expect(ordain, 10, "ba");
	assert_int_equal(ordain_generation(ordain), 2);
	/* Whoever says it twice has what he wants. */
	assert_says(ordain_do(ordain, "confirm"), "Nothing is on trial");
}

static void without_an_agent_it_goes_back(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	tried_begin(ordain);
	way_start(ordain);
	ordain_do(ordain, "try --timeout 1s");
	wait_until(ordain, is_back(ordain, 3));
	wait_until(ordain, tried_guard_is_gone());
	way_wait(ordain, 100);
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(ordain->way->receipt.trace_count, 2);
	way_expect(ordain, 10, "ab");
	assert_int_equal(ordain_run(ordain, "confirm").code, 1);
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "was taken back with generation 2");
	assert_says(ordain_run(ordain, "plan").err, "warning[taken-back]");
	assert_says(ordain_run(ordain, "status").out, "TAKEN BACK");
	/* Whoever insists may. */
	ordain_do(ordain, "try");
	ordain_do(ordain, "confirm");
	way_expect(ordain, 10, "ba");
	assert_true(ordain_in_sync(ordain));
}

static void agent_goes_back_and_waits_for_a_change(void **state)
{
	struct ordain *ordain = *state;

	tried_write(ordain, "ab");
	agent_start_ready(ordain);
	ordain_do(ordain, "pause");
	tried_write(ordain, "ba");
	way_open(ordain, HOOK_XDP);
	ordain_do(ordain, "try --timeout 3s");
	ordain_do(ordain, "resume");
	/* An edit meanwhile waits. */
	tried_write(ordain, "cab");
	way_expect(ordain, 10, "ba");
	wait_until(ordain, agent_said(ordain, "generation 2 is on trial until"));
	wait_until(ordain, is_back(ordain, 3));
	way_expect(ordain, 10, "ab");
	/* Neither what was tried nor what was written meanwhile comes by itself. */
	agent_signal(ordain, SIGHUP);
	tried_write(ordain, "ba");
	agent_signal(ordain, SIGHUP);
	sleep(2);
	way_expect(ordain, 10, "ab");
	tried_write(ordain, "abc");
	wait_until(ordain, is_back(ordain, 4));
	way_expect(ordain, 10, "abc");
}

/* An agent takes up an edit at once: the trial is of that generation then. */
static void agent_may_be_faster(void **state)
{
	struct ordain *ordain = *state;

	tried_write(ordain, "ab");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	tried_write(ordain, "ba");
	wait_until(ordain, is_back(ordain, 2));
	assert_says(ordain_do(ordain, "try --timeout 5s"), "is on trial from now on");
	assert_says(ordain_run(ordain, "try").out, "is on trial already");
	way_expect(ordain, 10, "ba");
	wait_until(ordain, is_back(ordain, 3));
	wait_until(ordain, ordain_run(ordain, "status").code == 0);
	way_expect(ordain, 10, "ab");
	/* What was confirmed, or has been in force for longer, does not get on trial by a slip. */
	tried_write(ordain, "abc");
	wait_until(ordain, is_back(ordain, 4));
	ordain_do(ordain, "try");
	ordain_do(ordain, "confirm");
	assert_says(ordain_do(ordain, "try"), "Nothing to try");
	tried_write(ordain, "bac");
	wait_until(ordain, is_back(ordain, 5));
	sleep(2);
	assert_says(ordain_do(ordain, "try --timeout 1s"), "Nothing to try");
}

/* Neither patience with those who undo things nor a pause holds up the way back. */
static void agent_goes_back_as_often_as_it_has_to(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "pause");
	agent_start_ready(ordain);
	for (uint64_t i = 0; i < 6; i++) {
		policy_write(ordain, "other.yaml", "labels: {n%u: {name: [eth0]}}\n",
			     (unsigned int)i);
		ordain_do(ordain, "try --timeout 1s");
		way_expect(ordain, 10, "ba");
		/* Where the agent is slow, the guard is faster. */
		wait_until(ordain, is_back(ordain, 3 + 2 * i));
		way_expect(ordain, 10, "ab");
	}
	assert_false(agent_said(ordain, "in a row"));
}

/* Killed at any moment, it leaves what was, or a trial that ends. */
static void killed_command_leaves_a_guard(void **state)
{
	struct ordain *ordain = *state;
	unsigned int tried = 0;
	const char *status;

	tried_begin(ordain);
	for (unsigned int ms = 10; ms < 3000 && tried < 3; ms += ms / 2) {
		ordain_shell(ordain,
			     "timeout -s KILL %u.%03u $ORDAIN --root=$ROOT --bpffs=$BPFFS "
			     "try --timeout 1s >/dev/null 2>&1",
			     ms / 1000, ms % 1000);
		/* One that is killed before it ends is reaped like its guard. */
		wait_until(ordain, waitpid(-1, NULL, WNOHANG) < 0);
		way_expect(ordain, 10, "ab");
		status = ordain_run(ordain, "status").out;
		tried += strstr(status, "TAKEN BACK") != NULL;
		if (!strstr(status, "TAKEN BACK"))
			assert_says(status, "not in force yet");
		policy_write(ordain, "other.yaml", "labels: {n%u: {name: [eth0]}}\n", ms);
	}
	assert_int_equal(tried, 3);
}

static void agent_that_dies_leaves_a_guard(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "pause");
	agent_start_ready(ordain);
	ordain_do(ordain, "try --timeout 2s");
	agent_kill(ordain);
	wait_until(ordain, is_back(ordain, 3));
	way_expect(ordain, 10, "ab");
}

static void guard_that_dies_leaves_the_agent(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "try --timeout 4s");
	kill_guards();
	agent_start_ready(ordain);
	way_expect(ordain, 10, "ba");
	wait_until(ordain, is_back(ordain, 3));
	way_expect(ordain, 10, "ab");
}

static void when_all_are_dead_the_next_one_goes_back(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	tried_begin(ordain);
	ordain_do(ordain, "try --timeout 1s");
	kill_guards();
	sleep(2);
	way_expect(ordain, 10, "ba");
	assert_says(ordain_run(ordain, "status").out, "goes back to 1 now");
	assert_says(ordain_run(ordain, "plan").out, "Back to policy");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "nobody confirmed it: going back first");
	way_expect(ordain, 10, "ab");
	assert_int_equal(ordain_generation(ordain), 3);
}

/* Machines that do not come back are switched off and on: nobody waits for a clock then. */
static void reboot_ends_it(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "try --timeout 1h");
	kill_guards();
	ordain_shell(ordain, "rm -r $BPFFS/ordain $ROOT/run");
	wait_until(ordain, !hook_program("eth0", HOOK_XDP));
	agent_start_ready(ordain);
	wait_until(ordain, is_back(ordain, 3));
	way_expect(ordain, 10, "ab");
	assert_says(ordain_run(ordain, "status").out, "TAKEN BACK");
}

static void first_policy_goes_away_again(void **state)
{
	struct ordain *ordain = *state;

	tried_write(ordain, "ab");
	assert_says(ordain_do(ordain, "try --timeout 1s"), "it goes away by itself");
	assert_int_not_equal(hook_program("eth0", HOOK_XDP), 0);
	wait_until(ordain, !hook_program("eth0", HOOK_XDP));
	wait_until(ordain, tried_guard_is_gone());
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
}

static void second_trial_goes_back_to_the_first_ones_start(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	tried_begin(ordain);
	ordain_do(ordain, "try --timeout 1h");
	tried_write(ordain, "abc");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "generation 2 is on trial");
	assert_says(ordain_do(ordain, "try --timeout 2s"), "generation 1 comes back by itself");
	way_expect(ordain, 10, "abc");
	wait_until(ordain, is_back(ordain, 4));
	way_expect(ordain, 10, "ab");
}

/* The object that was replaced comes back with the files that named it. */
static void undo_brings_back_files_and_objects(void **state)
{
	struct ordain *ordain = *state;
	const char *object = ordain_path(ordain, "o.bpf.o");

	file_copy(ordain, object_path(ordain, "stamp_a"), object);
	policy_write(ordain, "p.yaml",
		     "programs:\n  p: {hook: xdp, interfaces: [eth0], object: %s, "
		     "function: stamp_xdp}\n",
		     object);
	assert_says(ordain_run(ordain, "undo").err, "no generation to go back to");
	ordain_do(ordain, "apply");
	assert_says(ordain_run(ordain, "undo").err, "no generation to go back to");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "a");
	agent_start_ready(ordain);
	file_copy(ordain, object_path(ordain, "stamp_b"), object);
	wait_until(ordain, is_back(ordain, 2));
	way_expect(ordain, 10, "b");
	assert_says(ordain_do(ordain, "undo"), "Back to the policy of generation 1");
	way_expect(ordain, 10, "a");
	/* Neither the agent nor a look at it thinks otherwise. */
	agent_signal(ordain, SIGHUP);
	sleep(2);
	way_expect(ordain, 10, "a");
	assert_int_equal(ordain_run(ordain, "status").code, 0);
	file_copy(ordain, object_path(ordain, "stamp_c"), object);
	wait_until(ordain, is_back(ordain, 4));
	way_expect(ordain, 10, "c");
}

static void undo_ends_a_trial(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "try --timeout 1h");
	ordain_do(ordain, "undo");
	way_expect(ordain, 10, "ab");
	wait_until(ordain, tried_guard_is_gone());
	assert_int_equal(ordain_generation(ordain), 3);
	assert_says(ordain_run(ordain, "undo").err, "no generation to go back to");
	assert_int_equal(ordain_run(ordain, "confirm").code, 1);
}

static void undo_works_with_files_that_do_not(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "apply");
	way_expect(ordain, 10, "ba");
	policy_write(ordain, "xdp.yaml", "progams: {}\n");
	ordain_do(ordain, "undo");
	way_expect(ordain, 10, "ab");
}

static void what_may_leave_a_gap_may_on_the_way_back(void **state)
{
	struct ordain *ordain = *state;

	policy_write(ordain, "mode.yaml",
		     "chains:\n  - {interfaces: [eth0], hook: xdp, mode: native}\n");
	tried_begin(ordain);
	policy_write(ordain, "mode.yaml",
		     "chains:\n  - {interfaces: [eth0], hook: xdp, mode: generic}\n");
	assert_int_equal(ordain_run(ordain, "try --timeout 1h").code, 1);
	ordain_do(ordain, "undo");
	ordain_do(ordain, "try --timeout 1s --allow-gap");
	assert_says(ordain_shell(ordain, "ip link show eth0").out, "xdpgeneric");
	wait_until(ordain, is_back(ordain, 5));
	wait_until(ordain, !strstr(ordain_shell(ordain, "ip link show eth0").out, "xdpgeneric"));
	way_expect(ordain, 10, "ab");
}

static void wait_is_for_what_the_files_say(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	tried_begin(ordain);
	outcome = ordain_run(ordain, "wait --for in-sync --timeout 1s");
	assert_int_equal(outcome.code, 2);
	assert_says(outcome.err, "what the files say is not in force");
	ordain_do(ordain, "try --timeout 1h");
	ordain_do(ordain, "wait");
	tried_write(ordain, "abc");
	outcome = ordain_run(ordain, "wait --timeout 1s");
	assert_int_equal(outcome.code, 2);
	assert_says(outcome.err, "wait for the end of a trial");
	ordain_do(ordain, "confirm");
	kill_guards();
	agent_start(ordain);
	ordain_do(ordain, "wait --for=in-sync");
	way_expect(ordain, 10, "abc");
	agent_stop(ordain);
	foreign_detach(hook_holding("eth0", HOOK_XDP).links[0]);
	outcome = ordain_run(ordain, "wait --timeout 1s");
	assert_int_equal(outcome.code, 2);
	assert_says(outcome.err, "not every hook is in sync");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(confirmed_it_stays),
		ORDAIN_TEST(without_an_agent_it_goes_back),
		ORDAIN_TEST(agent_goes_back_and_waits_for_a_change),
		ORDAIN_TEST(agent_may_be_faster),
		ORDAIN_TEST(agent_goes_back_as_often_as_it_has_to),
		ORDAIN_TEST(killed_command_leaves_a_guard),
		ORDAIN_TEST(agent_that_dies_leaves_a_guard),
		ORDAIN_TEST(guard_that_dies_leaves_the_agent),
		ORDAIN_TEST(when_all_are_dead_the_next_one_goes_back),
		ORDAIN_TEST(reboot_ends_it),
		ORDAIN_TEST(first_policy_goes_away_again),
		ORDAIN_TEST(second_trial_goes_back_to_the_first_ones_start),
		ORDAIN_TEST(undo_brings_back_files_and_objects),
		ORDAIN_TEST(undo_ends_a_trial),
		ORDAIN_TEST(undo_works_with_files_that_do_not),
		ORDAIN_TEST(what_may_leave_a_gap_may_on_the_way_back),
		ORDAIN_TEST(wait_is_for_what_the_files_say),
	};

	ordain_enter();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
