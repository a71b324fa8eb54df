/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SIGKILL between a swap in the kernel and what is written down about it, at each system call that
 * comes between the two: packets meet the new chain, and the next one who comes finishes the work.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

/* Of some 200 calls after the swap, the first, the eighth ...: each would take minutes. */
enum { STEP = 7, LIMIT = 2000 };

static pid_t start_traced(const struct ordain *ordain)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		/* It does not work under a tracer. */
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		if (!freopen("/dev/null", "w", stdout) || ptrace(PTRACE_TRACEME, 0, 0, 0))
			_exit(127);
		raise(SIGSTOP);
		execl(getenv("ORDAIN"), "ordain", "--root", ordain->root, "--bpffs", ordain->bpffs,
		      "apply", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(
		ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	return pid;
}

/* The entry of a system call that swaps a link's program. */
static bool is_swap(const struct ptrace_syscall_info *info)
{
	return info->entry.nr == SYS_bpf && info->entry.args[0] == BPF_LINK_UPDATE;
}

/*
 * Runs `ordain apply` and kills it before it makes the system call number `calls` after its swap;
 * false: it ended before that, with success.
 */
static bool apply_killed(const struct ordain *ordain, unsigned int calls)
{
	pid_t pid = start_traced(ordain);
	bool swapped = false;
	int status;

	for (;;) {
		struct ptrace_syscall_info info;

		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			assert_true(swapped);
			assert_int_equal(WEXITSTATUS(status), 0);
			return false;
		}
		assert_true(WIFSTOPPED(status));
		assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
		if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (swapped && !calls--)
			break;
		swapped |= is_swap(&info);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return true;
}

/* One link and one chain in the hook's directory. */
static void assert_no_leftovers(const struct ordain *ordain, enum hook hook)
{
	const char *found = ordain_shell(ordain, "ls -d $BPFFS/ordain/netns-*/%u-%s/* | wc -l",
					 netns_ifindex("eth0"), hook_name(hook))
				    .out;

	assert_int_equal(atoi(found), 2);
}

static void killed_between_swap_and_bookkeeping(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		uint64_t generation;
		bool killed = true;
		uint32_t link;

		if (hook == HOOK_TCX_EGRESS)
			continue;
		policy_chain(ordain, "p.yaml", "eth0", hook, "ab");
		ordain_do(ordain, "apply");
		way_open(ordain, hook);
		link = hook_holding("eth0", hook).links[0];
		generation = ordain_generation(ordain);
		for (unsigned int calls = 0; killed; calls += STEP) {
			const char *trace = calls / STEP % 2 ? "ab" : "ba";

			assert_true(calls < LIMIT);
			policy_chain(ordain, "p.yaml", "eth0", hook, trace);
			killed = apply_killed(ordain, calls);
			way_expect(ordain, 10, trace);
			ordain_do(ordain, "apply");
			assert_true(ordain_in_sync(ordain));
			assert_int_equal(ordain_generation(ordain), ++generation);
			assert_int_equal(hook_holding("eth0", hook).count, 1);
			assert_int_equal(hook_holding("eth0", hook).links[0], link);
			assert_no_leftovers(ordain, hook);
			way_expect(ordain, 10, trace);
			assert_int_equal(ordain_counter(ordain, "eth0", hook, "a", "seen"),
					 ordain->way->sender.sent);
		}
		way_close(ordain);
		policy_clear(ordain, "p.yaml");
		ordain_do(ordain, "apply");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(killed_between_swap_and_bookkeeping),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
