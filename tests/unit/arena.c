/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/arena.h"

#include "tests/support/test.h"

static void list_push_keeps_what_was_pushed(void **state)
{
	struct arena *arena = arena_new();
	struct {
		int *items;
		size_t count;
	} list = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		*list_push(arena, &list) = i;
	assert_int_equal(list.count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list.items[i], i);
	arena_free(arena);
}

static void arena_alloc_is_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new();
	static const char zeros[100000];

	(void)state;
	for (size_t size = 0; size < sizeof(zeros); size = size * 3 + 1) {
		char *memory = arena_alloc(arena, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		assert_memory_equal(memory, zeros, size);
		memset(memory, 0xff, size);
	}
	arena_free(arena);
}

static void arena_strndup_stops_at_the_end_of_the_string(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(arena_strndup(arena, "abc", 2), "ab");
	assert_string_equal(arena_strndup(arena, "abc", 20), "abc");
	assert_string_equal(arena_printf(arena, "%s-%d", "x", 42), "x-42");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_push_keeps_what_was_pushed),
		cmocka_unit_test(arena_alloc_is_zeroed_and_aligned),
		cmocka_unit_test(arena_strndup_stops_at_the_end_of_the_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
