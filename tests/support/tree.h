/* SPDX-License-Identifier: GPL-2.0-only */
/* Real files for tests, in a directory of their own. */
#ifndef ORDAIN_TESTS_SUPPORT_TREE_H
#define ORDAIN_TESTS_SUPPORT_TREE_H

#include "agent/system/paths.h"

struct tree {
	struct arena *arena;
	const char *root;
	const struct paths *paths; /* below root; bpffs is root/bpf */
};

/* cmocka's set-up and tear-down: *state is the tree. Nothing in it exists yet but the root. */
int tree_setup(void **state);
int tree_teardown(void **state);

/* ROOT/the formatted path. */
const char *tree_path(const struct tree *tree, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Truncates and writes, as `echo >` does; makes the directories above. */
void tree_write(const struct tree *tree, const char *path, const char *text);

/* The whole file, NUL-terminated; NULL if it cannot be read. */
const char *tree_read(const struct tree *tree, const char *path);

/* Runs a shell command in the root; the test fails if it fails. */
void tree_shell(const struct tree *tree, const char *command);

#endif
