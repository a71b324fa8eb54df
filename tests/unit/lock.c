/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/kernel/interfaces.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

static int lock_setup(void **state)
{
	const struct tree *tree;

	if (tree_setup(state))
		return -1;
	tree = *state;
	return mkdir(tree->paths->bpffs, 0700) ||
	       mount("bpf", tree->paths->bpffs, "bpf", 0, "mode=0700");
}

static int lock_teardown(void **state)
{
	const struct tree *tree = *state;

	return umount2(tree->paths->bpffs, MNT_DETACH) || tree_teardown(state);
}

static const char *lock_directory(const struct tree *tree, const char *rest)
{
	uint64_t cookie;

	assert_int_equal(netns_cookie(&cookie), 0);
	return tree_path(tree, "bpf/ordain/netns-%" PRIu64 "%s", cookie, rest);
}

/* A child that takes the lock, and has it when this returns; it ends when killed. */
static pid_t holder(const struct tree *tree, enum lock_kind kind)
{
	char byte = 'x';
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		struct error error;

		close(ends[0]);
		if (lock_take(tree->paths, kind, &error) < 0 || write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return child;
}

static void end(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void lock_take_names_the_agent_that_has_it(void **state)
{
	const struct tree *tree = *state;
	pid_t child = holder(tree, LOCK_AGENT);
	struct error error = { 0 };
	int fd;

	assert_int_equal(lock_agent_pid(tree->paths), child);
	assert_int_equal(lock_take(tree->paths, LOCK_AGENT, &error), -EWOULDBLOCK);
	assert_string_equal(error.text,
			    arena_printf(tree->arena,
					 "another agent (unit_lock, pid %d) holds this network "
					 "namespace's chains",
					 child));
	end(child);
	assert_int_equal(lock_agent_pid(tree->paths), 0);
	fd = lock_take(tree->paths, LOCK_AGENT, &error);
	assert_true(fd >= 0);
	assert_int_equal(lock_agent_pid(tree->paths), getpid());
	close(fd);
	assert_int_equal(lock_agent_pid(tree->paths), 0);
}

static void lock_take_makes_directories_for_root_alone(void **state)
{
	const struct tree *tree = *state;
	struct error error;
	struct stat st;
	int fd;

	assert_int_equal(lock_agent_pid(tree->paths), 0);
	assert_int_equal(access(tree_path(tree, "bpf/ordain"), F_OK), -1);
	fd = lock_take(tree->paths, LOCK_PASS, &error);
	assert_true(fd >= 0);
	assert_int_equal(stat(tree_path(tree, "bpf/ordain"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(lock_directory(tree, "/pass"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	close(fd);
}

static void lock_kinds_do_not_meet(void **state)
{
	const struct tree *tree = *state;
	struct error error;
	int agent = lock_take(tree->paths, LOCK_AGENT, &error);
	int pass = lock_take(tree->paths, LOCK_PASS, &error);

	assert_true(agent >= 0 && pass >= 0);
	close(agent);
	assert_int_equal(lock_agent_pid(tree->paths), 0);
	close(pass);
}

static void lock_take_waits_for_a_pass(void **state)
{
	const struct tree *tree = *state;
	pid_t pass = holder(tree, LOCK_PASS);
	struct error error;
	pid_t killer = fork();
	int fd;

	if (!killer) {
		poll(NULL, 0, 300);
		_exit(kill(pass, SIGKILL) ? 1 : 0);
	}
	fd = lock_take(tree->paths, LOCK_PASS, &error);
	assert_true(fd >= 0);
	assert_int_equal(waitpid(pass, NULL, 0), pass);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
	close(fd);
}

static void lock_take_gives_up_after_ten_seconds(void **state)
{
	const struct tree *tree = *state;
	pid_t pass = holder(tree, LOCK_PASS);
	struct error error = { 0 };
	time_t start = time(NULL);

	assert_int_equal(lock_take(tree->paths, LOCK_PASS, &error), -EWOULDBLOCK);
	assert_in_range(time(NULL) - start, 9, 12);
	assert_string_equal(error.text,
			    arena_printf(tree->arena,
					 "another process (unit_lock, pid %d) has worked on this "
					 "network namespace's chains for 10 seconds",
					 pass));
	end(pass);
}

/* The lock of a directory that somebody removed is nobody's. */
static void lock_take_is_about_the_path(void **state)
{
	const struct tree *tree = *state;
	struct error error;
	int first = lock_take(tree->paths, LOCK_AGENT, &error);
	int second;

	assert_true(first >= 0);
	assert_int_equal(rmdir(lock_directory(tree, "")), 0);
	second = lock_take(tree->paths, LOCK_AGENT, &error);
	assert_true(second >= 0);
	assert_int_equal(lock_take(tree->paths, LOCK_AGENT, &error), -EWOULDBLOCK);
	close(first);
	close(second);
}

/* Takes the lock over and over, removes its directory and lets go; false if it was not alone. */
static bool takes_turns(const struct tree *tree, atomic_int *inside)
{
	const char *directory = lock_directory(tree, "");
	bool alone = true;

	for (int turns = 0; alone && turns < 200;) {
		struct error error;
		int fd = lock_take(tree->paths, LOCK_AGENT, &error);

		if (fd == -EWOULDBLOCK)
			continue;
		if (fd < 0)
			return false;
		alone = atomic_fetch_add(inside, 1) == 0;
		sched_yield();
		atomic_fetch_sub(inside, 1);
		rmdir(directory);
		close(fd);
		turns++;
	}
	return alone;
}

/* Who waits for the lock of a directory that is removed meanwhile must not think to have it. */
static void lock_take_is_alone_however_often_the_path_is_made_anew(void **state)
{
	enum { PROCESSES = 4 };
	const struct tree *tree = *state;
	atomic_int *inside = mmap(NULL, sizeof(*inside), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool alone = true;

	assert_true(inside != MAP_FAILED);
	for (int i = 0; i < PROCESSES; i++)
		if (!fork())
			_exit(takes_turns(tree, inside) ? 0 : 1);
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_true(wait(&status) > 0);
		alone &= status == 0;
	}
	assert_true(alone);
	munmap(inside, sizeof(*inside));
}

static void lock_of_another_network_namespace_is_another(void **state)
{
	const struct tree *tree = *state;
	pid_t child = holder(tree, LOCK_AGENT);
	struct error error;
	int fd;

	if (unshare(CLONE_NEWNET))
		fail_msg("unshare: %s", strerror(errno));
	assert_int_equal(lock_agent_pid(tree->paths), 0);
	fd = lock_take(tree->paths, LOCK_AGENT, &error);
	assert_true(fd >= 0);
	close(fd);
	end(child);
}

static void lock_take_says_what_failed(void **state)
{
	const struct tree *tree = *state;
	const struct paths *nowhere = paths_new(tree->arena, tree->root, tree_path(tree, "none"));
	struct error error = { 0 };

	assert_int_equal(lock_take(nowhere, LOCK_AGENT, &error), -ENOENT);
	assert_non_null(strstr(error.text, "No such file or directory"));
}

static void lock_take_gives_up_where_no_directory_can_be(void **state)
{
	const struct tree *tree = *state;
	struct error error = { 0 };

	assert_int_equal(symlink("nowhere", tree_path(tree, "bpf/ordain")), 0);
	assert_int_equal(lock_take(tree->paths, LOCK_AGENT, &error), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lock_setup, lock_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lock_take_names_the_agent_that_has_it),
		TEST(lock_take_makes_directories_for_root_alone),
		TEST(lock_kinds_do_not_meet),
		TEST(lock_take_waits_for_a_pass),
		TEST(lock_take_gives_up_after_ten_seconds),
		TEST(lock_take_is_about_the_path),
		TEST(lock_take_is_alone_however_often_the_path_is_made_anew),
		TEST(lock_of_another_network_namespace_is_another),
		TEST(lock_take_says_what_failed),
		TEST(lock_take_gives_up_where_no_directory_can_be),
	};

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		test_skip("mounts and a network namespace of its own: %s", strerror(errno));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
