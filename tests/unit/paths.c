/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/paths.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/support/test.h"
#include "tests/support/tree.h"

static void paths_new_puts_everything_below_the_root(void **state)
{
	struct arena *arena = arena_new();
	const struct paths *real = paths_new(arena, NULL, NULL);
	const struct paths *other = paths_new(arena, "/srv/x//", "/mnt/bpf/");

	(void)state;
	assert_string_equal(real->root, "");
	assert_string_equal(real->etc, "/etc/ordain");
	assert_string_equal(real->bpffs, "/sys/fs/bpf");
	assert_string_equal(other->root, "/srv/x");
	assert_string_equal(other->etc, "/srv/x/etc/ordain");
	assert_string_equal(other->run, "/srv/x/run/ordain");
	assert_string_equal(other->hints, "/srv/x/usr/lib/ordain");
	assert_string_equal(other->state, "/srv/x/var/lib/ordain");
	assert_string_equal(other->bpffs, "/mnt/bpf");
	assert_string_equal(paths_new(arena, "/", "")->etc, "/etc/ordain");
	arena_free(arena);
}

/*
 * What a child that does not share our mounts says: 0, or the number of the check that failed, or
 * 77 if it may not have such a namespace.
 */
static int in_child(int (*check)(const struct tree *tree), const struct tree *tree, int namespaces)
{
	int status;
	pid_t child = fork();

	if (!child) {
		pid_t inner;

		if (unshare(namespaces) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(77);
		/* The first process of a namespace of process ids is the child of who made it. */
		inner = fork();
		if (!inner)
			_exit(check(tree));
		if (inner < 0 || waitpid(inner, &status, 0) != inner || !WIFEXITED(status))
			_exit(76);
		_exit(WEXITSTATUS(status));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	return WEXITSTATUS(status);
}

static int refuses(const struct tree *tree)
{
	struct error error = { 0 };

	if (bpffs_present(tree->paths))
		return 1;
	if (bpffs_ensure(tree->paths, &error) != -EPERM)
		return 2;
	if (!strstr(error.text, "would vanish with this process"))
		return 3;
	if (!strstr(error.text, "--bpffs DIR of one that is mounted"))
		return 4;
	return access(tree->paths->bpffs, F_OK) ? 0 : 5;
}

static void bpffs_ensure_refuses_mounts_that_would_vanish(void **state)
{
	assert_int_equal(in_child(refuses, *state, CLONE_NEWNS), 0);
}

static int takes_the_mounted(const struct tree *tree)
{
	struct error error = { 0 };

	if (mkdir(tree->paths->bpffs, 0755) || mount("bpf", tree->paths->bpffs, "bpf", 0, NULL))
		return 77;
	return bpffs_present(tree->paths) && !bpffs_ensure(tree->paths, &error) ? 0 : 1;
}

static void bpffs_ensure_takes_one_that_is_mounted(void **state)
{
	assert_int_equal(in_child(takes_the_mounted, *state, CLONE_NEWNS), 0);
}

/* With a /proc that starts here there are no ancestors: these mounts are everybody's. */
static int mounts_one(const struct tree *tree)
{
	struct error error = { 0 };
	struct stat st;

	if (mount("proc", "/proc", "proc", 0, NULL))
		return 77;
	if (bpffs_ensure(tree->paths, &error))
		return 1;
	if (!bpffs_present(tree->paths) || bpffs_ensure(tree->paths, &error))
		return 2;
	return !stat(tree->paths->bpffs, &st) && (st.st_mode & 0777) == 0700 ? 0 : 3;
}

static void bpffs_ensure_mounts_one_for_root_alone(void **state)
{
	assert_int_equal(in_child(mounts_one, *state, CLONE_NEWNS | CLONE_NEWPID), 0);
}

static int hides_nothing(const struct tree *tree)
{
	struct error error = { 0 };

	if (mount("proc", "/proc", "proc", 0, NULL))
		return 77;
	if (bpffs_ensure(tree->paths, &error) != -ENOTEMPTY)
		return 1;
	return strstr(error.text, "would hide 'mine'") ? 0 : 2;
}

static void bpffs_ensure_hides_no_files(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "bpf/mine", "x");
	assert_int_equal(in_child(hides_nothing, tree, CLONE_NEWNS | CLONE_NEWPID), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_new_puts_everything_below_the_root),
		TEST(bpffs_ensure_refuses_mounts_that_would_vanish),
		TEST(bpffs_ensure_takes_one_that_is_mounted),
		TEST(bpffs_ensure_mounts_one_for_root_alone),
		TEST(bpffs_ensure_hides_no_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
