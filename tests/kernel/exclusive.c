/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that wants its hook for itself: what is kept off, and what is said of who comes. */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void write_alone(const struct ordain *ordain, enum hook hook)
{
	policy_write(ordain, "alone.yaml",
		     "programs:\n"
		     "  lb:\n"
		     "    hook: %s\n"
		     "    interfaces: [eth0]\n"
		     "    object: %s\n"
		     "    exclusive: true\n",
		     hook_name(hook), object_path(ordain, "stamp_a"));
}

/* Both places are named, and the hook keeps what it has. */
static void company_of_our_own_is_an_error(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	for_each_hook(hook)
	{
		uint32_t program;

		write_alone(ordain, hook);
		ordain_do(ordain, "apply");
		program = hook_program("eth0", hook);
		policy_write(ordain, "beside.yaml",
			     "programs: {tap: {hook: %s, interfaces: [eth0], object: %s}}\n",
			     hook_name(hook), object_path(ordain, "stamp_b"));
		apply = ordain_run(ordain, "apply");
		assert_int_equal(apply.code, 1);
		assert_says(apply.err, "error[exclusive-violated]: 'lb' wants eth0");
		assert_says(apply.err, "alone.yaml:7:");
		assert_says(apply.err, "beside.yaml:2:");
		assert_int_equal(hook_program("eth0", hook), program);
		policy_clear(ordain, "beside.yaml");
	}
}

static void xdp_refuses_every_late_loader(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);
	int ifindex = (int)netns_ifindex("eth0");

	write_alone(ordain, HOOK_XDP);
	assert_says(ordain_run(ordain, "plan").out, "exclusive (every other loader gets EBUSY)\n");
	ordain_do(ordain, "apply");
	assert_int_equal(bpf_link_create(program, ifindex, BPF_XDP, NULL), -EBUSY);
	assert_int_equal(bpf_xdp_attach(ifindex, program, 0, NULL), -EBUSY);
	assert_true(ordain_in_sync(ordain));
	close(program);
}

static void xdp_of_others_blocks_it(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);
	int link = foreign_link("eth0", HOOK_XDP, program, true);
	struct outcome status;

	write_alone(ordain, HOOK_XDP);
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	status = ordain_run(ordain, "status");
	assert_int_equal(status.code, 2);
	assert_says(status.out, "held by id");
	assert_null(strstr(status.out, "NOT ALONE"));
	close(link);
	close(program);
}

static void assert_violated(const struct ordain *ordain, int program)
{
	const char *words = arena_printf(ordain->arena, "not alone: id %u 'foreign' runs beside it",
					 foreign_id(program));
	struct outcome plan = ordain_run(ordain, "plan");
	struct outcome status = ordain_run(ordain, "status");

	assert_int_equal(plan.code, 0);
	assert_says(plan.out, "! ");
	assert_says(plan.out, "exclusive (watched: others can still attach)");
	assert_says(plan.out, words);
	assert_says(plan.out, "1 statement does not hold");
	assert_int_equal(status.code, 2);
	assert_says(status.out, "NOT ALONE");
	assert_says(status.out, words);
	assert_says(ordain_run(ordain, "status -o json").out, "\"type\": \"ExclusiveViolated\",\n"
							      "          \"status\": true");
}

/*
 * The agent notices who comes and who goes, says each once, and touches nobody. Ours go in front of
 * who came there, and that is said, too.
 */
static void tcx_intruder_comes_and_goes(struct ordain *ordain, enum hook hook, bool at_head)
{
	const char *label = arena_printf(ordain->arena, "ordain: eth0 %s: ", hook_name(hook));
	uint32_t ours = hook_program("eth0", hook);
	int program = foreign_load(hook);
	int link = foreign_link("eth0", hook, program, at_head);
	const char *came = arena_printf(ordain->arena,
					"%slb is not alone: id %u 'foreign' runs beside it", label,
					foreign_id(program));

	wait_until(ordain, agent_said(ordain, came));
	assert_violated(ordain, program);
	sleep(2);
	assert_int_equal(agent_count(ordain, label), at_head ? 2 : 1);
	assert_int_equal(hook_holding("eth0", hook).programs[1], foreign_id(program));
	assert_int_equal(hook_holding("eth0", hook).count, 2);
	close(link);
	close(program);
	wait_until(ordain, agent_said(ordain, arena_printf(ordain->arena, "%salone again", label)));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_true(at_head || hook_program("eth0", hook) == ours);
	agent_forget(ordain);
}

static void tcx_intruder_is_told(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	for (enum hook hook = HOOK_TCX_INGRESS; hook <= HOOK_TCX_EGRESS; hook++) {
		write_alone(ordain, hook);
		agent_start_ready(ordain);
		agent_forget(ordain);
		tcx_intruder_comes_and_goes(ordain, hook, true);
		tcx_intruder_comes_and_goes(ordain, hook, false);
		agent_stop(ordain);
		agent_forget(ordain);
	}
}

/* A pause is to watch and report. */
static void tcx_intruder_is_told_in_a_pause(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	write_alone(ordain, HOOK_TCX_INGRESS);
	agent_start_ready(ordain);
	ordain_do(ordain, "pause");
	wait_until(ordain, agent_said(ordain, "paused"));
	agent_forget(ordain);
	tcx_intruder_comes_and_goes(ordain, HOOK_TCX_INGRESS, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(company_of_our_own_is_an_error),
		ORDAIN_TEST(xdp_refuses_every_late_loader),
		ORDAIN_TEST(xdp_of_others_blocks_it),
		ORDAIN_TEST(tcx_intruder_is_told),
		ORDAIN_TEST(tcx_intruder_is_told_in_a_pause),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
