/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of the running chains when the files break, vanish, empty and come back. The rule:
 * only a whole new policy changes anything.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

/* A chain "ab" by an agent, and packets through it. */
static struct holding start(struct ordain *ordain)
{
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "ab");
	agent_forget(ordain);
	return hook_holding("eth0", HOOK_XDP);
}

/* The same program on the same link, counting on; and after a new start too. */
static void assert_untouched(struct ordain *ordain, const struct holding *before)
{
	for (int i = 0; i < 2; i++) {
		struct holding now = hook_holding("eth0", HOOK_XDP);
		uint64_t seen = ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen");

		assert_int_equal(now.count, 1);
		assert_int_equal(now.programs[0], before->programs[0]);
		assert_int_equal(now.links[0], before->links[0]);
		way_expect(ordain, 10, "ab");
		assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"), seen + 10);
		assert_int_equal(ordain_generation(ordain), 1);
		agent_stop(ordain);
		agent_start_ready(ordain);
	}
}

static void assert_comes_back(struct ordain *ordain)
{
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, 10, "ba");
}

static void broken_file_changes_nothing(void **state)
{
	static const char *const broken[] = {
		"programs: {a: {hok: xdp}}\n",
		"programs: [\n",
		"programs:\n\ta: 1\n",
		"\xff\xfe",
		"programs: {c: {hook: xdp, interfaces: [eth0], object: /x.o, before: [nobody]}}\n",
	};
	struct ordain *ordain = *state;
	struct holding before = start(ordain);

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct outcome status;

		agent_forget(ordain);
		policy_write(ordain, "q.yaml", "%s", broken[i]);
		wait_until(ordain, agent_said(ordain, "q.yaml:"));
		assert_true(agent_said(ordain, "(generation 1) stays in force"));
		status = ordain_run(ordain, "status");
		assert_int_equal(status.code, 2);
		assert_non_null(strstr(status.err, "q.yaml:"));
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
	}
	assert_untouched(ordain, &before);
	policy_remove(ordain, "q.yaml");
	assert_comes_back(ordain);
}

/* `echo >` shows an empty file for a moment: one that had content says nothing by being empty. */
static void empty_file_changes_nothing(void **state)
{
	struct ordain *ordain = *state;
	struct holding before = start(ordain);

	assert_int_equal(truncate(ordain_path(ordain, "etc/ordain/p.yaml"), 0), 0);
	wait_until(ordain, agent_said(ordain, "p.yaml"));
	assert_untouched(ordain, &before);
	assert_comes_back(ordain);
}

static void vanished_file_counts_after_a_second_look(void **state)
{
	struct ordain *ordain = *state;
	int64_t vanished;

	start(ordain);
	vanished = clock_ms();
	policy_remove(ordain, "p.yaml");
	wait_until(ordain, !hook_program("eth0", HOOK_XDP));
	assert_true(clock_ms() - vanished >= 1000);
	wait_until(ordain, ordain_in_sync(ordain));
	assert_comes_back(ordain);
}

/* As install(1) does it, unlink and create: no packet sees the hook without its chain. */
static void file_that_comes_back_at_once_was_never_away(void **state)
{
	struct ordain *ordain = *state;

	start(ordain);
	way_start(ordain);
	for (int i = 1; i <= 5; i++) {
		uint32_t program = hook_program("eth0", HOOK_XDP);

		policy_remove(ordain, "p.yaml");
		way_wait(ordain, 3000);
		policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, i % 2 ? "ba" : "ab");
		wait_until(ordain, hook_program("eth0", HOOK_XDP) != program);
	}
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "ab") +
				 receipt_of(&ordain->way->receipt, "ba"),
			 ordain->way->receipt.packets);
}

static void removed_directory_changes_nothing(void **state)
{
	struct ordain *ordain = *state;
	struct holding before = start(ordain);

	assert_int_equal(directory_remove(ordain_path(ordain, "etc")), 0);
	wait_until(ordain, agent_said(ordain, "error[policy-missing]"));
	assert_untouched(ordain, &before);
	assert_int_equal(directory_ensure(ordain_path(ordain, "etc/ordain"), 0755), 0);
	assert_comes_back(ordain);
}

static void hint_write(const struct ordain *ordain, const char *text)
{
	const char *path = ordain_path(ordain, "usr/lib/ordain/vendor.yaml");
	const char *whole = arena_printf(ordain->arena, "ordain: 1\n%s", text);

	assert_int_equal(directory_ensure(ordain_path(ordain, "usr/lib/ordain"), 0755), 0);
	assert_int_equal(file_replace(path, whole, strlen(whole)), 0);
}

/* What it said while it was whole counts, and what the administrator says goes on counting. */
static void broken_hints_hold_up_nothing(void **state)
{
	struct ordain *ordain = *state;

	hint_write(ordain, "programs: {b: {before: [a]}}\n");
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s}\n"
		     "  b: {hook: xdp, interfaces: [eth0], object: %s}\n",
		     object_path(ordain, "stamp_a"), object_path(ordain, "stamp_b"));
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "ba");
	agent_forget(ordain);
	hint_write(ordain, "programs: {b: {befor: [a]}}\n");
	wait_until(ordain, agent_said(ordain, "what this file said before counts instead"));
	way_expect(ordain, 10, "ba");
	policy_write(ordain, "q.yaml",
		     "programs:\n"
		     "  c: {hook: xdp, interfaces: [eth0], object: %s}\n",
		     object_path(ordain, "stamp_c"));
	wait_until(ordain, ordain_generation(ordain) == 2 && ordain_in_sync(ordain));
	way_expect(ordain, 10, "bac");
	agent_stop(ordain);
	assert_int_equal(directory_remove(ordain_path(ordain, "usr/lib/ordain")), 0);
	agent_start_ready(ordain);
	assert_true(agent_said(ordain, "its hints of before count"));
	way_expect(ordain, 10, "bac");
	assert_int_equal(directory_ensure(ordain_path(ordain, "usr/lib/ordain"), 0755), 0);
	wait_until(ordain, ordain_generation(ordain) == 3 && ordain_in_sync(ordain));
	way_expect(ordain, 10, "abc");
}

/* Renamed away, and another one put in its place: the new one is the policy. */
static void replaced_directory_is_followed(void **state)
{
	struct ordain *ordain = *state;

	start(ordain);
	assert_int_equal(rename(ordain_path(ordain, "etc/ordain"), ordain_path(ordain, "old")), 0);
	assert_int_equal(directory_ensure(ordain_path(ordain, "etc/ordain"), 0755), 0);
	assert_comes_back(ordain);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "cab");
	wait_until(ordain, agent_said(ordain, "swap in a chain of 3"));
	way_expect(ordain, 10, "cab");
}

/* Root can read every file, but not a link that leads nowhere but to itself. */
static void unreadable_file_changes_nothing(void **state)
{
	struct ordain *ordain = *state;
	struct holding before = start(ordain);

	assert_int_equal(symlink("q.yaml", ordain_path(ordain, "etc/ordain/q.yaml")), 0);
	wait_until(ordain, agent_said(ordain, "error[policy-unreadable]"));
	assert_untouched(ordain, &before);
	policy_remove(ordain, "q.yaml");
	assert_comes_back(ordain);
}

static bool said_generation(const struct ordain *ordain, uint64_t generation)
{
	return agent_said(ordain, arena_printf(ordain->arena,
					       "generation %llu:", (unsigned long long)generation));
}

/* Writes many times. How long that took. */
static int64_t write_burst(const struct ordain *ordain)
{
	enum { WRITES = 40 };
	int64_t start_ms = clock_ms();

	for (int i = 0; i < WRITES; i++)
		policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, i % 2 ? "ba" : "cba");
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "abc");
	return clock_ms() - start_ms;
}

/* Whoever writes many times at once is waited for. On a machine that was held up meanwhile it was
 * no burst, and does not count. */
static void burst_of_writes_is_one_change(void **state)
{
	enum { BURST_MS = 200 };
	struct ordain *ordain = *state;
	uint64_t generation = 1;
	int64_t took;

	start(ordain);
	do {
		agent_forget(ordain);
		took = write_burst(ordain);
		wait_until(ordain, said_generation(ordain, generation + 1));
		wait_until(ordain, ordain_in_sync(ordain));
		if (took < BURST_MS)
			break;
		policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
		wait_until(ordain, ordain_in_sync(ordain));
		generation = ordain_generation(ordain);
		wait_until(ordain, said_generation(ordain, generation));
	} while (true);
	assert_int_equal(ordain_generation(ordain), generation + 1);
	assert_int_equal(agent_count(ordain, "swap in"), 1);
	way_expect(ordain, 10, "abc");
}

/* A comment is a new policy, and no other chain. */
static void comment_swaps_nothing(void **state)
{
	struct ordain *ordain = *state;
	struct holding before = start(ordain), after;

	policy_write(ordain, "q.yaml", "%s", "# nothing more\n");
	wait_until(ordain, agent_said(ordain, "generation 2"));
	wait_until(ordain, ordain_in_sync(ordain));
	after = hook_holding("eth0", HOOK_XDP);
	assert_int_equal(after.programs[0], before.programs[0]);
	assert_int_equal(agent_count(ordain, "swap in"), 0);
}

/*
 * The machine starts anew: no pin, no link, and meanwhile the files broke and the objects went. The
 * accepted policy with its own copies of the objects is what runs.
 */
static void reboot_with_a_broken_directory_uses_the_stored_copies(void **state)
{
	struct ordain *ordain = *state;
	const char *objects = ordain_path(ordain, "objects");

	assert_int_equal(directory_ensure(objects, 0755), 0);
	file_copy(ordain, object_path(ordain, "stamp_a"), ordain_path(ordain, "objects/a.bpf.o"));
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s/a.bpf.o, "
		     "function: stamp_xdp}\n",
		     objects);
	agent_start_ready(ordain);
	agent_stop(ordain);
	assert_int_equal(ordain_shell(ordain, "rm -r $BPFFS/ordain").code, 0);
	wait_until(ordain, !hook_program("eth0", HOOK_XDP));
	policy_write(ordain, "p.yaml", "%s", "programs: [\n");
	assert_int_equal(directory_remove(objects), 0);
	agent_start_ready(ordain);
	assert_true(agent_said(ordain, "(generation 1) stays in force"));
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "a");
	assert_int_equal(directory_remove(ordain_path(ordain, "etc")), 0);
	agent_stop(ordain);
	agent_start_ready(ordain);
	way_expect(ordain, 10, "a");
}

/* Nobody ever said anything: nothing is touched, and there is something to look at all the same. */
static void without_any_policy_nothing_is_touched(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);

	foreign_netlink("eth0", program);
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), foreign_id(program));
	assert_non_null(strstr(ordain_run(ordain, "status").out, "foreign"));
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	foreign_netlink_off("eth0");
	close(program);
	/* The first file that comes is the first policy. */
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	assert_int_equal(ordain_generation(ordain), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(broken_file_changes_nothing),
		ORDAIN_TEST(empty_file_changes_nothing),
		ORDAIN_TEST(vanished_file_counts_after_a_second_look),
		ORDAIN_TEST(file_that_comes_back_at_once_was_never_away),
		ORDAIN_TEST(removed_directory_changes_nothing),
		ORDAIN_TEST(broken_hints_hold_up_nothing),
		ORDAIN_TEST(replaced_directory_is_followed),
		ORDAIN_TEST(unreadable_file_changes_nothing),
		ORDAIN_TEST(burst_of_writes_is_one_change),
		ORDAIN_TEST(comment_swaps_nothing),
		ORDAIN_TEST(reboot_with_a_broken_directory_uses_the_stored_copies),
		ORDAIN_TEST(without_any_policy_nothing_is_touched),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
