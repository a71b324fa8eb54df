/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render.h"
#include "tests/support/model.h"
#include "tests/support/test.h"
#include "tests/support/values.h"

static const enum hook TCX = HOOK_TCX_INGRESS;
static const struct report report;

static int setup(void **state)
{
	struct model *model = model_new();

	model_interfaces(model, "eth0 eth1");
	*state = model;
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static const char *explain_eth0(struct model *model, enum output_format format)
{
	const struct resolution *resolution = model_resolve(model);
	struct text out = TEXT(model->arena);

	render_explain_chains(&out, format, &report, model->policy, NULL,
			      chains_find(&resolution->chains, "eth0", TCX), 1);
	return text_string(&out);
}

static const char *explain_program(struct model *model, enum output_format format, const char *name)
{
	const struct resolution *resolution = model_resolve(model);
	const struct program *program = model->policy->programs;
	struct text out = TEXT(model->arena);

	while (strcmp(program->name, name) != 0)
		program++;
	render_explain_program(&out, format, &report, resolution, &model->interfaces, NULL,
			       program);
	return text_string(&out);
}

/* Where the kernel could be read: it knows how the program is linked. */
static void explain_program_tells_how_it_is_linked(void **state)
{
	struct model *model = *state;
	const struct program *program = model_program(model, "a", TCX, "eth0");
	const struct manifest *manifest = manifest_of(model->arena, TCX, "a");
	struct observed_program ours = { .id = 5, .ours = true };
	struct observed_hook hook = {
		.interface = "eth0",
		.hook = TCX,
		.programs = &ours,
		.program_count = 1,
		.own = OWN_ATTACHED,
		.manifest = manifest,
	};
	const struct observed observed = { .hooks = &hook, .count = 1 };
	struct text out = TEXT(model->arena);

	manifest->items[0].linked = "called: has a tail call";
	render_explain_program(&out, OUTPUT_TABLE, &report, model_resolve(model),
			       &model->interfaces, &observed, program);
	assert_non_null(strstr(text_string(&out), "  eth0 tcx-ingress  1 of 1  alone  "
						  "called: has a tail call\n"));
}

/* A chain with one of each reason. */
static void say_story(struct model *model)
{
	struct program *program = model_program(model, "audit", TCX, "eth0");

	model_first(program);
	program = model_program(model, "flowmon", TCX, "eth0 ens1f9");
	model_stage(program, STAGE_TAP);
	program = model_program(model, "guard", TCX, "eth0");
	model_priority(program, -10);
	model_program(model, "tenant41", TCX, "eth0");
	model_program(model, "tenant42", TCX, "eth0");
	program = model_program(model, "cleanup", TCX, "eth0");
	model_after(model, program, "tenant42");
}

static void explain_gives_each_adjacency_its_reason(void **state)
{
	say_story(*state);
	assert_string_equal(
		explain_eth0(*state, OUTPUT_TABLE),
		"eth0 tcx-ingress: 6 programs\n"
		"  1  audit     first: true                        /etc/ordain/audit.yaml:11:12\n"
		"  2  flowmon   audit says first: true             /etc/ordain/audit.yaml:11:12\n"
		"  3  guard     stage tap before filter (default)  /etc/ordain/flowmon.yaml:7:12\n"
		"  4  tenant41  priority -10 before 0              /etc/ordain/guard.yaml:8:15\n"
		"  5  tenant42  rests on the name alone\n"
		"  6  cleanup   after: [tenant42]                  "
		"/etc/ordain/cleanup.yaml:10:12\n");
}

static void explain_shows_who_beat_an_overridden_statement(void **state)
{
	struct model *model = *state;

	model_before(model, model_program(model, "a", TCX, "eth0"), "c");
	model_before(model, model_program(model, "b", TCX, "eth0"), "a");
	model_program(model, "c", TCX, "eth0");
	model_hint(model->programs.items[0]);
	model_before(model, model->programs.items[2], "b");
	assert_string_equal(explain_eth0(model, OUTPUT_TABLE),
			    "eth0 tcx-ingress: 3 programs\n"
			    "  1  c  before: [b]         /etc/ordain/c.yaml:9:12\n"
			    "  2  b  c says before: [b]  /etc/ordain/c.yaml:9:12\n"
			    "  3  a  b says before: [a]  /etc/ordain/b.yaml:9:12\n"
			    "\n"
			    "Overridden by something stronger:\n"
			    "  a before c        a says before: [c]  /etc/ordain/a.yaml:9:12\n"
			    "    but c before b  c says before: [b]  /etc/ordain/c.yaml:9:12\n"
			    "    and b before a  b says before: [a]  /etc/ordain/b.yaml:9:12\n");
}

static void explain_knows_who_is_not_here_and_why(void **state)
{
	struct model *model = *state;

	model_program(model, "here", TCX, "eth0");
	model_program(model, "edge", TCX, "eth* !eth0");
	model_program(model, "elsewhere", TCX, "eth1");
	model_program(model, "lb", HOOK_XDP, "eth0");
	model_program(model, "lb-other", HOOK_XDP, "eth1");
	model_program(model, "packaged", TCX, "");
	model_disable(model_program(model, "off", TCX, "eth0"));
	assert_string_equal(explain_eth0(model, OUTPUT_TABLE),
			    "eth0 tcx-ingress: 1 program\n"
			    "  1  here\n"
			    "\n"
			    "Not here:\n"
			    "  off        enabled: false       /etc/ordain/off.yaml:13:14\n"
			    "  edge       excluded by '!eth0'  /etc/ordain/edge.yaml:5:18\n"
			    "  lb         is on eth0 xdp       /etc/ordain/lb.yaml:3:3\n"
			    "  packaged   no interfaces given  /etc/ordain/packaged.yaml:3:3\n"
			    "  elsewhere  interfaces: [eth1]   /etc/ordain/elsewhere.yaml:5:12\n");
}

static void explain_counts_what_would_only_fill_the_screen(void **state)
{
	struct model *model = *state;
	const char *text;

	model_program(model, "here", TCX, "eth0");
	for (int i = 0; i < 12; i++)
		model_program(model, arena_printf(model->arena, "p%02d", i), TCX, "eth1");
	text = explain_eth0(model, OUTPUT_TABLE);
	assert_non_null(strstr(text, "  p09  interfaces: [eth1]    /etc/ordain/p09.yaml:5:12\n"
				     "  ...  and 2 more: no-match\n"));
	assert_null(strstr(text, "p10"));
}

static void explain_shows_the_conflict_of_a_blocked_chain(void **state)
{
	struct model *model = *state;
	struct program *a = model_program(model, "a", TCX, "eth0");
	struct program *b = model_program(model, "b", TCX, "eth0");

	model_stage(a, STAGE_TAP);
	model_stage(b, STAGE_ROUTE);
	model_first(b);
	assert_string_equal(
		explain_eth0(model, OUTPUT_TABLE),
		"eth0 tcx-ingress: BLOCKED by order-cycle, 2 programs\n"
		"\n"
		"No order satisfies all of these:\n"
		"  a must run before b  stage tap before route  /etc/ordain/a.yaml:7:12\n"
		"                                               /etc/ordain/b.yaml:7:12\n"
		"  b must run before a  b says first: true      /etc/ordain/b.yaml:11:12\n"
		"\n"
		"Way out: remove any one of them (smallest conflicting set shown), or decide with "
		"'order' in a chains entry.\n"
		"Until then this hook keeps its last good chain.\n"
		"\n"
		"Meant for this hook: a, b\n");
}

static void explain_says_the_same_in_json(void **state)
{
	struct model *model = *state;

	model_before(model, model_program(model, "a", TCX, "eth0"), "b");
	model_program(model, "b", TCX, "eth0");
	model_program(model, "c", TCX, "eth1");
	model_rule(model, "90", TCX, "eth0", "b a");
	assert_string_equal(
		explain_eth0(model, OUTPUT_JSON),
		"{\n  \"format_version\": \"1.0\",\n  \"policy\": null,\n  \"chains\": [\n"
		"    {\n      \"interface\": \"eth0\",\n      \"hook\": \"tcx-ingress\",\n"
		"      \"blocked\": null,\n      \"elements\": [\n        {\n"
		"          \"name\": \"b\",\n          \"marks\": {},\n          \"position\": 1,\n"
		"          \"reason\": \"statement\",\n          \"words\": \"order\",\n"
		"          \"place\": {\n            \"file\": \"/etc/ordain/90.yaml\",\n"
		"            \"line\": 6,\n            \"column\": 12\n          },\n"
		"          \"statement\": {\n            \"first\": \"b\",\n"
		"            \"second\": \"a\",\n            \"program\": null,\n"
		"            \"strength\": \"chains-named\",\n            \"words\": \"order\",\n"
		"            \"places\": [\n              {\n"
		"                \"file\": \"/etc/ordain/90.yaml\",\n"
		"                \"line\": 6,\n                \"column\": 12\n"
		"              }\n            ]\n          },\n"
		"          \"replaced\": []\n        },\n        {\n"
		"          \"name\": \"a\",\n          \"marks\": {},\n          \"position\": 2,\n"
		"          \"reason\": \"statement\",\n          \"words\": \"order\",\n"
		"          \"place\": {\n            \"file\": \"/etc/ordain/90.yaml\",\n"
		"            \"line\": 6,\n            \"column\": 12\n          },\n"
		"          \"statement\": {\n            \"first\": \"b\",\n"
		"            \"second\": \"a\",\n            \"program\": null,\n"
		"            \"strength\": \"chains-named\",\n            \"words\": \"order\",\n"
		"            \"places\": [\n              {\n"
		"                \"file\": \"/etc/ordain/90.yaml\",\n"
		"                \"line\": 6,\n                \"column\": 12\n"
		"              }\n            ]\n          },\n"
		"          \"replaced\": []\n        }\n      ],\n"
		"      \"overridden\": [\n        {\n          \"first\": \"a\",\n"
		"          \"second\": \"b\",\n          \"program\": \"a\",\n"
		"          \"strength\": \"policy\",\n          \"words\": \"before: [b]\",\n"
		"          \"places\": [\n            {\n"
		"              \"file\": \"/etc/ordain/a.yaml\",\n              \"line\": 9,\n"
		"              \"column\": 12\n            }\n          ],\n"
		"          \"by\": [\n            {\n              \"first\": \"b\",\n"
		"              \"second\": \"a\",\n              \"program\": null,\n"
		"              \"strength\": \"chains-named\",\n              \"words\": "
		"\"order\",\n"
		"              \"places\": [\n                {\n"
		"                  \"file\": \"/etc/ordain/90.yaml\",\n"
		"                  \"line\": 6,\n                  \"column\": 12\n"
		"                }\n              ]\n            }\n          ]\n        }\n"
		"      ],\n      \"conflict\": [],\n      \"help\": null,\n"
		"      \"missing\": [],\n"
		"      \"absent\": [\n        {\n          \"name\": \"c\",\n"
		"          \"absence\": \"no-match\",\n"
		"          \"words\": \"interfaces: [eth1]\",\n          \"place\": {\n"
		"            \"file\": \"/etc/ordain/c.yaml\",\n            \"line\": 5,\n"
		"            \"column\": 12\n          }\n        }\n      ]\n    }\n  ],\n"
		"  \"diagnostics\": []\n}\n");
}

static void explain_program_shows_positions_and_neighbours(void **state)
{
	struct model *model = *state;

	say_story(model);
	assert_string_equal(explain_program(model, OUTPUT_TABLE, "flowmon"),
			    "flowmon: tcx-ingress, stage tap, priority 0 (default)  "
			    "/etc/ordain/flowmon.yaml:3:3\n"
			    "  eth0 tcx-ingress  2 of 6  after audit, before guard\n"
			    "\n"
			    "Waits for:\n"
			    "  'ens1f9'  no such interface yet\n"
			    "\n"
			    "Not on:\n"
			    "  eth1  interfaces: [eth0, ens1f9]  /etc/ordain/flowmon.yaml:5:12\n");
}

static void explain_program_knows_ends_and_loners(void **state)
{
	struct model *model = *state;

	model_program(model, "a", TCX, "eth*");
	model_program(model, "b", TCX, "eth0");
	assert_non_null(strstr(explain_program(model, OUTPUT_TABLE, "a"),
			       "  eth0 tcx-ingress  1 of 2  before b\n"
			       "  eth1 tcx-ingress  1 of 1  alone\n"));
	assert_non_null(strstr(explain_program(model, OUTPUT_TABLE, "b"),
			       "  eth0 tcx-ingress  2 of 2  after a\n"));
}

static void explain_program_points_to_what_blocks_it(void **state)
{
	struct model *model = *state;

	model_last(model_program(model, "a", TCX, "eth0"));
	model_last(model_program(model, "b", TCX, "eth0"));
	assert_non_null(strstr(explain_program(model, OUTPUT_TABLE, "a"),
			       "  eth0 tcx-ingress  BLOCKED  order-cycle; "
			       "see `ordain explain eth0 tcx-ingress`\n"));
}

static void explain_program_says_that_it_runs_nowhere(void **state)
{
	struct model *model = *state;

	model_disable(model_program(model, "a", TCX, "eth0"));
	model_program(model, "b", TCX, "");
	assert_string_equal(explain_program(model, OUTPUT_TABLE, "a"),
			    "a: tcx-ingress, stage filter (default), priority 0 (default)  "
			    "/etc/ordain/a.yaml:3:3\n"
			    "It runs nowhere: enabled: false  /etc/ordain/a.yaml:13:14\n");
	assert_non_null(strstr(explain_program(model, OUTPUT_TABLE, "b"), "It runs nowhere.\n"));
}

static void explain_program_says_the_same_in_json(void **state)
{
	struct model *model = *state;

	model_program(model, "a", TCX, "eth0 ens9");
	assert_string_equal(
		explain_program(model, OUTPUT_JSON, "a"),
		"{\n  \"format_version\": \"1.0\",\n  \"policy\": null,\n"
		"  \"program\": \"a\",\n  \"hooks\": [\n    \"tcx-ingress\"\n  ],\n"
		"  \"stage\": \"filter\",\n  \"priority\": 0,\n  \"enabled\": true,\n"
		"  \"place\": {\n    \"file\": \"/etc/ordain/a.yaml\",\n    \"line\": 3,\n"
		"    \"column\": 3\n  },\n"
		"  \"chains\": [\n    {\n      \"interface\": \"eth0\",\n"
		"      \"hook\": \"tcx-ingress\",\n      \"blocked\": null,\n"
		"      \"linked\": null,\n"
		"      \"position\": 1,\n      \"of\": 1,\n      \"after\": null,\n"
		"      \"before\": null\n    }\n  ],\n"
		"  \"waiting\": [\n    \"ens9\"\n  ],\n"
		"  \"absent\": [\n    {\n      \"interface\": \"eth1\",\n"
		"      \"absence\": \"no-match\",\n"
		"      \"words\": \"interfaces: [eth0, ens9]\",\n"
		"      \"place\": {\n        \"file\": \"/etc/ordain/a.yaml\",\n"
		"        \"line\": 5,\n        \"column\": 12\n      }\n    }\n  ],\n"
		"  \"replaced\": [],\n  \"diagnostics\": []\n}\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(explain_gives_each_adjacency_its_reason),
		TEST(explain_shows_who_beat_an_overridden_statement),
		TEST(explain_knows_who_is_not_here_and_why),
		TEST(explain_counts_what_would_only_fill_the_screen),
		TEST(explain_shows_the_conflict_of_a_blocked_chain),
		TEST(explain_says_the_same_in_json),
		TEST(explain_program_shows_positions_and_neighbours),
		TEST(explain_program_knows_ends_and_loners),
		TEST(explain_program_points_to_what_blocks_it),
		TEST(explain_program_says_that_it_runs_nowhere),
		TEST(explain_program_tells_how_it_is_linked),
		TEST(explain_program_says_the_same_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
