/* SPDX-License-Identifier: GPL-2.0-only */
/* pause, resume and detach: what an administrator's hand stops stays stopped. */
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static void write_policy(const struct ordain *ordain, const char *xdp)
{
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, xdp);
	if (hook_exists("eth0", HOOK_TCX_INGRESS))
		policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_INGRESS, "cd");
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static bool anything_runs(void)
{
	for_each_hook(hook) if (hook_program("eth0", hook)) return true;
	return false;
}

static void paused_agent_changes_nothing(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	write_policy(ordain, "ab");
	agent_start_ready(ordain);
	program = hook_program("eth0", HOOK_XDP);
	ordain_do(ordain, "pause maintenance");
	wait_until(ordain, agent_notified(ordain, "(paused)"));
	write_policy(ordain, "ba");
	wait_until(ordain, agent_notified(ordain, "generation 2 (paused)"));
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	assert_says(ordain_run(ordain, "status").out, "PAUSED");
	assert_says(ordain_run(ordain, "status").out, "maintenance");
	/* Also the next agent. */
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	ordain_do(ordain, "resume");
	wait_until(ordain, hook_program("eth0", HOOK_XDP) != program);
	wait_until(ordain, ordain_in_sync(ordain));
}

static void apply_works_during_a_pause(void **state)
{
	struct ordain *ordain = *state;

	write_policy(ordain, "ab");
	agent_start_ready(ordain);
	ordain_do(ordain, "pause");
	wait_until(ordain, agent_notified(ordain, "(paused)"));
	write_policy(ordain, "ba");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, hook_exists("eth0", HOOK_TCX_INGRESS) ? "bacd" : "ba");
}

static void drift_waits_for_the_end_of_a_pause(void **state)
{
	struct ordain *ordain = *state;

	write_policy(ordain, "ab");
	agent_start_ready(ordain);
	ordain_do(ordain, "pause");
	wait_until(ordain, agent_notified(ordain, "(paused)"));
	foreign_detach(hook_holding("eth0", HOOK_XDP).links[0]);
	assert_int_equal(ordain_run(ordain, "status").code, 2);
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
	ordain_do(ordain, "resume");
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
}

static void pause_ends_by_itself(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	write_policy(ordain, "ab");
	agent_start_ready(ordain);
	program = hook_program("eth0", HOOK_XDP);
	ordain_do(ordain, "pause --for 2s");
	wait_until(ordain, agent_notified(ordain, "(paused)"));
	write_policy(ordain, "ba");
	wait_until(ordain, hook_program("eth0", HOOK_XDP) != program);
	wait_until(ordain, ordain_in_sync(ordain));
}

/* Everything of ours and nothing else; no agent brings it back, nor the next one, nor apply. */
static void detached_stays_detached_until_resume(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	write_policy(ordain, "ab");
	agent_start_ready(ordain);
	ordain_do(ordain, "detach");
	assert_false(anything_runs());
	wait_until(ordain, agent_notified(ordain, "STATUS="));
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_false(anything_runs());
	assert_says(ordain_run(ordain, "status").out, "DETACHED");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "until `ordain resume`");
	write_policy(ordain, "ba");
	wait_until(ordain, agent_notified(ordain, "STATUS="));
	assert_false(anything_runs());
	ordain_do(ordain, "resume");
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	wait_until(ordain, ordain_in_sync(ordain));
}

static void detach_of_one_hook_leaves_the_others(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	need_tcx();
	write_policy(ordain, "ab");
	agent_start_ready(ordain);
	program = hook_program("eth0", HOOK_TCX_INGRESS);
	ordain_do(ordain, "detach eth0 xdp");
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
	agent_kill(ordain);
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
	assert_int_equal(hook_program("eth0", HOOK_TCX_INGRESS), program);
	assert_int_not_equal(ordain_run(ordain, "status").code, 1);
	ordain_do(ordain, "resume");
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	assert_int_equal(hook_program("eth0", HOOK_TCX_INGRESS), program);
}

static void detach_works_without_an_agent(void **state)
{
	struct ordain *ordain = *state;

	write_policy(ordain, "ab");
	ordain_do(ordain, "apply");
	assert_true(anything_runs());
	ordain_do(ordain, "detach");
	assert_false(anything_runs());
	assert_string_equal(ordain_shell(ordain, "ls -d $BPFFS/ordain/netns-*/*-*").out, "");
	/* Twice is as good as once. */
	ordain_do(ordain, "detach");
	ordain_do(ordain, "resume");
	ordain_do(ordain, "apply");
	assert_true(anything_runs());
}

static void detach_touches_nothing_of_others(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_TCX_EGRESS);
	int xdp = foreign_load(HOOK_XDP);
	int link;

	need_tcx();
	link = foreign_link("eth0", HOOK_TCX_EGRESS, program, true);
	foreign_netlink("eth0", xdp);
	policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_EGRESS, "ab");
	ordain_do(ordain, "apply");
	assert_int_equal(hook_holding("eth0", HOOK_TCX_EGRESS).count, 2);
	ordain_do(ordain, "detach");
	assert_int_equal(hook_program("eth0", HOOK_TCX_EGRESS), foreign_id(program));
	assert_int_equal(hook_program("eth0", HOOK_XDP), foreign_id(xdp));
	foreign_netlink_off("eth0");
	close(link);
	close(program);
	close(xdp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(paused_agent_changes_nothing),
		ORDAIN_TEST(apply_works_during_a_pause),
		ORDAIN_TEST(drift_waits_for_the_end_of_a_pause),
		ORDAIN_TEST(pause_ends_by_itself),
		ORDAIN_TEST(detached_stays_detached_until_resume),
		ORDAIN_TEST(detach_of_one_hook_leaves_the_others),
		ORDAIN_TEST(detach_works_without_an_agent),
		ORDAIN_TEST(detach_touches_nothing_of_others),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
