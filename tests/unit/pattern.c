/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/policy.h"
#include "tests/support/test.h"

/* Up to three patterns. */
static bool match(const char *one, const char *two, const char *three, const char *interface)
{
	struct word items[] = { { .text = one }, { .text = two }, { .text = three } };
	const struct words words = { items, two ? three ? 3 : 2 : 1 };

	return patterns_match(NULL, &words, &(struct interface){ .name = interface });
}

static void patterns_match_any_positive_and_no_negative(void **state)
{
	const struct words none = { 0 };

	(void)state;
	assert_true(match("eth0", NULL, NULL, "eth0"));
	assert_false(match("eth0", NULL, NULL, "eth01"));
	assert_true(match("eth*", "ens[12]", NULL, "ens2"));
	assert_false(match("eth*", "ens[12]", NULL, "ens3"));
	assert_false(match("!eth1", "eth*", NULL, "eth1"));
	assert_false(match("eth*", "eth1", "!eth?", "eth1"));
	assert_false(match("!eth1", NULL, NULL, "eth0"));
	assert_true(match("*", "!eth1", NULL, "eth0"));
	assert_false(patterns_match(NULL, &none, &(struct interface){ .name = "eth0" }));
}

static void patterns_mean_lo_only_where_it_is_written_out(void **state)
{
	(void)state;
	assert_false(match("*", NULL, NULL, "lo"));
	assert_false(match("l*", "l?", "[l]o", "lo"));
	assert_true(match("*", "lo", NULL, "lo"));
	assert_true(match("*", NULL, NULL, "lo0"));
	assert_false(match("lo", "!l*", NULL, "lo"));
}

static void pattern_is_literal_without_glob_characters(void **state)
{
	(void)state;
	assert_true(pattern_is_literal("eth0"));
	assert_true(pattern_is_literal("wg-a.b!"));
	assert_false(pattern_is_literal("eth*"));
	assert_false(pattern_is_literal("eth?"));
	assert_false(pattern_is_literal("eth[0]"));
	assert_false(pattern_is_literal("eth\\0"));
	assert_false(pattern_is_literal("!eth0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_any_positive_and_no_negative),
		cmocka_unit_test(patterns_mean_lo_only_where_it_is_written_out),
		cmocka_unit_test(pattern_is_literal_without_glob_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
