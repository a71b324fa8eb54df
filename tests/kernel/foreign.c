/* SPDX-License-Identifier: GPL-2.0-only */
/* Others on the same hooks: nothing of theirs is touched, and who is in the way is named. */
#include <signal.h>
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

static const char *tag_of(const struct ordain *ordain, int program)
{
	struct bpf_prog_info info;
	__u32 length = sizeof(info);
	struct text text = TEXT(ordain->arena);

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_prog_get_info_by_fd(program, &info, &length), 0);
	for (size_t i = 0; i < sizeof(info.tag); i++)
		text_printf(&text, "%02x", info.tag[i]);
	return text_string(&text);
}

/* Held by this process, pinned, and described in full wherever one may ask. */
static void assert_described(const struct ordain *ordain, int program, const char *how)
{
	struct outcome outcomes[] = {
		ordain_run(ordain, "plan"),
		ordain_run(ordain, "apply"),
		ordain_run(ordain, "status"),
	};

	assert_int_equal(outcomes[0].code, 1);
	assert_int_equal(outcomes[1].code, 1);
	assert_int_equal(outcomes[2].code, 2);
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++) {
		assert_says(outcomes[i].out, "BLOCKED");
		assert_says(outcomes[i].err, "error[hook-taken]");
		assert_says(outcomes[i].err,
			    arena_printf(ordain->arena, "id %u 'foreign'", foreign_id(program)));
		assert_says(outcomes[i].err,
			    arena_printf(ordain->arena, "tag: %s", tag_of(ordain, program)));
		assert_says(outcomes[i].err, how);
		assert_says(outcomes[i].err,
			    arena_printf(ordain->arena, "pinned at: %s/somebody", ordain->bpffs));
		assert_says(outcomes[i].err, arena_printf(ordain->arena, "pid %d", getpid()));
	}
	assert_int_equal(hook_program("eth0", HOOK_XDP), foreign_id(program));
}

static int load_pinned(const struct ordain *ordain)
{
	const char *pin = arena_printf(ordain->arena, "%s/somebody", ordain->bpffs);
	int program = foreign_load(HOOK_XDP);

	unlink(pin);
	assert_int_equal(bpf_obj_pin(program, pin), 0);
	return program;
}

static void unload(const struct ordain *ordain, int program)
{
	assert_int_equal(unlink(arena_printf(ordain->arena, "%s/somebody", ordain->bpffs)), 0);
	close(program);
}

static void xdp_attached_by_netlink_blocks_and_is_named(void **state)
{
	struct ordain *ordain = *state;
	int program = load_pinned(ordain);

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	foreign_netlink("eth0", program);
	assert_described(ordain, program, "attached by: netlink");
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), foreign_id(program));
	assert_true(agent_said(ordain, "error[hook-taken]"));
	/* It goes away, and the agent takes the hook by itself. */
	foreign_netlink_off("eth0");
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	wait_until(ordain, ordain_in_sync(ordain));
	unload(ordain, program);
}

static void xdp_attached_by_link_blocks_and_is_named(void **state)
{
	struct ordain *ordain = *state;
	int program = load_pinned(ordain);
	int link = foreign_link("eth0", HOOK_XDP, program, true);
	uint32_t id = hook_holding("eth0", HOOK_XDP).links[0];

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	/* The kernel does not lead from a hook to its link; holding it is how one can tell. */
	assert_int_not_equal(id, 0);
	assert_described(ordain, program, "held by:");
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), foreign_id(program));
	close(link);
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	wait_until(ordain, ordain_in_sync(ordain));
	unload(ordain, program);
}

/* Detached and taken between two looks, there is nothing to do, but something to say. */
static void xdp_lost_to_somebody_is_told(void **state)
{
	struct ordain *ordain = *state;
	int program = load_pinned(ordain);
	int link;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	agent_signal(ordain, SIGSTOP);
	foreign_detach(hook_holding("eth0", HOOK_XDP).links[0]);
	link = foreign_link("eth0", HOOK_XDP, program, true);
	agent_signal(ordain, SIGCONT);
	wait_until(ordain, agent_count(ordain, "error[hook-taken]"));
	sleep(3);
	assert_int_equal(agent_count(ordain, "error[hook-taken]"), 1);
	close(link);
	wait_until(ordain, ordain_in_sync(ordain));
	unload(ordain, program);
}

/* One blocked hook is no reason to hold up another. */
static void blocked_hook_does_not_hold_up_others(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);

	need_tcx();
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, "ab");
	policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_INGRESS, "cd");
	foreign_netlink("eth0", program);
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	way_open(ordain, HOOK_TCX_INGRESS);
	way_expect(ordain, 10, "cd");
	foreign_netlink_off("eth0");
	close(program);
}

struct neighbours {
	int programs[2];
	int links[2];
	struct holding before;
};

static struct neighbours put_neighbours(enum hook hook)
{
	struct neighbours neighbours;

	for (size_t i = 0; i < 2; i++) {
		neighbours.programs[i] = foreign_load(hook);
		neighbours.links[i] = foreign_link("eth0", hook, neighbours.programs[i], i == 0);
	}
	neighbours.before = hook_holding("eth0", hook);
	return neighbours;
}

/* Theirs, in their order, with ours at `ours`; -1: not there. */
static void assert_neighbours(const struct neighbours *neighbours, enum hook hook, int ours)
{
	struct holding now = hook_holding("eth0", hook);
	size_t at = 0;

	assert_int_equal(now.count, ours < 0 ? 2 : 3);
	for (size_t i = 0; i < now.count; i++) {
		if ((int)i == ours)
			continue;
		assert_int_equal(now.programs[i], neighbours->before.programs[at]);
		assert_int_equal(now.links[i], neighbours->before.links[at]);
		at++;
	}
}

static void tcx_of_others_stays_untouched(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	for (enum hook hook = HOOK_TCX_INGRESS; hook <= HOOK_TCX_EGRESS; hook++) {
		struct neighbours neighbours = put_neighbours(hook);

		policy_chain(ordain, "p.yaml", "eth0", hook, "ab");
		ordain_do(ordain, "apply");
		assert_neighbours(&neighbours, hook, 0);
		assert_says(ordain_do(ordain, "status"), "foreign");
		policy_chain(ordain, "p.yaml", "eth0", hook, "ba");
		ordain_do(ordain, "apply");
		assert_neighbours(&neighbours, hook, 0);
		way_open(ordain, hook);
		way_expect(ordain, 10, "ba");
		way_close(ordain);
		policy_clear(ordain, "p.yaml");
		ordain_do(ordain, "apply");
		assert_neighbours(&neighbours, hook, -1);
		for (size_t i = 0; i < 2; i++) {
			close(neighbours.links[i]);
			close(neighbours.programs[i]);
		}
	}
}

/* Somebody comes later and goes to the head: ours come before it again, and nothing else happens. */
static void tcx_that_comes_later_goes_behind_ours(void **state)
{
	struct ordain *ordain = *state;
	struct neighbours neighbours;

	need_tcx();
	policy_chain(ordain, "p.yaml", "eth0", HOOK_TCX_INGRESS, "ab");
	agent_start_ready(ordain);
	neighbours = put_neighbours(HOOK_TCX_INGRESS);
	neighbours.before.programs[1] = neighbours.before.programs[2];
	neighbours.before.links[1] = neighbours.before.links[2];
	wait_until(ordain, agent_said(ordain, "> a, > b"));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_neighbours(&neighbours, HOOK_TCX_INGRESS, 0);
	for (size_t i = 0; i < 2; i++) {
		close(neighbours.links[i]);
		close(neighbours.programs[i]);
	}
}

/* Whoever comes behind what is to be last: ours goes behind it. */
static void last_stays_behind_whoever_comes(void **state)
{
	struct ordain *ordain = *state;
	struct neighbours neighbours;
	struct holding holding;

	need_tcx();
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: tcx-ingress, interfaces: [eth0], object: %s, "
		     "function: stamp_tc, last: true}\n",
		     object_path(ordain, "stamp_a"));
	ordain_do(ordain, "apply");
	assert_int_equal(ordain_run(ordain, "status").code, 0);
	neighbours = put_neighbours(HOOK_TCX_INGRESS);
	assert_int_equal(ordain_run(ordain, "status").code, 2);
	ordain_do(ordain, "apply");
	assert_int_equal(ordain_run(ordain, "status").code, 0);
	holding = hook_holding("eth0", HOOK_TCX_INGRESS);
	assert_int_equal(holding.count, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_int_not_equal(holding.programs[2], foreign_id(neighbours.programs[i]));
		close(neighbours.links[i]);
		close(neighbours.programs[i]);
	}
	assert_int_equal(ordain_run(ordain, "status").code, 0);
}

static void first_stays_before_whoever_comes(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_TCX_EGRESS);
	int link;

	need_tcx();
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: tcx-egress, interfaces: [eth0], object: %s, "
		     "function: stamp_tc, first: true}\n",
		     object_path(ordain, "stamp_a"));
	ordain_do(ordain, "apply");
	link = foreign_link("eth0", HOOK_TCX_EGRESS, program, true);
	assert_int_equal(ordain_run(ordain, "status").code, 2);
	ordain_do(ordain, "apply");
	assert_int_equal(ordain_run(ordain, "status").code, 0);
	assert_int_equal(hook_holding("eth0", HOOK_TCX_EGRESS).programs[1], foreign_id(program));
	close(link);
	close(program);
	assert_int_equal(ordain_run(ordain, "status").code, 0);
}

/* With a policy and on hooks that it does not speak of: who put it there, and who holds it. */
static void status_all_tells_whose_programs_are(void **state)
{
	struct ordain *ordain = *state;
	int pinned = load_pinned(ordain);
	int other, link;
	const char *out;

	need_tcx();
	policy_chain(ordain, "p.yaml", "eth0", HOOK_TCX_INGRESS, "ab");
	ordain_do(ordain, "apply");
	foreign_netlink("lo", pinned);
	other = foreign_load(HOOK_TCX_INGRESS);
	link = foreign_link("eth0", HOOK_TCX_INGRESS, other, false);
	out = ordain_do(ordain, "status --all");
	assert_says(out, arena_printf(ordain->arena, "1  a, b     ours, id %u, tag ",
				      hook_holding("eth0", HOOK_TCX_INGRESS).programs[0]));
	assert_says(out, arena_printf(ordain->arena,
				      "2  foreign  foreign, id %u, tag %s, attached by link %u\n",
				      foreign_id(other), tag_of(ordain, other),
				      hook_holding("eth0", HOOK_TCX_INGRESS).links[1]));
	assert_says(out, arena_printf(ordain->arena,
				      "1  foreign  foreign, id %u, tag %s, attached by netlink\n",
				      foreign_id(pinned), tag_of(ordain, pinned)));
	assert_says(out, " UTC by root\n");
	assert_says(out, arena_printf(ordain->arena, "pinned at %s/somebody\n", ordain->bpffs));
	assert_says(out, arena_printf(ordain->arena, "(pid %d)", getpid()));
	assert_says(ordain_do(ordain, "status --all -o json"), "\"attached\": \"netlink\"");
	foreign_netlink_off("lo");
	close(link);
	close(other);
	unload(ordain, pinned);
}

static void status_all_shows_tc_filters(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_TCX_INGRESS);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)netns_ifindex("eth0"),
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .handle = 7, .priority = 3);
	const char *out;

	libbpf_set_print(NULL);
	if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &options)) {
		close(program);
		print_message("SKIP: this kernel has no clsact, or no cls_bpf\n");
		skip();
	}
	out = ordain_do(ordain, "status --all");
	assert_says(out, "eth0 tcx-ingress\n  tc  ");
	assert_says(out, arena_printf(ordain->arena,
				      "tc filter of kind bpf, priority 3, handle 0x7, id %u, "
				      "direct-action\n",
				      foreign_id(program)));
	assert_null(strstr(out, "The tc filters do not see"));
	policy_chain(ordain, "p.yaml", "eth0", HOOK_TCX_INGRESS, "a");
	ordain_do(ordain, "apply");
	assert_says(ordain_do(ordain, "status --all"), "The tc filters do not see");
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	assert_int_equal(bpf_tc_hook_destroy(&hook), 0);
	close(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(xdp_attached_by_netlink_blocks_and_is_named),
		ORDAIN_TEST(xdp_attached_by_link_blocks_and_is_named),
		ORDAIN_TEST(xdp_lost_to_somebody_is_told),
		ORDAIN_TEST(blocked_hook_does_not_hold_up_others),
		ORDAIN_TEST(tcx_of_others_stays_untouched),
		ORDAIN_TEST(tcx_that_comes_later_goes_behind_ours),
		ORDAIN_TEST(last_stays_behind_whoever_comes),
		ORDAIN_TEST(first_stays_before_whoever_comes),
		ORDAIN_TEST(status_all_tells_whose_programs_are),
		ORDAIN_TEST(status_all_shows_tc_filters),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
