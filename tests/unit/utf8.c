/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/utf8.h"

#include "tests/support/test.h"

static size_t decode(const char *bytes, uint32_t *character)
{
	return utf8_decode(bytes, strlen(bytes), character);
}

static void utf8_decode_knows_all_sizes(void **state)
{
	uint32_t character;

	(void)state;
	assert_int_equal(decode("a", &character), 1);
	assert_int_equal(character, 'a');
	assert_int_equal(decode("\xc3\xa4", &character), 2);
	assert_int_equal(character, 0xe4);
	assert_int_equal(decode("\xe2\x82\xac", &character), 3);
	assert_int_equal(character, 0x20ac);
	assert_int_equal(decode("\xf0\x9f\x90\x9d", &character), 4);
	assert_int_equal(character, 0x1f41d);
}

static void utf8_decode_refuses_what_is_not_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xff",
		"\xc3",
		"\xc3(",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
	};
	uint32_t character = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(decode(bad[i], &character), 0);
	assert_int_equal(character, 42);
}

static void utf8_line_break_is_what_libyaml_takes_for_one(void **state)
{
	(void)state;
	assert_int_equal(utf8_line_break("\n", 1), 1);
	assert_int_equal(utf8_line_break("\r\n", 2), 2);
	assert_int_equal(utf8_line_break("\r", 1), 1);
	assert_int_equal(utf8_line_break("\xc2\x85", 2), 2);
	assert_int_equal(utf8_line_break("\xe2\x80\xa8", 3), 3);
	assert_int_equal(utf8_line_break("a", 1), 0);
	assert_int_equal(utf8_line_break("", 0), 0);
}

static void utf8_show_string_leaves_nothing_that_a_terminal_obeys(void **state)
{
	struct arena *arena = arena_new();
	struct text text = TEXT(arena);

	(void)state;
	utf8_show_string(&text, "gr\xc3\xbc\xc3\x9f\x1b[31m\xe2\x80\xae\xff\t\n\x7f\xc2\x9b");
	assert_string_equal(text_string(&text),
			    "gr\xc3\xbc\xc3\x9f\\x1b[31m\\u202e\\xff\\x09\\x0a\\x7f\\x9b");
	assert_int_equal(utf8_count("gr\xc3\xbc\xc3\x9f"), 4);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_decode_knows_all_sizes),
		cmocka_unit_test(utf8_decode_refuses_what_is_not_utf8),
		cmocka_unit_test(utf8_line_break_is_what_libyaml_takes_for_one),
		cmocka_unit_test(utf8_show_string_leaves_nothing_that_a_terminal_obeys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
