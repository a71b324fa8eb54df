/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/yaml/document.h"
#include "tests/support/test.h"

#define HEAD "ordain: 1\nprograms:\n  a:\n    hook: xdp\n"

#define UNCLOSED(rest)                                                                             \
	"5:17: error[yaml-syntax]: this '[' is not closed\n"                                       \
	" 5 |     interfaces: " rest "\n"                                                          \
	"   |                 ^\n"                                                                 \
	"help: items are separated by ',', and ']' ends them\n"

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
	  "5:4: error[yaml-syntax]: this key stands below none of those above it\n"
	  " 5 |    object: /x\n"
	  "   |    ^ begins in column 4, those above in columns 5 and 3\n"
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
					       "   |     ^^^^^^\n"
					       "help: write 'object:'\n" },
	{ HEAD "    object /x # why\n", "5:5: error[yaml-syntax]: a key without a colon\n"
					" 5 |     object /x # why\n"
					"   |     ^^^^^^^^^\n"
					"help: write 'object: /x'\n" },
	{ HEAD "    object = /x\n", "5:5: error[yaml-syntax]: a key without a colon\n"
				    " 5 |     object = /x\n"
				    "   |     ^^^^^^^^^^^\n"
				    "help: write 'object: /x'\n" },
	{ "ordain: 1\nprograms:\n  a\n    hook: xdp\n",
	  "3:3: error[yaml-syntax]: a key without a colon\n"
	  " 3 |   a\n"
	  "   |   ^\n"
	  "help: write 'a:'\n" },
	{ "// edge\nordain: 1\n", "1:1: error[yaml-syntax]: this is no comment\n"
				  " 1 | // edge\n"
				  "   | ^^^^^^^\n"
				  "help: a comment begins with '#'\n" },
	{ HEAD "=======\n    object: /x\n",
	  "5:1: error[yaml-syntax]: a line that a merge of two versions left behind\n"
	  " 5 | =======\n"
	  "   | ^^^^^^^\n"
	  "help: decide for one version, and remove this line and its kin\n" },
	{ HEAD "    object:\xc2\xa0/x\n    stage: tap\n",
	  "5:12: error[yaml-syntax]: a no-break space (U+00A0), which is no blank to YAML\n"
	  " 5 |     object:\xc2\xa0/x\n"
	  "   |            ^\n"
	  "help: replace it with a blank; they come with what is copied from web pages\n" },
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
	  "   |             ^\n"
	  "help: close it where the value ends\n" },
	{ HEAD "    object: \"/x\n    stage: \"tap\"\n",
	  "5:13: error[yaml-syntax]: this quote is not closed in its line\n"
	  " 5 |     object: \"/x\n"
	  "   |             ^ the next one is in line 6\n"
	  "help: close it where the value ends\n" },
	{ HEAD "    object: \"/x\" y\n",
	  "5:18: error[yaml-syntax]: nothing may follow a closing quote or bracket in its line\n"
	  " 5 |     object: \"/x\" y\n"
	  "   |                  ^\n"
	  "help: put the whole value in quotes, as in \"[ab]c\", or remove what follows\n" },
	{ HEAD "    interfaces: [eth0]]\n", "5:23: error[yaml-syntax]: this ']' closes nothing\n"
					    " 5 |     interfaces: [eth0]]\n"
					    "   |                       ^\n"
					    "help: remove it, or open it with '['\n" },
	{ HEAD "    interfaces: [eth0],\n",
	  "5:23: error[yaml-syntax]: a ',' that separates nothing\n"
	  " 5 |     interfaces: [eth0],\n"
	  "   |                       ^\n"
	  "help: remove it: only items in brackets have ',' between them\n" },
	{ HEAD "    interfaces: [eth0}\n",
	  "5:22: error[yaml-syntax]: '}' where ']' is expected\n"
	  " 5 |     interfaces: [eth0}\n"
	  "   |                      ^ '[' of line 5, column 17 is still open\n"
	  "help: close it with ']' first\n" },
	{ HEAD "    interfaces: [eth0,\n", UNCLOSED("[eth0,") },
	{ HEAD "    interfaces: [", UNCLOSED("[") },
	{ HEAD "    interfaces: [eth0,\n  b:\n    interfaces: [eth1]\n", UNCLOSED("[eth0,") },
	{ HEAD "    interfaces: [\nchains:\n  - hook: xdp\n", UNCLOSED("[") },
	{ HEAD "    interfaces: ['it''s]', \"\\\"]\", ab # ]\n  x: y\n",
	  UNCLOSED("['it''s]', \"\\\"]\", ab # ]") },
	{ HEAD "    object: \"/x\\q\"\n",
	  "5:16: error[yaml-syntax]: an unknown escape in double quotes\n"
	  " 5 |     object: \"/x\\q\"\n"
	  "   |                ^\n"
	  "help: write \\\\ for a backslash, or use single quotes\n" },
	{ HEAD "    object: @x\n",
	  "5:13: error[yaml-syntax]: a value cannot begin with '@' without quotes\n"
	  " 5 |     object: @x\n"
	  "   |             ^\n"
	  "help: put it in quotes: \"@x\"\n" },
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
	  "3:4: error[yaml-syntax]: this item stands below none of those above it\n"
	  " 3 |    - hook: xdp\n"
	  "   |    ^ begins in column 4, the items above in column 3\n"
	  "help: items of one list stand exactly below each other\n" },
	{ "chains:\n  - interfaces: [eth0]\n  hook: xdp\n",
	  "3:3: error[yaml-syntax]: expected '- ', as for the items before\n"
	  " 3 |   hook: xdp\n"
	  "   |   ^\n"
	  "help: begin an item with '- '; a key of the item above belongs in column 5, below its "
	  "first key\n" },
	{ "chains:\n  -interfaces: [eth0]\n   hook: xdp\n",
	  "2:3: error[yaml-syntax]: a '-' that begins an item needs a blank behind it\n"
	  " 2 |   -interfaces: [eth0]\n"
	  "   |   ^\n"
	  "help: write '- interfaces: [eth0]'\n" },
	{ " ordain: 1\nprograms: {}\n",
	  "1:1: error[yaml-syntax]: the first key of the file is indented, and others are not\n"
	  " 1 |  ordain: 1\n"
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
