/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/policy.h"
#include "tests/support/test.h"

static const char *const words[] = { "priority", "interfaces", "before", "last", "lb", "b" };

static const char *nearest(const char *word)
{
	const char *found = nearest_word(word, words, sizeof(words) / sizeof(words[0]));

	return found ? found : "none";
}

static void nearest_word_finds_slips(void **state)
{
	(void)state;
	assert_string_equal(nearest("prority"), "priority");
	assert_string_equal(nearest("priorityy"), "priority");
	assert_string_equal(nearest("pirority"), "priority");
	assert_string_equal(nearest("interface"), "interfaces");
	assert_string_equal(nearest("PRIORTY"), "priority");
	assert_string_equal(nearest("befor"), "before");
	assert_string_equal(nearest("lats"), "last");
	assert_string_equal(nearest("bl"), "lb");
	assert_string_equal(nearest("last"), "last");
}

static void nearest_word_does_not_guess(void **state)
{
	char word[100] = { 0 };

	(void)state;
	assert_string_equal(nearest("x"), "none");
	assert_string_equal(nearest("xy"), "none");
	assert_string_equal(nearest(""), "none");
	assert_string_equal(nearest("weight"), "none");
	assert_string_equal(nearest("proximity"), "none");
	memset(word, 'p', sizeof(word) - 1);
	assert_string_equal(nearest(word), "none");
	assert_null(nearest_word("a", words, 0));
}

static void nearest_word_prefers_the_earlier_of_equals(void **state)
{
	static const char *const pair[] = { "eth-in", "eth-im" };

	(void)state;
	assert_string_equal(nearest_word("eth-ix", pair, 2), "eth-in");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest_word_finds_slips),
		cmocka_unit_test(nearest_word_does_not_guess),
		cmocka_unit_test(nearest_word_prefers_the_earlier_of_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
