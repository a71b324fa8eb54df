/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon among others: supervisors, a second agent, `apply` beside it, objects that change. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

static void ready_comes_after_the_first_pass(void **state)
{
	struct ordain *ordain = *state;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	assert_int_not_equal(hook_program("eth0", HOOK_XDP), 0);
	assert_true(ordain_in_sync(ordain));
	agent_stop(ordain);
	assert_true(agent_notified(ordain, "STOPPING=1"));
	assert_int_not_equal(hook_program("eth0", HOOK_XDP), 0);
}

/* Also when a hook is blocked: a supervisor shall not wait for the administrator. */
static void ready_comes_in_spite_of_blocked_hooks(void **state)
{
	struct ordain *ordain = *state;

	policy_write(ordain, "p.yaml", "%s",
		     "programs: {a: {hook: xdp, interfaces: [eth0], object: /nowhere.o}}\n");
	agent_start_ready(ordain);
	assert_true(agent_said(ordain, "error[object-missing]"));
}

/* More than once, with nothing to do; and only a supervisor that asks for it hears it. */
static void supervisor_hears_that_it_lives(void **state)
{
	struct ordain *ordain = *state;

	setenv("WATCHDOG_USEC", "120000000", 1);
	agent_start_ready(ordain);
	unsetenv("WATCHDOG_USEC");
	for (int i = 0; i < 3; i++)
		wait_until(ordain, agent_notified(ordain, "WATCHDOG=1"));
	agent_stop(ordain);
	agent_start_ready(ordain);
	sleep(2);
	assert_false(agent_notified(ordain, "WATCHDOG=1"));
}

static void second_agent_names_the_first(void **state)
{
	struct ordain *ordain = *state;
	struct outcome second;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	second = ordain_run(ordain, "agent");
	assert_int_equal(second.code, 1);
	assert_non_null(strstr(second.err, arena_printf(ordain->arena, "pid %d", ordain->agent)));
	/* It is the chains that they would fight about, not the files. */
	second = ordain_shell(ordain, "$ORDAIN --root=$ROOT/other --bpffs=$BPFFS agent");
	assert_int_equal(second.code, 1);
	agent_kill(ordain);
	agent_start_ready(ordain);
}

/* Whoever of the two is first does it, and the other finds nothing left to do. */
static void apply_beside_an_agent_is_done_once(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	for (uint64_t generation = 2; generation <= 6; generation++) {
		policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, generation % 2 ? "ab" : "ba");
		ordain_do(ordain, "apply");
		program = hook_program("eth0", HOOK_XDP);
		assert_int_equal(ordain_generation(ordain), generation);
	}
	/* The agent sees a change of its own after all of those. */
	policy_chain(ordain, "q.yaml", "eth0", HOOK_XDP, "d");
	wait_until(ordain, agent_said(ordain, "generation 7:"));
	assert_int_equal(agent_count(ordain, "swap in"), 1);
	assert_int_not_equal(hook_program("eth0", HOOK_XDP), program);
	assert_true(ordain_in_sync(ordain));
}

/* Many at the same time: each is done whole, and in the end it is what the files say. */
static void applies_at_the_same_time_do_not_mix(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	for (int i = 0; i < 5; i++) {
		policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, i % 2 ? "ab" : "ba");
		outcome = ordain_shell(ordain, "for i in 1 2 3 4 5 6; do $ORDAIN --root=$ROOT "
					       "--bpffs=$BPFFS apply & pids=\"$pids $!\"; done; "
					       "for p in $pids; do wait $p || exit 1; done");
		if (outcome.code)
			fail_msg("%s%s", outcome.out, outcome.err);
	}
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "ab") +
				 receipt_of(&ordain->way->receipt, "ba"),
			 ordain->way->receipt.packets);
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, 10, "ba");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"),
			 ordain->way->sender.sent);
}

/* Again every second, and from the second time on with what happened in between. */
static void watching_goes_on(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	ordain_do(ordain, "apply");
	outcome = ordain_shell(ordain, "timeout 4 $ORDAIN --root=$ROOT --bpffs=$BPFFS status "
				       "--watch");
	if (outcome.code != 124 || !strstr(outcome.out, "SEEN/s"))
		fail_msg("%d: %s%s", outcome.code, outcome.out, outcome.err);
}

/* Another directory mounted over the policy's tells nobody; a look every 30 s would find it too. */
static void sighup_looks_at_once(void **state)
{
	struct ordain *ordain = *state;
	const char *other = ordain_path(ordain, "other");
	const char *etc = ordain_path(ordain, "etc/ordain");
	int64_t start = clock_ms();

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	assert_int_equal(rename(etc, other), 0);
	assert_int_equal(directory_ensure(etc, 0755), 0);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	assert_int_equal(mount(other, etc, NULL, MS_BIND, NULL), 0);
	agent_signal(ordain, SIGHUP);
	wait_until(ordain, agent_said(ordain, "generation 2:"));
	assert_int_equal(umount(etc), 0);
	assert_true(clock_ms() - start < 25000);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "ba");
}

static void write_object_policy(const struct ordain *ordain, const char *object)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s, function: stamp_xdp}\n",
		     object);
}

/* A package brings a new object to the same path: a change of its own, without any edit. */
static void object_upgraded_in_place_is_swapped_in(void **state)
{
	struct ordain *ordain = *state;
	const char *object = ordain_path(ordain, "objects/p.bpf.o");

	assert_int_equal(directory_ensure(ordain_path(ordain, "objects"), 0755), 0);
	file_copy(ordain, object_path(ordain, "stamp_a"), object);
	write_object_policy(ordain, object);
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "a");
	way_start(ordain);
	file_copy(ordain, object_path(ordain, "stamp_b"), object);
	wait_until(ordain, agent_said(ordain, "swap in a chain of 1"));
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "a") +
				 receipt_of(&ordain->way->receipt, "b"),
			 ordain->way->receipt.packets);
	way_expect(ordain, 10, "b");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"),
			 ordain->way->sender.sent);
}

static void half_written_object_keeps_the_old_chain(void **state)
{
	struct ordain *ordain = *state;
	const char *object = ordain_path(ordain, "objects/p.bpf.o");
	uint32_t program;

	assert_int_equal(directory_ensure(ordain_path(ordain, "objects"), 0755), 0);
	file_copy(ordain, object_path(ordain, "stamp_a"), object);
	write_object_policy(ordain, object);
	agent_start_ready(ordain);
	program = hook_program("eth0", HOOK_XDP);
	for (int i = 0; i < 3; i++) {
		static const int lengths[] = { 0, 30, 700 };

		agent_forget(ordain);
		assert_int_equal(truncate(object, lengths[i]), 0);
		wait_until(ordain, agent_said(ordain, "error[object-"));
		assert_int_equal(hook_program("eth0", HOOK_XDP), program);
		assert_int_equal(ordain_run(ordain, "status").code, 2);
		file_copy(ordain, object_path(ordain, "stamp_a"), object);
		wait_until(ordain, ordain_in_sync(ordain));
		assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	}
	assert_int_equal(unlink(object), 0);
	wait_until(ordain, agent_said(ordain, "error[object-missing]"));
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	/* Even the next agent has the old one, from its own store. */
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	file_copy(ordain, object_path(ordain, "stamp_b"), object);
	wait_until(ordain, hook_program("eth0", HOOK_XDP) != program);
	wait_until(ordain, ordain_in_sync(ordain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(ready_comes_after_the_first_pass),
		ORDAIN_TEST(ready_comes_in_spite_of_blocked_hooks),
		ORDAIN_TEST(supervisor_hears_that_it_lives),
		ORDAIN_TEST(second_agent_names_the_first),
		ORDAIN_TEST(apply_beside_an_agent_is_done_once),
		ORDAIN_TEST(applies_at_the_same_time_do_not_mix),
		ORDAIN_TEST(watching_goes_on),
		ORDAIN_TEST(sighup_looks_at_once),
		ORDAIN_TEST(object_upgraded_in_place_is_swapped_in),
		ORDAIN_TEST(half_written_object_keeps_the_old_chain),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
