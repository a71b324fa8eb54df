/* SPDX-License-Identifier: GPL-2.0-only */
#include "tree.h"

#include <stdlib.h>

#include "test.h"

int tree_setup(void **state)
{
	struct arena *arena = arena_new();
	struct tree *tree = arena_alloc(arena, sizeof(*tree));
	char *root = arena_strdup(arena, "/tmp/ordain-test.XXXXXX");

	/* What others may write is refused: no test is to depend on who starts it. */
	umask(022);
	if (!mkdtemp(root))
		return -1;
	tree->arena = arena;
	tree->root = root;
	tree->paths = paths_new(arena, root, tree_path(tree, "bpf"));
	*state = tree;
	return 0;
}

int tree_teardown(void **state)
{
	struct tree *tree = *state;
	int result = directory_remove(tree->root);

	arena_free(tree->arena);
	return result;
}

const char *tree_path(const struct tree *tree, const char *format, ...)
{
	va_list args;
	const char *path;

	va_start(args, format);
	path = arena_vprintf(tree->arena, format, args);
	va_end(args);
	return arena_printf(tree->arena, "%s/%s", tree->root, path);
}

void tree_write(const struct tree *tree, const char *path, const char *text)
{
	const char *whole = tree_path(tree, "%s", path);
	char *directory = arena_strdup(tree->arena, whole);
	FILE *file;

	*strrchr(directory, '/') = '\0';
	assert_int_equal(directory_ensure(directory, 0755), 0);
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

const char *tree_read(const struct tree *tree, const char *path)
{
	const char *text;
	size_t length;

	if (file_read(tree->arena, tree_path(tree, "%s", path), 1 << 20, &text, &length) < 0)
		return NULL;
	return text;
}

void tree_shell(const struct tree *tree, const char *command)
{
	/* NOLINTNEXTLINE(bugprone-command-processor): what writers do is said best in their words. */
	int status = system(arena_printf(tree->arena, "cd %s && %s", tree->root, command));

	if (status)
		fail_msg("'%s' ended with status %d", command, status);
}
