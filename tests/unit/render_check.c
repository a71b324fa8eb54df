/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render.h"
#include "tests/support/model.h"
#include "tests/support/test.h"

static const enum hook TCX = HOOK_TCX_INGRESS;

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

static const char *check(struct model *model, enum output_format format, size_t files)
{
	struct report report = { .file_count = files, .policy = "81be077" };
	struct text out = TEXT(model->arena);

	render_check(&out, format, &report, model_resolve(model));
	return text_string(&out);
}

static void check_has_a_line_for_each_hook_and_a_sum(void **state)
{
	struct model *model = *state;

	model_first(model_program(model, "audit", TCX, "eth0"));
	model_program(model, "flowmon", TCX, "eth*");
	model_first(model_program(model, "lb", HOOK_XDP, "eth1 br0"));
	model_first(model_program(model, "scrub", HOOK_XDP, "eth1"));
	assert_string_equal(check(model, OUTPUT_TABLE, 4),
			    "eth0 tcx-ingress: audit, flowmon\n"
			    "eth1 xdp: BLOCKED order-cycle\n"
			    "eth1 tcx-ingress: flowmon\n"
			    "'br0' (no such interface yet): lb\n"
			    "4 files, 4 programs, 3 hooks: 2 chains, 1 blocked.\n");
}

static void check_counts_one_as_one(void **state)
{
	model_program(*state, "audit", TCX, "eth0");
	assert_string_equal(check(*state, OUTPUT_TABLE, 1),
			    "eth0 tcx-ingress: audit\n"
			    "1 file, 1 program, 1 hook: 1 chain.\n");
}

static void check_of_nothing_is_a_sum_of_nothing(void **state)
{
	assert_string_equal(check(*state, OUTPUT_TABLE, 0),
			    "0 files, 0 programs, 0 hooks: 0 chains.\n");
}

static void check_says_the_same_in_json(void **state)
{
	struct model *model = *state;

	model_program(model, "audit", TCX, "eth0 br0");
	model_first(model_program(model, "lb", HOOK_XDP, "eth1"));
	model_first(model_program(model, "scrub", HOOK_XDP, "eth1"));
	assert_string_equal(
		check(model, OUTPUT_JSON, 2),
		"{\n  \"format_version\": \"1.0\",\n  \"policy\": \"81be077\",\n"
		"  \"files\": 2,\n  \"programs\": 3,\n  \"blocked\": 1,\n"
		"  \"chains\": [\n    {\n      \"interface\": \"eth0\",\n"
		"      \"hook\": \"tcx-ingress\",\n      \"blocked\": null,\n"
		"      \"elements\": [\n        {\n          \"name\": \"audit\",\n"
		"          \"position\": 1\n        }\n      ]\n    },\n"
		"    {\n      \"interface\": \"eth1\",\n      \"hook\": \"xdp\",\n"
		"      \"blocked\": \"order-cycle\",\n"
		"      \"elements\": [\n        {\n          \"name\": \"lb\"\n        },\n"
		"        {\n          \"name\": \"scrub\"\n        }\n      ]\n    }\n  ],\n"
		"  \"waiting\": [\n    {\n      \"pattern\": \"br0\",\n"
		"      \"place\": {\n        \"file\": \"/etc/ordain/audit.yaml\",\n"
		"        \"line\": 5,\n        \"column\": 18\n      },\n"
		"      \"programs\": [\n        \"audit\"\n      ]\n    }\n  ],\n"
		"  \"diagnostics\": []\n}\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(check_has_a_line_for_each_hook_and_a_sum),
		TEST(check_counts_one_as_one),
		TEST(check_of_nothing_is_a_sum_of_nothing),
		TEST(check_says_the_same_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
