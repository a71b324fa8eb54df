/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * try on a bad day: the disk is full, the terminal takes nothing any more, and SIGKILL comes at each
 * call that changes the state directory. What nobody confirms goes away all the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "tests/support/test.h"
#include "tests/support/tried.h"
#include "tests/support/way.h"

enum { LIMIT = 200 };

static bool is_on_trial(const struct ordain *ordain)
{
	return !ordain_shell(ordain, "test -e $ROOT/var/lib/ordain/trial").code;
}

static bool runs_ab(const struct ordain *ordain)
{
	return !strncmp(ordain_shell(ordain,
				     "$ORDAIN --root=$ROOT --bpffs=$BPFFS status -o json "
				     "| tr -d ' \\n' | grep -o '\"name\":\"[ab]\"' | head -1")
				.out,
			"\"name\":\"a\"", 10);
}

/* A pipe that nobody reads, full. */
static int stalled_stream(int *ret_reader)
{
	static const char bytes[4096];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(ends[1], bytes, sizeof(bytes)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
	*ret_reader = ends[0];
	return ends[1];
}

static pid_t start_try(const struct ordain *ordain, int out, bool traced)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	/* It does not work under a tracer. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(127);
	if (traced && !ptrace(PTRACE_TRACEME, 0, 0, 0))
		raise(SIGSTOP);
	execl(getenv("ORDAIN"), "ordain", "--root", ordain->root, "--bpffs", ordain->bpffs, "try",
	      "--timeout", "1s", NULL);
	_exit(127);
}

static void terminal_that_stalls_holds_up_nobody(void **state)
{
	struct ordain *ordain = *state;
	int reader, writer;
	pid_t pid;

	tried_begin(ordain);
	writer = stalled_stream(&reader);
	pid = start_try(ordain, writer, false);
	wait_until(ordain, ordain_generation(ordain) == 2);
	wait_until(ordain, ordain_generation(ordain) == 3);
	way_expect(ordain, 10, "ab");
	/* Still there, waiting for its terminal. */
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(reader);
	close(writer);
}

static void full_disk_does_not_hold_up_the_way_back(void **state)
{
	struct ordain *ordain = *state;

	ordain_shell(ordain, "mkdir -p $ROOT/var/lib/ordain");
	assert_int_equal(ordain_shell(ordain, "mount -t tmpfs -o size=8m,mode=700 state "
					      "$ROOT/var/lib/ordain")
				 .code,
			 0);
	tried_begin(ordain);
	ordain_do(ordain, "try --timeout 2s");
	way_expect(ordain, 10, "ba");
	ordain_shell(ordain, "head -c 16m /dev/zero >$ROOT/var/lib/ordain/full 2>/dev/null");
	wait_until(ordain, runs_ab(ordain));
	way_expect(ordain, 10, "ab");
	assert_int_equal(ordain_generation(ordain), 2);
	/* It is written down when there is room again, by the same process. */
	ordain_shell(ordain, "rm $ROOT/var/lib/ordain/full");
	wait_until(ordain, ordain_generation(ordain) == 3);
	wait_until(ordain, tried_guard_is_gone());
	way_expect(ordain, 10, "ab");
	assert_non_null(strstr(ordain_run(ordain, "status").out, "TAKEN BACK"));
	ordain_shell(ordain, "umount $ROOT/var/lib/ordain");
}

/* The entry of a call that gives a file its name, or takes it. */
static bool is_naming(const struct ptrace_syscall_info *info)
{
	switch (info->entry.nr) {
	case SYS_rename:
	case SYS_renameat2:
	case SYS_symlink:
	case SYS_unlink:
		return true;
	default:
		return false;
	}
}

/* Runs `try` and kills it before that one of those calls; false: it ended before. */
static bool try_killed(const struct ordain *ordain, unsigned int calls)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t pid = start_try(ordain, null, true);
	struct ptrace_syscall_info info;
	int status;

	close(null);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(
		ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	for (;;) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			return false;
		assert_true(WIFSTOPPED(status));
		assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && is_naming(&info) && !calls--)
			break;
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return true;
}

/* What it had begun is nobody else's: an `apply` after it is for good. */
static void killed_try_leaves_no_trial_to_apply(void **state)
{
	struct ordain *ordain = *state;
	bool killed = true;

	tried_begin(ordain);
	for (unsigned int calls = 0; killed; calls++) {
		uint64_t generation = ordain_generation(ordain);

		assert_true(calls < LIMIT);
		tried_write(ordain, calls % 2 ? "cab" : "cba");
		killed = try_killed(ordain, calls);
		if (ordain_generation(ordain) == generation) {
			ordain_do(ordain, "apply");
			assert_false(is_on_trial(ordain));
			way_expect(ordain, 10, calls % 2 ? "cab" : "cba");
		} else {
			wait_until(ordain, ordain_generation(ordain) == generation + 2);
			assert_false(is_on_trial(ordain));
			way_expect(ordain, 10, calls % 2 ? "cba" : "cab");
		}
		wait_until(ordain, waitpid(-1, NULL, WNOHANG) < 0);
	}
}

/* Killed behind another trial, it leaves one that ends as well. */
static void killed_second_try_leaves_a_trial(void **state)
{
	struct ordain *ordain = *state;
	bool killed = true;

	tried_begin(ordain);
	for (unsigned int calls = 0; killed; calls++) {
		assert_true(calls < LIMIT);
		policy_write(ordain, "other.yaml", "labels: {n%u: {name: [eth0]}}\n", calls);
		ordain_do(ordain, "try --timeout 3s");
		tried_write(ordain, "cba");
		killed = try_killed(ordain, calls);
		assert_true(is_on_trial(ordain));
		wait_until(ordain, waitpid(-1, NULL, WNOHANG) < 0);
		assert_false(is_on_trial(ordain));
		way_expect(ordain, 10, "ab");
		tried_write(ordain, "ba");
	}
}

static const char *guards(const struct ordain *ordain, const char *what)
{
	return ordain_shell(ordain,
			    "for i in $(cat /proc/%d/task/%d/children); do "
			    "readlink /proc/$i/exe | grep -q ordain && %s; done",
			    getpid(), getpid(), what)
		.out;
}

/* Nor its files, which may be locks, nor its directory, which may be a mount. */
static void guard_keeps_nothing_of_who_began_it(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	assert_int_equal(ordain_shell(ordain, "cd $ROOT; exec 9>$ROOT/lock; flock 9; "
					      "$ORDAIN --root=$ROOT --bpffs=$BPFFS try; exec 9>&-; "
					      "flock -n $ROOT/lock true")
				 .code,
			 0);
	assert_string_equal(guards(ordain, "readlink /proc/$i/cwd"), "/\n");
	ordain_do(ordain, "undo");
	wait_until(ordain, tried_guard_is_gone());
}

/* Without an agent it is `apply` that puts back what is in force, whatever the files say. */
static void what_is_in_force_is_put_back_beside_what_was_taken(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "apply");
	assert_null(strstr(ordain_do(ordain, "undo"), "On trial"));
	ordain_shell(ordain, "rm -r $BPFFS/ordain");
	wait_until(ordain, !hook_program("eth0", HOOK_XDP));
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	way_expect(ordain, 10, "ab");
	ordain_do(ordain, "try --timeout 1h");
	assert_null(strstr(ordain_do(ordain, "undo"), "On trial"));
	wait_until(ordain, tried_guard_is_gone());
}

static void pause_says_of_no_way_back_that_it_waits(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "pause");
	agent_start_ready(ordain);
	wait_until(ordain, agent_said(ordain, "paused, so not done"));
	agent_forget(ordain);
	ordain_do(ordain, "try --timeout 1s");
	wait_until(ordain, agent_said(ordain, "generation 3: back to"));
	agent_stop(ordain);
	assert_false(agent_said(ordain, "paused, so not done"));
	way_expect(ordain, 10, "ab");
}

static void output_is_json_whatever_there_is_to_try(void **state)
{
	struct ordain *ordain = *state;

	tried_begin(ordain);
	ordain_do(ordain, "apply");
	assert_int_equal(*ordain_do(ordain, "try -o json"), '{');
	tried_write(ordain, "abc");
	assert_int_equal(*ordain_do(ordain, "try -o json"), '{');
	assert_non_null(strstr(ordain_do(ordain, "try"), "on trial already, for another "));
	assert_non_null(strstr(ordain_do(ordain, "try -o json"), "\"trial\""));
	ordain_do(ordain, "confirm");
	wait_until(ordain, tried_guard_is_gone());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(terminal_that_stalls_holds_up_nobody),
		ORDAIN_TEST(full_disk_does_not_hold_up_the_way_back),
		ORDAIN_TEST(killed_try_leaves_no_trial_to_apply),
		ORDAIN_TEST(killed_second_try_leaves_a_trial),
		ORDAIN_TEST(guard_keeps_nothing_of_who_began_it),
		ORDAIN_TEST(what_is_in_force_is_put_back_beside_what_was_taken),
		ORDAIN_TEST(pause_says_of_no_way_back_that_it_waits),
		ORDAIN_TEST(output_is_json_whatever_there_is_to_try),
	};

	ordain_enter();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
