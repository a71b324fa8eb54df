/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/variables.h"

#include "tests/support/test.h"
#include "tests/support/written.h"

static void variables_text_is_the_format_of_its_header(void **state)
{
	struct written *written = written_new();
	struct variables parsed;
	const struct policy *policy;
	const char *text;

	(void)state;
	written_add(written, TIER_ETC, "a.yaml",
		    "programs:\n"
		    "  a: {hook: xdp, object: /a, interfaces: [b], variables: {\n"
		    "    z: 0x7f, y: -5, x: [1, -2], w: [], v: true, u: false,\n"
		    "    t: \"a b\\\"%\", s: \"\", r: 0xffffffffffffffff, q: \"\\u00fc\"}}\n");
	policy = written_build(written);
	assert_string_equal(written_diags(written), "");
	text = variables_text(written->arena, &policy->programs[0].variables);
	assert_string_equal(text, "q=\"%c3%bc\" r=18446744073709551615 s=\"\" t=\"a%20b%22%25\" "
				  "u=false v=true w=[] x=[1,-2] y=-5 z=127");
	assert_true(variables_parse(written->arena, text, &parsed));
	assert_string_equal(variables_text(written->arena, &parsed), text);
	assert_string_equal(parsed.items[3].string, "a b\"%");
	written_free(written);
}

static void variables_parse_refuses_everything_else(void **state)
{
	static const char *const refused[] = {
		" ",
		"a",
		"a=",
		"a= b=1",
		"=1",
		"a=1 ",
		"a=1  b=2",
		"a=1x",
		"a=x",
		"a=[",
		"a=[1",
		"a=[1,]",
		"a=[,1]",
		"a=[1 ]",
		"a=\"",
		"a=\"b",
		"a=\"%\"",
		"a=\"%0",
		"a=\"%00\"",
		"a=--1",
		"a=truex",
		"a=1\nb=2",
		"a-b=1",
		"a=\"%x1\"",
		"a=18446744073709551616",
		"a=-9223372036854775809",
	};
	struct arena *arena = arena_new();
	struct variables ignored;

	(void)state;
	assert_true(variables_parse(arena, "", &ignored));
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (variables_parse(arena, refused[i], &ignored))
			fail_msg("accepted: %s", refused[i]);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_text_is_the_format_of_its_header),
		cmocka_unit_test(variables_parse_refuses_everything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
