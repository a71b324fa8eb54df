/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/safety.h"

#include <unistd.h>

#include "tests/support/test.h"

static const struct {
	struct stat st;
	const char *problem;
	const char *remedy;
} cases[] = {
	{ { .st_mode = S_IFREG | 0644 }, NULL, NULL },
	{ { .st_mode = S_IFREG | 0600, .st_gid = 1000 }, NULL, NULL },
	{ { .st_mode = S_IFREG | 0664, .st_gid = 1000 }, "writable by its group", "chmod go-w F" },
	{ { .st_mode = S_IFREG | 0646 }, "writable by others", "chmod go-w F" },
	{ { .st_mode = S_IFDIR | S_ISVTX | 0777 }, "writable by others", "chmod go-w F" },
	{ { .st_mode = S_IFREG | 0644, .st_uid = 1000 },
	  "owned by uid 1000, should be 0",
	  "chown root: F" },
	{ { .st_mode = S_IFREG | 0660, .st_uid = 4294967294 },
	  "owned by uid 4294967294, should be 0, and writable by its group",
	  "chown root: F && chmod go-w F" },
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };

static void safety_is_for_root_alone_to_change(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	if (geteuid()) {
		arena_free(arena);
		print_message("SKIP: only root asks for it\n");
		skip();
	}
	for (size_t i = 0; i < CASE_COUNT; i++) {
		const char *problem = safety_problem(arena, &cases[i].st);

		assert_int_equal(safety_holds(&cases[i].st), !cases[i].problem);
		assert_int_equal(!problem, !cases[i].problem);
		if (!problem)
			continue;
		assert_string_equal(problem, cases[i].problem);
		assert_string_equal(safety_remedy(arena, &cases[i].st, "F"), cases[i].remedy);
	}
	arena_free(arena);
}

static void safety_asks_nothing_of_anybody_else(void **state)
{
	struct arena *arena = arena_new();
	const char *problem = NULL;
	bool root = !geteuid();

	(void)state;
	if (root)
		assert_int_equal(seteuid(65534), 0);
	for (size_t i = 0; i < CASE_COUNT && !problem; i++)
		problem = safety_problem(arena, &cases[i].st);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_null(problem);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safety_is_for_root_alone_to_change),
		cmocka_unit_test(safety_asks_nothing_of_anybody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
