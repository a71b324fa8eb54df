/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/document.h"
#include "tests/support/test.h"

#define HEAD "ordain: 1\nprograms:\n  a:\n    hook: xdp\n"

/* Each file ends in one error; this is how it reads from its column on. */
static const struct {
	const char *text;
	const char *expected;
} cases[] = {
	{ "ordain: 1\nprograms:\n\ta:\n", "3:1: error[yaml-syntax]: a tab where YAML wants blanks\n"
					  " 3 |         a:\n"
					  "   | ^^^^^^^^\n"
					  "help: indent with blanks, two for each level\n" },
	{ HEAD "\tobject: /x\n", "5:1: error[yaml-syntax]: a tab where YAML wants blanks\n"
				 " 5 |         object: /x\n"
				 "   | ^^^^^^^^\n"
				 "help: indent with blanks, two for each level\n" },
	{ HEAD "     object: /x\n",
	  "5:6: error[yaml-syntax]: a key is indented as if it belonged to the value above it\n"
	  " 5 |      object: /x\n"
	  "   |      ^^^^^^\n"
	  "help: keys of one map stand exactly below each other\n" },
	{ HEAD "   object: /x\n",
	  "5:4: error[yaml-syntax]: expected a key of the map that begins in line 3\n"
	  " 5 |    object: /x\n"
	  "   |    ^ begins in column 4, the map's keys in column 3\n"
	  "help: keys of one map stand exactly below each other\n" },
	{ "ordain: 1\nprograms:\n  a:\n    hook:xdp # why\n    object: /x\n",
	  "4:9: error[yaml-syntax]: a colon between a key and its value needs a blank behind it\n"
	  " 4 |     hook:xdp # why\n"
	  "   |         ^\n"
	  "help: write 'hook: xdp'\n" },
	{ HEAD "    object:/x\n    stage: tap\n",
	  "5:11: error[yaml-syntax]: a colon between a key and its value needs a blank behind it\n"
	  " 5 |     object:/x\n"
	  "   |           ^\n"
	  "help: write 'object: /x'\n" },
	{ HEAD "    object\n    stage: tap\n", "5:5: error[yaml-syntax]: a key without a colon\n"
					       " 5 |     object\n"
					       "   |     ^\n"
					       "help: write 'key: value'\n" },
	{ HEAD "    interfaces: [*]\n",
	  "5:18: error[yaml-syntax]: a value cannot begin with '*' without quotes\n"
	  " 5 |     interfaces: [*]\n"
	  "   |                  ^\n"
	  "help: put it in quotes: \"*\"\n" },
	{ HEAD "    interfaces: [eth0, !lo]\n",
	  "5:24: error[yaml-syntax]: a value cannot begin with '!' without quotes\n"
	  " 5 |     interfaces: [eth0, !lo]\n"
	  "   |                        ^\n"
	  "help: put it in quotes: \"!lo\"\n" },
	{ HEAD "    interfaces: [ens[12]]\n",
	  "5:21: error[yaml-syntax]: expected ',' or ']' here\n"
	  " 5 |     interfaces: [ens[12]]\n"
	  "   |                     ^\n"
	  "help: a pattern with brackets needs quotes: \"ens[12]\"\n" },
	{ HEAD "    interfaces: [eth0\n    object: /x\n",
	  "5:17: error[yaml-syntax]: this '[' is not closed\n"
	  " 5 |     interfaces: [eth0\n"
	  "   |                 ^\n"
	  "help: items are separated by ',', and ']' ends them\n" },
	{ HEAD "    object: {x\n    stage: tap\n",
	  "5:13: error[yaml-syntax]: this '{' is not closed\n"
	  " 5 |     object: {x\n"
	  "   |             ^\n"
	  "help: items are separated by ',', and '}' ends them\n" },
	{ HEAD "    object: \"/x\n    stage: tap\n",
	  "5:13: error[yaml-syntax]: this quote is not closed\n"
	  " 5 |     object: \"/x\n"
	  "   |             ^\n" },
	{ HEAD "    object: \"/x\" y\n",
	  "5:18: error[yaml-syntax]: expected a key of the map that begins in line 4\n"
	  " 5 |     object: \"/x\" y\n"
	  "   |                  ^\n"
	  "help: nothing may follow a closing quote or bracket in its line\n" },
	{ HEAD "    object: \"/x\\q\"\n",
	  "5:16: error[yaml-syntax]: an unknown escape in double quotes\n"
	  " 5 |     object: \"/x\\q\"\n"
	  "   |                ^\n"
	  "help: write \\\\ for a backslash, or use single quotes\n" },
	{ HEAD "    object: @x\n", "5:13: error[yaml-syntax]: a value cannot begin with '@'\n"
				   " 5 |     object: @x\n"
				   "   |             ^\n"
				   "help: put it in quotes\n" },
	{ "programs: a: b\n",
	  "1:12: error[yaml-syntax]: a second ': ' in one line\n"
	  " 1 | programs: a: b\n"
	  "   |            ^\n"
	  "help: quote a value that has ': ' in it; each key begins its own line\n" },
	{ "programs: - b\n", "1:11: error[yaml-syntax]: a list cannot begin here\n"
			     " 1 | programs: - b\n"
			     "   |           ^\n"
			     "help: put '- ' on a line of its own, or write the list as [a, b]\n" },
	{ "chains:\n  - interfaces: [eth0]\n   - hook: xdp\n",
	  "3:4: error[yaml-syntax]: expected '- ', as for the items before\n"
	  " 3 |    - hook: xdp\n"
	  "   |    ^\n"
	  "help: items of one list stand exactly below each other\n" },
	{ " ordain: 1\nprograms: {}\n",
	  "2:1: error[yaml-syntax]: this does not belong to the lines before it\n"
	  " 2 | programs: {}\n"
	  "   | ^\n"
	  "help: keys of the top level begin in the first column\n" },
	{ "%FOO\nordain: 1\n",
	  "1:1: error[yaml-syntax]: a line that begins with '%' is not supported\n"
	  " 1 | %FOO\n"
	  "   | ^\n"
	  "help: remove it\n" },
};

static void yaml_problems_read_like_plain_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new();
		struct sources sources = { 0 };
		struct diags diags = DIAGS(arena);
		struct text text = TEXT(arena);

		sources_add(arena, &sources, "a.yaml", cases[i].text);
		assert_null(document_parse(arena, &sources.items[0], &diags));
		assert_int_equal(diags.count, 1);
		diags_render(&diags, &text, false);
		assert_string_equal(text_string(&text) + strlen("/etc/ordain/a.yaml:"),
				    cases[i].expected);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_problems_read_like_plain_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
