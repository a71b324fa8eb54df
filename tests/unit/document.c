/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/yaml/document.h"

#include <stdlib.h>

#include "tests/support/test.h"

static const struct node *parse_bytes(struct fixture *fixture, const char *text, size_t length)
{
	fixture->source = (struct source){
		.path = "a.yaml",
		.name = "a.yaml",
		.tier = TIER_ETC,
		.text = text,
		.length = length,
	};
	fixture->diags.count = 0;
	return document_parse(fixture->arena, &fixture->source, &fixture->diags);
}

static const struct node *parse(struct fixture *fixture, const char *text)
{
	return parse_bytes(fixture, text, strlen(text));
}

/* "code line:col" of each diagnostic, in the order of the file. */
static const char *errors(struct fixture *fixture)
{
	struct text text = TEXT(fixture->arena);

	diags_sort(&fixture->diags);
	for (size_t i = 0; i < fixture->diags.count; i++) {
		const struct diag *diag = &fixture->diags.items[i];

		text_printf(&text, "%s%s %u:%u", i ? ", " : "", diag_code_name(diag->code),
			    diag->places[0].span.line, diag->places[0].span.column);
	}
	return text_string(&text);
}

static void assert_span(const struct node *node, unsigned int line, unsigned int column,
			unsigned int length)
{
	assert_int_equal(node->span.line, line);
	assert_int_equal(node->span.column, column);
	assert_int_equal(node->span.length, length);
}

static void document_gives_every_node_its_place(void **state)
{
	struct fixture *fixture = *state;
	const struct node *root = parse(
		fixture, "\xef\xbb\xbf# gr\xc3\xbcn\r\n\xc3\xa4: [b, \"c\\x41\"]\r\nd:\n  e: 12\n");
	const struct node *list;

	assert_non_null(root);
	assert_int_equal(root->kind, NODE_MAP);
	assert_int_equal(root->keys.count, 2);
	assert_span(root->keys.items[0], 2, 1, 1);
	list = root->values.items[0];
	assert_int_equal(list->kind, NODE_LIST);
	assert_span(list, 2, 4, 12);
	assert_string_equal(list->values.items[0]->scalar, "b");
	assert_false(list->values.items[0]->quoted);
	assert_string_equal(list->values.items[1]->scalar, "cA");
	assert_true(list->values.items[1]->quoted);
	assert_span(list->values.items[1], 2, 8, 7);
	assert_span(root->values.items[1], 4, 3, 1);
	assert_span(root->values.items[1]->values.items[0], 4, 6, 2);
	assert_int_equal(fixture->diags.count, 0);
}

static void document_takes_one_explicit_document(void **state)
{
	struct fixture *fixture = *state;

	assert_non_null(parse(fixture, "%YAML 1.1\n---\na: b\n...\n"));
	assert_non_null(parse(fixture, "a: b"));
}

/* Nothing to look at is left, and one error says why. */
static void document_refuses_what_makes_no_tree(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{ "", "missing-key 0:0" },
		{ "# later\n\n", "missing-key 0:0" },
		{ "---\n", "missing-key 0:0" },
		{ "a: b\n---\nc: d\n", "yaml-unsupported 2:1" },
		{ "a: b\n--- c\n", "yaml-unsupported 2:1" },
		{ "a: \"b\n", "yaml-syntax 1:4" },
		{ "a: b\xff\n", "yaml-syntax 1:5" },
		{ "\xff\xfe"
		  "a",
		  "yaml-syntax 1:1" },
		{ "a: b\n\x1b[2J: c\n", "yaml-syntax 2:1" },
		{ "a: b\n \xef\xbb\xbf c\n", "yaml-syntax 2:2" },
		{ "a: b\nc: d: e\n", "yaml-syntax 2:5" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(parse(fixture, cases[i].text));
		assert_string_equal(errors(fixture), cases[i].expected);
	}
	assert_null(parse_bytes(fixture, "a: b\0\n", 6));
	assert_string_equal(errors(fixture), "yaml-syntax 1:5");
	assert_null(parse_bytes(fixture, NULL, 0));
	assert_string_equal(errors(fixture), "missing-key 0:0");
}

/* The tree stays, so that everything else can be judged as well. */
static void document_goes_on_after_what_it_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{ "a: 1\nb: 2\na: 3\na: 4\n", "duplicate-key 3:1, duplicate-key 4:1" },
		{ "a: 1\n\"a\": 3\n", "duplicate-key 2:1" },
		{ "a: {b: 1, c: 2, b: 3}\n", "duplicate-key 1:17" },
		{ "a: &x 1\nb: *x\n", "yaml-unsupported 1:4, yaml-unsupported 2:4" },
		{ "a: &x [1]\nb: &y {c: d}\n", "yaml-unsupported 1:4, yaml-unsupported 2:4" },
		{ "a: !foo 1\nb: !!str 2\n", "yaml-unsupported 1:4, yaml-unsupported 2:4" },
		{ "a: !foo [1]\nb: ! {c: d}\n", "yaml-unsupported 1:4, yaml-unsupported 2:4" },
		{ "a: {<<: {b: c}}\n", "yaml-unsupported 1:5" },
		{ "? [a, b]\n: c\nd: e\n", "yaml-unsupported 1:3" },
		{ "a: {{ b }}\n", "yaml-unsupported 1:4" },
		{ "a: &x {b: c}\nd:\n  <<: *x\n", "yaml-unsupported 1:4, yaml-unsupported 3:3" },
		{ "a: \"b\\0c\"\n", "bad-value 1:4" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(parse(fixture, cases[i].text));
		assert_string_equal(errors(fixture), cases[i].expected);
	}
}

static void document_marks_the_second_of_two_keys(void **state)
{
	struct fixture *fixture = *state;
	const struct node *root = parse(fixture, "a: 1\nb: 2\na: 3\n");

	assert_int_equal(root->keys.count, 3);
	assert_false(root->keys.items[0]->refused);
	assert_false(root->keys.items[1]->refused);
	assert_true(root->keys.items[2]->refused);
	assert_string_equal(fixture->diags.items[0].places[0].label, "first in line 1");
}

static void document_names_the_pattern_that_needs_quotes(void **state)
{
	struct fixture *fixture = *state;
	struct text text = TEXT(fixture->arena);

	parse(fixture, "a:\n  - !veth0\n  - *th0\n");
	diags_render(&fixture->diags, &text, false);
	assert_string_equal(
		text_string(&text),
		"a.yaml:2:5: error[yaml-unsupported]: tags are not supported, and '!' without "
		"quotes begins one\n"
		" 2 |   - !veth0\n"
		"   |     ^^^^^^\n"
		"help: put a pattern that excludes in quotes: \"!veth0\"\n"
		"a.yaml:3:5: error[yaml-unsupported]: aliases are not supported, and '*' without "
		"quotes begins one\n"
		" 3 |   - *th0\n"
		"   |     ^^^^\n"
		"help: put a pattern in quotes: \"*th0\"\n");
}

static void document_stops_at_the_depth_limit(void **state)
{
	enum { BRACKETS = 200000 };
	struct fixture *fixture = *state;
	char *text = arena_alloc(fixture->arena, BRACKETS + 1);

	memset(text, '[', DOCUMENT_MAX_DEPTH);
	memset(text + DOCUMENT_MAX_DEPTH, ']', DOCUMENT_MAX_DEPTH);
	assert_non_null(parse(fixture, text));
	memset(text, '[', BRACKETS);
	assert_null(parse(fixture, text));
	assert_string_equal(errors(fixture), "too-large 1:33");
	for (size_t i = 0; i < BRACKETS; i++)
		text[i] = i % 2 ? ' ' : '-';
	assert_null(parse(fixture, text));
	assert_string_equal(errors(fixture), "too-large 1:65");
}

static void document_stops_at_the_size_limit(void **state)
{
	struct fixture *fixture = *state;
	char *text = arena_alloc(fixture->arena, DOCUMENT_MAX_BYTES + 2);

	memset(text, 'x', DOCUMENT_MAX_BYTES + 1);
	memcpy(text, "a: ", 3);
	assert_non_null(parse_bytes(fixture, text, DOCUMENT_MAX_BYTES));
	assert_null(parse_bytes(fixture, text, DOCUMENT_MAX_BYTES + 1));
	assert_string_equal(errors(fixture), "too-large 0:0");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(document_gives_every_node_its_place),
		TEST(document_takes_one_explicit_document),
		TEST(document_refuses_what_makes_no_tree),
		TEST(document_goes_on_after_what_it_refuses),
		TEST(document_marks_the_second_of_two_keys),
		TEST(document_names_the_pattern_that_needs_quotes),
		TEST(document_stops_at_the_depth_limit),
		TEST(document_stops_at_the_size_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
