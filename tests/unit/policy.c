/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/policy.h"

#include "tests/support/test.h"

static void add(struct fixture *fixture, const char *name, const char *text)
{
	sources_add(fixture->arena, &fixture->sources, name, text);
}

static void add_in(struct fixture *fixture, enum tier tier, const char *name, const char *text)
{
	static const char *const directories[] = { "/usr/lib/ordain", "/run/ordain",
						   "/etc/ordain" };
	struct source *source;

	add(fixture, name, text);
	source = &fixture->sources.items[fixture->sources.count - 1];
	source->tier = tier;
	source->path = arena_printf(fixture->arena, "%s/%s", directories[tier], name);
}

/* One program a line: `{name}` with what makes it whole, and `more`. */
static const char *program(struct fixture *fixture, const char *name, const char *more)
{
	return arena_printf(fixture->arena,
			    "  %s: {hook: xdp, interfaces: [eth0], object: /%s.o%s}\n", name, name,
			    more);
}

static const char *file(struct fixture *fixture, const char *one, const char *two)
{
	return arena_printf(fixture->arena, "ordain: 1\nprograms:\n%s%s", one, two);
}

static const char *rendered(struct fixture *fixture)
{
	struct text text = TEXT(fixture->arena);

	diags_sort(&fixture->diags);
	diags_render(&fixture->diags, &text, false);
	return text_string(&text);
}

static const struct policy *build(struct fixture *fixture)
{
	fixture->diags.count = 0;
	return policy_build(fixture->arena, &fixture->sources, &fixture->diags);
}

static void policy_is_sorted_and_found_by_name(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	add(fixture, "20.yaml",
	    file(fixture, program(fixture, "z", ""), program(fixture, "b", ", after: [a]")));
	add(fixture, "10.yaml", file(fixture, program(fixture, "a", ", before: [z, b, z]"), ""));
	policy = build(fixture);
	assert_string_equal(rendered(fixture), "");
	assert_int_equal(policy->program_count, 3);
	assert_string_equal(policy->programs[0].name, "a");
	assert_string_equal(policy->programs[1].name, "b");
	assert_string_equal(policy->programs[2].name, "z");
	assert_ptr_equal(policy_program(policy, "z"), &policy->programs[2]);
	assert_null(policy_program(policy, "c"));
	assert_int_equal(policy->programs[0].before.count, 3);
	assert_ptr_equal(policy->sources, &fixture->sources);
}

static void policy_of_no_file_is_empty(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy = build(fixture);

	assert_int_equal(policy->program_count, 0);
	assert_int_equal(policy->rule_count, 0);
	assert_null(policy_program(policy, "a"));
	assert_int_equal(fixture->diags.count, 0);
}

static void policy_refuses_a_name_in_two_files(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "20-b.yaml", file(fixture, program(fixture, "lb", ""), ""));
	add(fixture, "10-a.yaml",
	    file(fixture, program(fixture, "x", ""), program(fixture, "lb", "")));
	build(fixture);
	assert_string_equal(rendered(fixture),
			    "error[duplicate-program]: program 'lb' is declared twice\n"
			    "  here       /etc/ordain/10-a.yaml:4:3   lb: {hook: xdp, interfaces: "
			    "[eth0], object: "
			    "/lb.o}\n"
			    "  and here   /etc/ordain/20-b.yaml:3:3   lb: {hook: xdp, interfaces: "
			    "[eth0], object: "
			    "/lb.o}\n"
			    "help: give one another name, or remove it; what is to differ on some "
			    "interfaces goes below 'override' in a chains entry\n");
}

static void policy_refuses_names_that_exist_nowhere(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	add(fixture, "a.yaml",
	    file(fixture, program(fixture, "scrubber", ", before: [scruber2, lb]"),
		 program(fixture, "lb", ", after: [scrubbr, scrubber]")));
	add(fixture, "b.yaml",
	    "ordain: 1\nchains:\n  - {interfaces: [eth0], hook: xdp, order: [lb, firewall]}\n");
	policy = build(fixture);
	assert_string_equal(
		rendered(fixture),
		"/etc/ordain/a.yaml:3:75: error[unknown-program]: no program is called 'scruber2'\n"
		" 3 |   scrubber: {hook: xdp, interfaces: [eth0], object: /scrubber.o, before: "
		"[scruber2, lb]}\n"
		"   |                                                                       "
		"    ^^^^^^^^ did you mean 'scrubber'?\n"
		"/etc/ordain/a.yaml:4:62: error[unknown-program]: no program is called 'scrubbr'\n"
		" 4 |   lb: {hook: xdp, interfaces: [eth0], object: /lb.o, after: [scrubbr, "
		"scrubber]}\n"
		"   |                                                              "
		"^^^^^^^ did you mean 'scrubber'?\n"
		"/etc/ordain/b.yaml:3:49: error[unknown-program]: no program is called 'firewall'\n"
		" 3 |   - {interfaces: [eth0], hook: xdp, order: [lb, firewall]}\n"
		"   |                                                 ^^^^^^^^\n"
		"help: remove it, or declare the program (with 'enabled: false' if it need not "
		"run)\n");
	assert_string_equal(fixture->diags.items[0].program, "scrubber");
	assert_int_equal(policy->rules[0].order.count, 1);
}

static void policy_blames_no_name_while_a_file_is_broken(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "a.yaml", file(fixture, program(fixture, "a", ", before: [b]"), ""));
	add(fixture, "b.yaml", "ordain: 1\nprograms:\n  b: [\n");
	build(fixture);
	assert_int_equal(fixture->diags.count, 1);
	assert_int_equal(fixture->diags.items[0].code, DIAG_YAML_SYNTAX);
}

static void policy_reports_everything_at_once(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "a.yaml", file(fixture, program(fixture, "a", ", prority: 1, first: no"), ""));
	add(fixture, "b.yaml", "ordain: 1\nordain: 1\nprograms:\n  b: {hook: xdq, before: [x]}\n");
	add(fixture, "c.yaml", "ordain: 1\nprograms:\n  a: {}\n");
	build(fixture);
	/* b: two missing keys, the duplicate, the hook and the name; a: two and the name again. */
	assert_int_equal(fixture->diags.count, 5 + 3);
}

static void policy_counts_errors_that_nobody_would_read(void **state)
{
	struct fixture *fixture = *state;
	struct text text = TEXT(fixture->arena);

	text_add(&text, "ordain: 1\n");
	for (int i = 0; i < 1000; i++)
		text_printf(&text, "x%d: 1\n", i);
	add(fixture, "a.yaml", text_string(&text));
	build(fixture);
	assert_int_equal(fixture->diags.count, 201);
	assert_int_equal(fixture->diags.items[199].places[0].span.line, 201);
	assert_string_equal(fixture->diags.items[200].summary,
			    "800 more errors in this file are not shown");
}

/* Also those that come up only when everything is read. */
static void policy_limits_what_it_says_of_programs(void **state)
{
	struct fixture *fixture = *state;
	struct text text = TEXT(fixture->arena);

	text_add(&text, "ordain: 1\nprograms:\n");
	for (int i = 0; i < 100; i++)
		text_printf(&text, "  p%d: {}\n", i);
	add(fixture, "a.yaml", text_string(&text));
	add(fixture, "b.yaml", "ordain: 1\nprograms:\n  b: {}\n");
	policy_build(fixture->arena, &fixture->sources, &fixture->diags);
	assert_int_equal(fixture->diags.count, 204);
	assert_string_equal(fixture->diags.items[200].summary,
			    "100 more errors in this file are not shown");
	assert_int_equal(fixture->diags.items[200].severity, SEVERITY_ERROR);
	assert_string_equal(fixture->diags.items[203].summary, "program 'b' has no 'object'");
}

static void policy_keeps_rules_in_the_order_of_the_files(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	add(fixture, "b.yaml", "ordain: 1\nchains:\n  - {interfaces: [b0], hook: xdp}\n");
	add(fixture, "a.yaml",
	    "ordain: 1\nchains:\n  - {interfaces: [a0], hook: xdp}\n"
	    "  - {interfaces: [a1], hook: xdp}\n");
	policy = build(fixture);
	assert_int_equal(policy->rule_count, 3);
	assert_string_equal(policy->rules[0].interfaces.items[0].text, "a0");
	assert_string_equal(policy->rules[1].interfaces.items[0].text, "a1");
	assert_string_equal(policy->rules[2].interfaces.items[0].text, "b0");
}

static void policy_layers_declarations(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	add_in(fixture, TIER_ETC, "a.yaml", file(fixture, program(fixture, "a", ""), ""));
	add_in(fixture, TIER_RUN, "b.yaml",
	       file(fixture, program(fixture, "a", ", stage: tap"),
		    program(fixture, "b", ", stage: route")));
	add_in(fixture, TIER_HINT, "c.yaml",
	       "ordain: 1\nprograms:\n"
	       "  b: {hook: xdp, object: /b}\n"
	       "  c: {hook: xdp, object: /c, before: [nowhere, a]}\n");
	policy = build(fixture);
	assert_string_equal(rendered(fixture), "");
	assert_int_equal(policy->program_count, 3);
	assert_int_equal(policy->programs[0].tier, TIER_ETC);
	assert_int_equal(policy->programs[0].stage.value, STAGE_TAP);
	assert_int_equal(policy->programs[1].tier, TIER_RUN);
	assert_int_equal(policy->programs[1].stage.value, STAGE_ROUTE);
	assert_int_equal(policy->programs[2].tier, TIER_HINT);
	assert_int_equal(policy->programs[2].interfaces.count, 0);
	assert_int_equal(policy->programs[2].before.count, 1);
	assert_string_equal(policy->programs[2].before.items[0].text, "a");
}

static void policy_is_not_held_up_by_hints(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;

	add_in(fixture, TIER_HINT, "h.yaml",
	       "ordain: 1\nprograms:\n  h: {hook: xdp, object: /h}\n  i: {hook: xdp, first: "
	       "true}\n");
	add_in(fixture, TIER_HINT, "i.yaml", "ordain: [\n");
	add(fixture, "a.yaml", file(fixture, program(fixture, "a", ", before: [h]"), ""));
	policy = build(fixture);
	assert_false(diags_have_errors(&fixture->diags));
	assert_int_equal(policy->program_count, 1);
	assert_int_equal(policy->programs[0].before.count, 0);
	diags_sort(&fixture->diags);
	assert_int_equal(fixture->diags.count, 3);
	assert_int_equal(fixture->diags.items[0].code, DIAG_UNKNOWN_PROGRAM);
	assert_int_equal(fixture->diags.items[0].severity, SEVERITY_WARNING);
	assert_string_equal(fixture->diags.items[2].detail, "the hints of this file are ignored");
}

static void policy_does_not_depend_on_the_order_of_sources(void **state)
{
	struct fixture *fixture = *state;
	const struct policy *policy;
	const char *first;

	add(fixture, "1.yaml", file(fixture, program(fixture, "a", ", before: [x]"), ""));
	add(fixture, "2.yaml", file(fixture, program(fixture, "a", ""), program(fixture, "b", "")));
	add_in(fixture, TIER_RUN, "2.yaml", file(fixture, program(fixture, "b", ", first: 1"), ""));
	add(fixture, "3.yaml", "[\n");
	build(fixture);
	first = rendered(fixture);
	for (size_t i = 0; i < fixture->sources.count; i++) {
		struct source source = fixture->sources.items[0];

		memmove(fixture->sources.items, fixture->sources.items + 1,
			(fixture->sources.count - 1) * sizeof(source));
		fixture->sources.items[fixture->sources.count - 1] = source;
		policy = build(fixture);
		assert_string_equal(rendered(fixture), first);
		assert_int_equal(policy->program_count, 2);
		assert_string_equal(policy->programs[0].span.source->name, "1.yaml");
	}
}

/* Linear but for the sorting: with anything quadratic this would be noticed. */
static void policy_of_ten_thousand_programs(void **state)
{
	enum { FILES = 100, PROGRAMS = 100 };
	struct fixture *fixture = *state;
	const struct policy *policy;

	for (int i = 0; i < FILES; i++) {
		struct text text = TEXT(fixture->arena);

		text_add(&text, "ordain: 1\nprograms:\n");
		for (int j = 0; j < PROGRAMS; j++)
			text_printf(&text,
				    "  p%d-%d: {hook: xdp, interfaces: [\"eth*\"], object: /p, "
				    "before: [p%d-%d, gone%d]}\n",
				    i, j, j, (i + 1) % FILES, j);
		add(fixture, arena_printf(fixture->arena, "%d.yaml", i), text_string(&text));
	}
	policy = build(fixture);
	assert_int_equal(policy->program_count, FILES * PROGRAMS);
	assert_int_equal(fixture->diags.count, FILES * PROGRAMS);
	assert_non_null(strstr(rendered(fixture), "no program is called 'gone99'"));
	assert_non_null(policy_program(policy, "p99-99"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(policy_is_sorted_and_found_by_name),
		TEST(policy_of_no_file_is_empty),
		TEST(policy_refuses_a_name_in_two_files),
		TEST(policy_refuses_names_that_exist_nowhere),
		TEST(policy_blames_no_name_while_a_file_is_broken),
		TEST(policy_reports_everything_at_once),
		TEST(policy_counts_errors_that_nobody_would_read),
		TEST(policy_limits_what_it_says_of_programs),
		TEST(policy_keeps_rules_in_the_order_of_the_files),
		TEST(policy_layers_declarations),
		TEST(policy_is_not_held_up_by_hints),
		TEST(policy_does_not_depend_on_the_order_of_sources),
		TEST(policy_of_ten_thousand_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
