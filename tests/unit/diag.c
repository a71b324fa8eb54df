/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/diag.h"

#include "policy/diag/diag_json.h"
#include "tests/support/test.h"

/* A place in a new file of that text. */
static struct span place(struct fixture *fixture, const char *name, const char *text,
			 unsigned int line, unsigned int column, unsigned int length)
{
	struct sources *one = arena_alloc(fixture->arena, sizeof(*one));

	sources_add(fixture->arena, one, name, text);
	return (struct span){ one->items, line, column, length };
}

static const char *rendered(struct fixture *fixture, bool colour)
{
	struct text text = TEXT(fixture->arena);

	diags_render(&fixture->diags, &text, colour);
	return text_string(&text);
}

static void render_shows_line_caret_and_label(void **state)
{
	struct fixture *fixture = *state;
	struct span span = place(fixture, "20-flow.yaml",
				 "ordain: 1\n\n\n\n\n    prority: 10\nmore: 1\n", 6, 5, 7);
	struct diag *diag = diag_error(&fixture->diags, DIAG_UNKNOWN_KEY, span,
				       "unknown key '%s' in program 'flowmon'", "prority");

	diag_label(&fixture->diags, diag, "did you mean 'priority'?");
	assert_string_equal(rendered(fixture, false),
			    "/etc/ordain/20-flow.yaml:6:5: error[unknown-key]: unknown key "
			    "'prority' in program 'flowmon'\n"
			    " 6 |     prority: 10\n"
			    "   |     ^^^^^^^ did you mean 'priority'?\n");
}

static void render_adds_detail_and_help(void **state)
{
	struct fixture *fixture = *state;
	struct diag *diag = diag_warn(&fixture->diags, DIAG_OBJECT_MISSING,
				      place(fixture, "a.yaml", "object: /x\r\n", 1, 9, 2),
				      "cannot open '/x'");

	diag_detail(&fixture->diags, diag, "first\n  second");
	diag_help(&fixture->diags, diag, "one\ntwo");
	assert_string_equal(rendered(fixture, false),
			    "/etc/ordain/a.yaml:1:9: warning[object-missing]: cannot open '/x'\n"
			    " 1 | object: /x\n"
			    "   |         ^^\n"
			    "  first\n"
			    "    second\n"
			    "help: one\n"
			    "      two\n");
}

static void render_lines_up_several_places(void **state)
{
	struct fixture *fixture = *state;
	struct span none = { 0 };
	struct diag *diag = diag_error(&fixture->diags, DIAG_ORDER_CYCLE, none, "no order");

	diag_place(&fixture->diags, diag,
		   place(fixture, "10-a.yaml", "x\n    before: [b]\n", 2, 14, 1),
		   "a must run before b");
	diag_place(&fixture->diags, diag, place(fixture, "2.yaml", "\tafter: [c]  \n", 1, 10, 1),
		   "c before a");
	diag_help(&fixture->diags, diag, "remove any one of them");
	assert_string_equal(rendered(fixture, false),
			    "error[order-cycle]: no order\n"
			    "  a must run before b   /etc/ordain/10-a.yaml:2:14   before: [b]\n"
			    "  c before a            /etc/ordain/2.yaml:1:10      after: [c]\n"
			    "help: remove any one of them\n");
}

static void render_does_without_a_place_or_a_line(void **state)
{
	struct fixture *fixture = *state;
	struct span none = { 0 };

	diag_note(&fixture->diags, DIAG_INTERFACE_ABSENT, none, "no interface matches 'ens1f9'");
	diag_error(&fixture->diags, DIAG_TOO_LARGE, place(fixture, "a.yaml", "", 0, 0, 0), "big");
	assert_string_equal(rendered(fixture, false),
			    "note: no interface matches 'ens1f9'\n"
			    "/etc/ordain/a.yaml: error[too-large]: big\n");
}

static void render_colours_only_when_asked(void **state)
{
	struct fixture *fixture = *state;

	diag_warn(&fixture->diags, DIAG_BAD_VALUE, place(fixture, "a.yaml", "ab", 1, 2, 1), "s");
	assert_null(strchr(rendered(fixture, false), '\033'));
	assert_string_equal(rendered(fixture, true),
			    "\033[1m/etc/ordain/a.yaml:1:2:\033[0m "
			    "\033[1;33mwarning[bad-value]:\033[0m \033[1ms\033[0m\n"
			    " 1 | ab\n"
			    "   |  \033[1;33m^\033[0m\n");
}

static void render_points_at_characters_not_bytes(void **state)
{
	struct fixture *fixture = *state;

	diag_error(&fixture->diags, DIAG_BAD_VALUE,
		   place(fixture, "a.yaml", "\xef\xbb\xbf\t\xc3\xa4\x1b: \xe2\x82\xac\xe2\x82\xacx",
			 1, 6, 2),
		   "s");
	assert_string_equal(rendered(fixture, false),
			    "/etc/ordain/a.yaml:1:6: error[bad-value]: s\n"
			    " 1 |         \xc3\xa4\\x1b: \xe2\x82\xac\xe2\x82\xacx\n"
			    "   |                ^^\n");
}

static void render_marks_the_end_of_a_line(void **state)
{
	struct fixture *fixture = *state;

	diag_error(&fixture->diags, DIAG_BAD_VALUE, place(fixture, "a.yaml", "ab\ncd", 1, 9, 5),
		   "s");
	diag_error(&fixture->diags, DIAG_BAD_VALUE, place(fixture, "a.yaml", "ab\ncd", 2, 2, 99),
		   "s");
	diag_error(&fixture->diags, DIAG_BAD_VALUE, place(fixture, "a.yaml", "ab\n", 2, 1, 1), "s");
	assert_string_equal(rendered(fixture, false),
			    "/etc/ordain/a.yaml:1:9: error[bad-value]: s\n"
			    " 1 | ab\n"
			    "   |   ^\n"
			    "/etc/ordain/a.yaml:2:2: error[bad-value]: s\n"
			    " 2 | cd\n"
			    "   |  ^\n"
			    "/etc/ordain/a.yaml:2:1: error[bad-value]: s\n"
			    " 2 |\n"
			    "   | ^\n");
}

static void render_cuts_a_long_line_around_the_caret(void **state)
{
	struct fixture *fixture = *state;
	char line[1001] = { 0 };

	memset(line, 'x', sizeof(line) - 1);
	line[500] = 'y';
	diag_error(&fixture->diags, DIAG_BAD_VALUE, place(fixture, "a.yaml", line, 1, 501, 1), "s");
	assert_string_equal(rendered(fixture, false),
			    "/etc/ordain/a.yaml:1:501: error[bad-value]: s\n"
			    " 1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxyxxxxxxxxxxxxxxxxxxxxxxxxxx"
			    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\n"
			    "   |                                     ^\n");
}

static void render_shows_messages_harmlessly(void **state)
{
	struct fixture *fixture = *state;
	struct span none = { 0 };
	struct diag *diag = diag_error(&fixture->diags, DIAG_UNKNOWN_KEY, none, "key '\033[2J\n'");

	diag_help(&fixture->diags, diag, "no \a");
	assert_string_equal(rendered(fixture, true) + strlen("\033[1;31m"),
			    "error[unknown-key]:\033[0m \033[1mkey '\\x1b[2J\\x0a'\033[0m\n"
			    "\033[1mhelp:\033[0m no \\x07\n");
}

static void sort_is_by_place_and_stable(void **state)
{
	struct fixture *fixture = *state;
	struct span a = place(fixture, "a.yaml", "", 2, 1, 1);
	struct span b = place(fixture, "b.yaml", "", 1, 1, 1);
	struct span none = { 0 };
	const char *expected[] = { "a2", "a3", "a3 again", "b", "first", "second" };

	diag_error(&fixture->diags, DIAG_BAD_VALUE, none, "first");
	diag_error(&fixture->diags, DIAG_BAD_VALUE, b, "b");
	a.line = 3;
	diag_error(&fixture->diags, DIAG_BAD_VALUE, a, "a3");
	diag_error(&fixture->diags, DIAG_BAD_VALUE, a, "a3 again");
	diag_error(&fixture->diags, DIAG_BAD_VALUE, none, "second");
	a.line = 2;
	diag_error(&fixture->diags, DIAG_BAD_VALUE, a, "a2");
	diags_sort(&fixture->diags);
	for (size_t i = 0; i < fixture->diags.count; i++)
		assert_string_equal(fixture->diags.items[i].summary, expected[i]);
}

static void json_has_the_documented_shape(void **state)
{
	struct fixture *fixture = *state;
	struct span none = { 0 };
	struct diag *diag = diag_error(&fixture->diags, DIAG_BAD_VALUE,
				       place(fixture, "a.yaml", "x", 1, 2, 1), "bad \xff");
	char *dumped;
	json_t *json;

	diag_label(&fixture->diags, diag, "here");
	diag_help(&fixture->diags, diag, "do");
	diag->program = "lb";
	diag_note(&fixture->diags, DIAG_INTERFACE_ABSENT, none, "absent");
	json = diags_json(&fixture->diags);
	dumped = json_dumps(json, JSON_COMPACT);
	assert_string_equal(
		dumped,
		"[{\"severity\":\"error\",\"code\":\"bad-value\",\"summary\":\"bad \\\\xff\","
		"\"places\":[{\"file\":\"/etc/ordain/a.yaml\",\"line\":1,\"column\":2,"
		"\"label\":\"here\"}],\"help\":\"do\",\"program\":\"lb\"},"
		"{\"severity\":\"note\",\"code\":\"interface-absent\",\"summary\":\"absent\","
		"\"places\":[],\"help\":null}]");
	free(dumped);
	json_decref(json);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(render_shows_line_caret_and_label),
		TEST(render_adds_detail_and_help),
		TEST(render_lines_up_several_places),
		TEST(render_does_without_a_place_or_a_line),
		TEST(render_colours_only_when_asked),
		TEST(render_points_at_characters_not_bytes),
		TEST(render_marks_the_end_of_a_line),
		TEST(render_cuts_a_long_line_around_the_caret),
		TEST(render_shows_messages_harmlessly),
		TEST(sort_is_by_place_and_stable),
		TEST(json_has_the_documented_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
