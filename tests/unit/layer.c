/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/layer.h"

#include "tests/support/test.h"
#include "tests/support/written.h"

static int set_up(void **state)
{
	*state = written_new();
	return 0;
}

static int tear_down(void **state)
{
	written_free(*state);
	return 0;
}

static void layer_replaces_keys_one_by_one(void **state)
{
	struct written *written = *state;
	const struct policy *policy;
	const struct program *a;

	written_add(written, TIER_HINT, "a.yaml",
		    "programs:\n  a:\n    hook: xdp\n    object: /a\n    stage: tap\n"
		    "    sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		    "    before: [b]\n    after: [b]\n    variables: {x: 1, y: 2}\n"
		    "  b: {stage: route}\n");
	written_add(written, TIER_RUN, "b.yaml",
		    "programs:\n  a: {interfaces: [eth0], after: [], priority: 3}\n");
	written_add(written, TIER_ETC, "c.yaml",
		    "programs:\n  a: {object: /b, priority: 4, variables: {x: 7, z: 0}}\n");
	policy = written_build(written);
	assert_string_equal(written_diags(written), "");
	a = policy_program(policy, "a");
	assert_int_equal(a->hooks, 1u << HOOK_XDP);
	assert_int_equal(a->tier, TIER_ETC);
	assert_string_equal(a->span.source->name, "c.yaml");
	assert_string_equal(a->object.text, "/b");
	assert_null(a->sha256.text);
	assert_int_equal(a->stage.value, STAGE_TAP);
	assert_int_equal(a->stage.span.source->tier, TIER_HINT);
	assert_int_equal(a->priority.value, 4);
	assert_int_equal(a->before.count, 1);
	assert_int_equal(a->after.count, 0);
	assert_string_equal(a->interfaces.items[0].text, "eth0");
	assert_int_equal(a->variables.count, 3);
	assert_int_equal(a->variables.items[0].integer, 7);
	assert_int_equal(a->variables.items[1].integer, 2);
	assert_string_equal(a->variables.items[2].name, "z");
	assert_int_equal(program_place(a, "before").line, 8);
	assert_int_equal(program_place(a, "priority").source->tier, TIER_ETC);
	assert_true(program_says(a, "after"));
	assert_false(program_says(a, "sha256"));
}

static void layer_changes_the_source(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(written, TIER_HINT, "a.yaml",
		    "programs:\n"
		    "  a: {hook: xdp, function: f, object: /a}\n"
		    "  b: {functions: {xdp: f, tcx-egress: g}, object: /b}\n"
		    "  c: {hook: xdp, object: /c, variables: {x: 1}, if_missing: drop}\n"
		    "  d: {hook: xdp, attached: {name: d}}\n");
	written_add(written, TIER_ETC, "a.yaml2",
		    "programs:\n"
		    "  a: {functions: {tcx-ingress: g}}\n"
		    "  b: {hook: tcx-ingress}\n"
		    "  c: {attached: {pin: /c*}}\n"
		    "  d: {object: /d}\n");
	policy = written_build(written);
	assert_string_equal(written_diags(written), "");
	assert_int_equal(policy->programs[0].hooks, 1u << HOOK_TCX_INGRESS);
	assert_string_equal(policy->programs[0].functions[HOOK_TCX_INGRESS].text, "g");
	assert_null(policy->programs[0].functions[HOOK_XDP].text);
	assert_int_equal(policy->programs[1].hooks, 1u << HOOK_TCX_INGRESS);
	assert_null(policy->programs[1].functions[HOOK_TCX_EGRESS].text);
	assert_null(policy->programs[2].object.text);
	assert_true(program_is_attached(&policy->programs[2]));
	assert_int_equal(policy->programs[2].variables.count, 0);
	assert_false(program_is_attached(&policy->programs[3]));
}

static void layer_of_broken_hints_holds_up_nothing(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(written, TIER_HINT, "h.yaml",
		    "labels: {up: {name: eth0}}\nprograms:\n  a: {hook: xdp, object: 1}\n");
	written_add(written, TIER_ETC, "a.yaml", "programs:\n  a: {interfaces: [\"label:up\"]}\n");
	policy = written_build(written);
	assert_false(diags_have_errors(&written->diags));
	assert_string_equal(written_diags(written),
			    "warning[missing-key] 3:3, warning[missing-key] 3:3, "
			    "warning[unknown-label] 3:20, warning[bad-value] 4:26");
	assert_int_equal(policy->program_count, 1);
	assert_null(policy->programs[0].object.text);
}

static const struct {
	const char *text;
	const char *expected;
} bad[] = {
	{ "  a: {hook: xdp, functions: {xdp: f}, function: f, object: /a, interfaces: [b]}\n",
	  "error[bad-value] 3:7, error[bad-value] 3:39" },
	{ "  a:\n    {hook: xdp, attached: {name: x}, object: /a, function: f, if_missing: drop,\n"
	  "     variables: {x: 1}}\n",
	  "error[bad-value] 4:38, error[bad-value] 4:50, error[bad-value] 4:63, "
	  "error[bad-value] 5:6" },
	{ "  a: {hook: xdp, object: /a, interfaces: [b], absorb: true}\n",
	  "error[bad-value] 3:47" },
	{ "  a: {hook: xdp, object: /a, interfaces: [b], first: true, last: true}\n",
	  "error[bad-value] 3:60" },
	{ "  a: {}\n", "error[missing-key] 3:3, error[missing-key] 3:3, error[missing-key] 3:3" },
	{ "  a: {attached: {name: x}}\n", "error[missing-key] 3:3" },
	{ "  a: {hook: xdp, object: /a, interfaces: [b], proceed_on: [ok, other, drop, tx]}\n",
	  "error[bad-value] 3:60, error[bad-value] 3:64, warning[proceed-on-drop] 3:71" },
	{ "  a: {hook: tcx-egress, object: /a, interfaces: [b], proceed_on: [shot, next, tx]}\n",
	  "error[bad-value] 3:67, error[bad-value] 3:79" },
	{ "  a: {functions: {xdp: f, tcx-egress: g}, object: /a, interfaces: [b],\n"
	  "      proceed_on: [aborted, other, pas]}\n",
	  "error[bad-value] 4:36" },
};

static void layer_checks_what_stands_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct written *written = written_new();

		written_add(written, TIER_ETC, "a.yaml",
			    arena_printf(written->arena, "programs:\n%s", bad[i].text));
		written_build(written);
		if (strcmp(written_diags(written), bad[i].expected) != 0)
			print_error("%s%s\n", bad[i].text, written_diags(written));
		assert_string_equal(written_diags(written), bad[i].expected);
		written_free(written);
	}
}

static void layer_knows_what_others_call_verdicts(void **state)
{
	struct written *written = *state;

	written_add(written, TIER_ETC, "a.yaml",
		    "programs:\n  a: {hook: xdp, object: /a, interfaces: [b],\n"
		    "    proceed_on: [ok, shot, XDP_TX, TC_ACT_OK, redirct, xyzzy]}\n");
	written_build(written);
	assert_string_equal(written->diags.items[0].places[0].label, "did you mean 'pass'?");
	assert_string_equal(written->diags.items[1].places[0].label, "did you mean 'drop'?");
	assert_string_equal(written->diags.items[2].places[0].label, "did you mean 'tx'?");
	assert_string_equal(written->diags.items[3].places[0].label, "did you mean 'pass'?");
	assert_string_equal(written->diags.items[4].places[0].label, "did you mean 'redirect'?");
	assert_null(written->diags.items[5].places[0].label);
	assert_non_null(written->diags.items[5].help);
}

static void layer_fills_in_where_the_chain_goes_on(void **state)
{
	struct written *written = *state;
	const struct policy *policy;
	const unsigned int next = 1u << VERDICT_NEXT;

	written_add(written, TIER_ETC, "a.yaml",
		    "programs:\n"
		    "  a: {functions: {xdp: f, tcx-egress: g}, object: /a, interfaces: [b]}\n"
		    "  b: {functions: {xdp: f, tcx-egress: g}, object: /a, interfaces: [b],\n"
		    "      proceed_on: [aborted, redirect, other]}\n"
		    "  c: {hook: xdp, object: /a, interfaces: [b], proceed_on: []}\n");
	policy = written_build(written);
	assert_string_equal(written_diags(written), "");
	assert_int_equal(policy->programs[0].proceed[HOOK_XDP], 1u << 2);
	assert_int_equal(policy->programs[0].proceed[HOOK_TCX_EGRESS], next);
	assert_int_equal(policy->programs[1].proceed[HOOK_XDP], 1u << 0 | 1u << 4);
	/* Other: reclassify, pipe, stolen, queued, repeat and whatever has no name at all. */
	assert_int_equal(policy->programs[1].proceed[HOOK_TCX_EGRESS],
			 next | 1u << 7 | 1u << VERDICT_OTHER | 1u << 1 | 7u << 3 | 1u << 6);
	assert_int_equal(policy->programs[2].proceed[HOOK_XDP], 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(layer_replaces_keys_one_by_one),
		TEST(layer_changes_the_source),
		TEST(layer_of_broken_hints_holds_up_nothing),
		TEST(layer_checks_what_stands_together),
		TEST(layer_knows_what_others_call_verdicts),
		TEST(layer_fills_in_where_the_chain_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
