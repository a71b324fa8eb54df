/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/override.h"
#include "policy/model/enforced.h"
#include "policy/model/layer.h"
#include "policy/order/resolve.h"

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

#define PROGRAM                                                                                    \
	"programs:\n"                                                                              \
	"  a: {hook: xdp, object: /a, interfaces: [\"*\"], priority: 1, variables: {x: 1, y: "     \
	"1}}\n"

static const struct program *on(struct written *written, const struct policy *policy,
				const char *name, enum hook hook)
{
	static const char *const altnames[] = { "lan0", NULL };
	const struct interface interface = { .name = name, .altnames = (const char **)altnames };

	struct rules rules = select_rules(written->arena, policy, &interface, hook);

	written->diags.count = 0;
	return program_on(written->arena, &rules, policy_program(policy, "a"), &written->diags);
}

static void override_goes_by_how_closely_the_interface_is_meant(void **state)
{
	struct written *written = *state;
	const struct policy *policy;
	const struct program *a;

	written_add(written, TIER_ETC, "a.yaml",
		    PROGRAM "chains:\n"
			    "  - {interfaces: [eth0], hook: xdp, override: {a: {priority: 2}}}\n"
			    "  - {interfaces: [\"*\"], hook: [xdp, tcx-egress],\n"
			    "     override: {a: {priority: 3, stage: tap, variables: {x: 3},\n"
			    "                    proceed_on: [tx]}}}\n"
			    "  - {interfaces: [lan0], hook: xdp, override: {a: {priority: 4}}}\n");
	policy = written_build(written);
	assert_string_equal(written_diags(written), "");
	a = on(written, policy, "eth0", HOOK_XDP);
	assert_int_equal(a->priority.value, 2);
	assert_int_equal(a->stage.value, STAGE_TAP);
	assert_int_equal(a->variables.items[0].integer, 3);
	assert_int_equal(a->variables.items[1].integer, 1);
	assert_int_equal(a->proceed[HOOK_XDP], 1u << 3);
	assert_int_equal(program_place(a, "priority").line, 5);
	assert_int_equal(on(written, policy, "eth1", HOOK_XDP)->priority.value, 4);
	assert_ptr_equal(on(written, policy, "lo", HOOK_TCX_INGRESS), policy_program(policy, "a"));
	assert_int_equal(policy_program(policy, "a")->priority.value, 1);
	assert_int_equal(program_place(policy_program(policy, "a"), "priority").line, 3);
	assert_int_equal(written->diags.count, 0);
}

static void override_of_equal_right_must_agree(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(
		written, TIER_ETC, "a.yaml",
		PROGRAM
		"chains:\n"
		"  - {interfaces: [\"e*\"], hook: xdp, override: {a: {priority: 2, stage: tap}}}\n"
		"  - {interfaces: [\"*0\"], hook: xdp, override: {a: {priority: 3, stage: tap}}}\n"
		"  - {interfaces: [\"*\"], hook: xdp, override: {a: {variables: {x: 3}}}}\n"
		"  - {interfaces: [\"*\"], hook: xdp, override: {a: {variables: {y: 4}}}}\n"
		"  - {interfaces: [eth2], hook: xdp, override: {a: {priority: 9}}}\n");
	policy = written_build(written);
	on(written, policy, "eth0", HOOK_XDP);
	assert_string_equal(written_diags(written), "error[override-conflict] 5:52");
	assert_int_equal(written->diags.items[0].places[1].span.line, 6);
	assert_int_equal(on(written, policy, "eth1", HOOK_XDP)->priority.value, 2);
	assert_int_equal(on(written, policy, "eth1", HOOK_XDP)->variables.items[1].integer, 4);
	assert_int_equal(on(written, policy, "eth1", HOOK_XDP)->variables.items[0].integer, 3);
	assert_int_equal(on(written, policy, "eth2", HOOK_XDP)->priority.value, 9);
	assert_int_equal(written->diags.count, 0);
}

/* The values of x and y, and the line that says so. */
static void assert_variables(struct written *written, const char *interface, int x, int y,
			     unsigned int line)
{
	const struct policy *policy = written_build(written);
	const struct program *a = on(written, policy, interface, HOOK_XDP);

	assert_int_equal(written->diags.count, 0);
	assert_int_equal(a->variables.count, 2);
	assert_int_equal(a->variables.items[0].integer, x);
	assert_int_equal(a->variables.items[1].integer, y);
	assert_int_equal(program_place(a, "variables").line, line);
}

static void override_takes_each_variable_alone(void **state)
{
	struct written *written = *state;

	written_add(written, TIER_ETC, "a.yaml",
		    PROGRAM
		    "chains:\n"
		    "  - {interfaces: [eth0], hook: xdp, override: {a: {variables: {x: 2}}}}\n"
		    "  - {interfaces: [\"e*\"], hook: xdp, override: {a: {variables: {x: 3}}}}\n"
		    "  - {interfaces: [\"*\"], hook: xdp, override: {a: {variables: {y: 4}}}}\n"
		    "  - {interfaces: [\"*20\"], hook: xdp, override: {a: {variables: {x: 5}}}}\n");
	assert_variables(written, "eth0", 2, 4, 5);
	assert_variables(written, "eth1", 3, 4, 6);
	on(written, written_build(written), "eth20", HOOK_XDP);
	assert_string_equal(written_diags(written), "error[override-conflict] 6:52");
}

static void override_names_the_first_of_those_that_agree(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(written, TIER_ETC, "a.yaml",
		    PROGRAM "chains:\n"
			    "  - {interfaces: [\"*\"], hook: xdp, override: {a: {stage: tap}}}\n"
			    "  - {interfaces: [\"e*\"], hook: xdp, override: {a: {stage: tap}}}\n");
	policy = written_build(written);
	assert_int_equal(on(written, policy, "eth0", HOOK_XDP)->stage.span.line, 5);
}

/* Which of them a program would have to obey is no question where it does not run. */
static void override_of_what_is_off_need_not_agree(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(written, TIER_ETC, "a.yaml",
		    PROGRAM "chains:\n"
			    "  - {interfaces: [eth0], hook: xdp, override: {a: {enabled: false}}}\n"
			    "  - {interfaces: [\"*\"], hook: xdp, override: {a: {priority: 2}}}\n"
			    "  - {interfaces: [\"e*\"], hook: xdp, override: {a: {priority: 3}}}\n"
			    "  - {interfaces: [eth2], hook: xdp, override: {a: {enabled: true}}}\n"
			    "  - {interfaces: [\"*2\", eth2], hook: xdp,\n"
			    "     override: {a: {enabled: false}}}\n");
	policy = written_build(written);
	on(written, policy, "eth0", HOOK_XDP);
	assert_int_equal(written->diags.count, 0);
	on(written, policy, "eth1", HOOK_XDP);
	assert_string_equal(written_diags(written), "error[override-conflict] 6:51");
	on(written, policy, "eth2", HOOK_XDP);
	assert_int_equal(written->diags.count, 2);
}

static void override_may_switch_off_all_that_is_there(void **state)
{
	static struct interface eth0 = { .name = "eth0" };
	const struct interfaces interfaces = { &eth0, 1 };
	struct written *written = *state;
	const struct policy *policy;

	written_add(written, TIER_ETC, "a.yaml",
		    PROGRAM "chains:\n"
			    "  - {interfaces: [eth0], hook: xdp, override: {a: {enabled: false}},\n"
			    "     order: [a]}\n");
	policy = written_build(written);
	assert_int_equal(
		resolve(written->arena, policy, &interfaces, &written->diags)->chains.count, 0);
	assert_int_equal(written->diags.count, 0);
}

static void override_names_programs_and_verdicts_that_exist(void **state)
{
	struct written *written = *state;

	written_add(written, TIER_ETC, "a.yaml",
		    PROGRAM
		    "chains:\n"
		    "  - {interfaces: [eth0], hook: xdp,\n"
		    "     override: {aa: {priority: 2}, a: {proceed_on: [ok], after: [b]}}}\n");
	written_build(written);
	assert_string_equal(written_diags(written),
			    "error[unknown-program] 6:17, error[bad-value] 6:53, "
			    "error[unknown-program] 6:66");
}

static void enforced_tells_what_is_not(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(
		written, TIER_ETC, "a.yaml",
		"programs:\n"
		"  a: {hook: xdp, object: /a, interfaces: [b], readonly: true, shadow: true,\n"
		"      unmodified_input: true, variables: {x: 1}, if_missing: empty,\n"
		"      proceed_on: [tx]}\n"
		"  b: {hook: xdp, object: /a, interfaces: [b], readonly: false, if_missing: skip}\n"
		"  c: {hook: xdp, attached: {name: c}, absorb: true}\n"
		"  d: {hook: tcx-egress, attached: {name: c}, absorb: true}\n"
		"chains:\n"
		"  - {interfaces: [b], hook: xdp, others: absorb, mode: native,\n"
		"     mechanism: libxdp, override: {b: {readonly: true}}}\n"
		"  - {interfaces: [c], hook: xdp, others: keep, mode: auto, mechanism: linked}\n"
		"  - {interfaces: [d], hook: tcx-ingress, others: refuse}\n"
		"  - {interfaces: [e], hook: [xdp, tcx-ingress], others: absorb}\n");
	policy = written_build(written);
	assert_string_equal(written_diags(written), "");
	enforced_report(policy, &written->diags);
	diags_sort(&written->diags);
	assert_string_equal(written_diags(written), "warning[not-enforced] 11:17");
	assert_string_equal(written->diags.items[0].summary,
			    "'mechanism' is not enforced yet: each hook has the usual one");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(override_goes_by_how_closely_the_interface_is_meant),
		TEST(override_of_equal_right_must_agree),
		TEST(override_takes_each_variable_alone),
		TEST(override_names_the_first_of_those_that_agree),
		TEST(override_of_what_is_off_need_not_agree),
		TEST(override_may_switch_off_all_that_is_there),
		TEST(override_names_programs_and_verdicts_that_exist),
		TEST(enforced_tells_what_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
