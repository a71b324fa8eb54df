/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/support/test.h"
#include "tests/support/tree.h"

static int read_it(const struct tree *tree, const char *path, size_t limit, const char **ret)
{
	size_t length;
	int result = file_read(tree->arena, tree_path(tree, "%s", path), limit, ret, &length);

	if (!result)
		assert_int_equal(strlen(*ret), length);
	return result;
}

static void file_read_takes_files_up_to_the_limit(void **state)
{
	const struct tree *tree = *state;
	const char *text = NULL;

	tree_write(tree, "a", "12345");
	tree_write(tree, "empty", "");
	assert_int_equal(read_it(tree, "a", 5, &text), 0);
	assert_string_equal(text, "12345");
	assert_int_equal(read_it(tree, "a", 4, &text), -EFBIG);
	assert_int_equal(read_it(tree, "empty", 4, &text), 0);
	assert_string_equal(text, "");
}

static void file_read_refuses_what_is_no_file(void **state)
{
	const struct tree *tree = *state;
	const char *text = NULL;

	tree_shell(tree, "mkdir d && mkfifo p && ln -s nowhere dangling && ln -s loop loop");
	assert_int_equal(read_it(tree, "d", 100, &text), -EISDIR);
	assert_int_equal(read_it(tree, "p", 100, &text), -EINVAL);
	assert_int_equal(read_it(tree, "dangling", 100, &text), -ENOENT);
	assert_int_equal(read_it(tree, "loop", 100, &text), -ELOOP);
	assert_null(text);
}

static void file_replace_replaces_as_a_whole(void **state)
{
	const struct tree *tree = *state;
	const char *path = tree_path(tree, "f");
	struct names names;
	struct stat st;

	assert_int_equal(file_replace(path, "old", 3), 0);
	assert_int_equal(file_replace(path, "newer", 5), 0);
	assert_string_equal(tree_read(tree, "f"), "newer");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(directory_names(tree->arena, tree->root, &names), 0);
	assert_int_equal(names.count, 1);
}

static void file_replace_leaves_nothing_behind_when_it_fails(void **state)
{
	const struct tree *tree = *state;
	struct names names;

	tree_shell(tree, "mkdir -p f/full");
	assert_int_equal(file_replace(tree_path(tree, "f"), "x", 1), -EISDIR);
	assert_int_equal(file_replace(tree_path(tree, "none/f"), "x", 1), -ENOENT);
	assert_int_equal(directory_names(tree->arena, tree->root, &names), 0);
	assert_int_equal(names.count, 1);
}

static void file_create_refuses_what_exists(void **state)
{
	const struct tree *tree = *state;

	assert_int_equal(file_create(tree_path(tree, "f"), "x", 1), 0);
	assert_int_equal(file_create(tree_path(tree, "f"), "y", 1), -EEXIST);
	assert_string_equal(tree_read(tree, "f"), "x");
}

static void directory_ensure_makes_parents(void **state)
{
	const struct tree *tree = *state;
	const char *path = tree_path(tree, "a/b/c");
	struct stat st;

	assert_int_equal(directory_ensure(path, 0700), 0);
	assert_int_equal(directory_ensure(path, 0755), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(tree_path(tree, "a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	tree_write(tree, "a/file", "");
	assert_int_equal(directory_ensure(tree_path(tree, "a/file"), 0755), -ENOTDIR);
	assert_int_equal(directory_ensure(tree_path(tree, "a/file/x"), 0755), -ENOTDIR);
	tree_shell(tree, "ln -s a/b link");
	assert_int_equal(directory_ensure(tree_path(tree, "link/d"), 0755), 0);
	assert_int_equal(access(tree_path(tree, "a/b/d"), F_OK), 0);
}

static void directory_names_are_sorted_and_complete(void **state)
{
	const struct tree *tree = *state;
	struct names names;

	tree_shell(tree, "touch b a .hidden B ..data");
	assert_int_equal(directory_names(tree->arena, tree->root, &names), 0);
	assert_int_equal(names.count, 5);
	assert_string_equal(names.items[0], "..data");
	assert_string_equal(names.items[1], ".hidden");
	assert_string_equal(names.items[2], "B");
	assert_string_equal(names.items[4], "b");
	assert_int_equal(directory_names(tree->arena, tree_path(tree, "a"), &names), -ENOTDIR);
}

static void directory_remove_follows_no_link(void **state)
{
	const struct tree *tree = *state;

	tree_shell(tree, "mkdir -p out a/b/c && touch out/kept a/b/f && ln -s ../out a/link");
	assert_int_equal(directory_remove(tree_path(tree, "a")), 0);
	assert_int_equal(access(tree_path(tree, "a"), F_OK), -1);
	assert_int_equal(access(tree_path(tree, "out/kept"), F_OK), 0);
	assert_int_equal(directory_remove(tree_path(tree, "a")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_read_takes_files_up_to_the_limit),
		TEST(file_read_refuses_what_is_no_file),
		TEST(file_replace_replaces_as_a_whole),
		TEST(file_replace_leaves_nothing_behind_when_it_fails),
		TEST(file_create_refuses_what_exists),
		TEST(directory_ensure_makes_parents),
		TEST(directory_names_are_sorted_and_complete),
		TEST(directory_remove_follows_no_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
