/* SPDX-License-Identifier: GPL-2.0-only */
/* `others`: what is said of programs that no entry names, and what keeps them off. */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* Ours on all interfaces that match, and what becomes of others there. */
static void write_others(const struct ordain *ordain, const char *pattern, enum hook hook,
			 const char *others)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  ours: {hook: %s, interfaces: [\"%s\"], object: %s}\n"
		     "chains:\n"
		     "  - interfaces: [\"%s\"]\n"
		     "    hook: %s\n"
		     "    others: %s\n",
		     hook_name(hook), pattern, object_path(ordain, "stamp_a"), pattern,
		     hook_name(hook), others);
}

/* Told everywhere, with whose it is, and left where it is. */
static void assert_refused(const struct ordain *ordain, const char *words)
{
	struct outcome plan = ordain_run(ordain, "plan");
	struct outcome status = ordain_run(ordain, "status");
	const char *json = ordain_run(ordain, "status -o json").out;

	assert_int_equal(plan.code, 0);
	assert_says(plan.out, "others: refuse (watched: others can still attach)\n");
	assert_says(plan.out, " =! ");
	assert_says(plan.out, words);
	assert_says(plan.err, "warning[foreign-refused]: 1 foreign program on eth0");
	assert_says(plan.err, "    others: refuse");
	assert_int_equal(status.code, 2);
	assert_says(status.out, "INTRUDER");
	assert_says(status.out, words);
	assert_says(json, "\"type\": \"ForeignRefused\",\n          \"status\": true");
	assert_says(json, words);
}

static uint32_t link_of(const char *interface, enum hook hook, uint32_t program)
{
	struct holding holding = hook_holding(interface, hook);

	for (size_t i = 0; i < holding.count; i++)
		if (holding.programs[i] == program)
			return holding.links[i];
	fail_msg("%u is not there", program);
	return 0;
}

static void intruder_comes_and_goes(struct ordain *ordain, enum hook hook, bool at_head)
{
	const char *label = arena_printf(ordain->arena, "ordain: eth0 %s: ", hook_name(hook));
	uint32_t ours = hook_program("eth0", hook);
	int program = foreign_load(hook);
	int link = foreign_link("eth0", hook, program, at_head);
	const char *words = arena_printf(ordain->arena,
					 "not wanted here: attached by link %u, held by ",
					 link_of("eth0", hook, foreign_id(program)));

	wait_until(ordain, agent_said(ordain, arena_printf(ordain->arena, "%sid %u 'foreign' is %s",
							   label, foreign_id(program), words)));
	assert_refused(ordain, words);
	assert_refused(ordain, arena_printf(ordain->arena, "(pid %d)", getpid()));
	sleep(2);
	/* That ours go in front of who came there is said, too. */
	assert_int_equal(agent_count(ordain, label), at_head ? 2 : 1);
	assert_int_equal(hook_holding("eth0", hook).count, 2);
	close(link);
	close(program);
	wait_until(ordain, agent_said(ordain, arena_printf(ordain->arena, "%sno intruder any more",
							   label)));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_true(at_head || hook_program("eth0", hook) == ours);
	agent_forget(ordain);
}

static void tcx_intruder_is_told(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	for (enum hook hook = HOOK_TCX_INGRESS; hook <= HOOK_TCX_EGRESS; hook++) {
		write_others(ordain, "eth0", hook, "refuse");
		agent_start_ready(ordain);
		agent_forget(ordain);
		intruder_comes_and_goes(ordain, hook, true);
		intruder_comes_and_goes(ordain, hook, false);
		agent_stop(ordain);
		agent_forget(ordain);
	}
}

/* What bpftool attaches stays when bpftool has ended, and has no link. */
static void tcx_intruder_without_link_is_told(void **state)
{
	struct ordain *ordain = *state;
	const char *flags = object_path(ordain, "judged/flags");

	need_tcx();
	write_others(ordain, "eth0", HOOK_TCX_INGRESS, "refuse");
	ordain_do(ordain, "apply");
	if (ordain_shell(ordain,
			 "bpftool prog loadall %s $BPFFS/theirs && bpftool net attach tcx_ingress "
			 "pinned $BPFFS/theirs/by_pointer_on_stack dev eth0",
			 flags)
		    .code) {
		print_message("SKIP: bpftool attaches nothing to tcx\n");
		skip();
	}
	assert_refused(ordain, arena_printf(ordain->arena,
					    "not wanted here: attached by fd, pinned at "
					    "%s/theirs/by_pointer_on_stack",
					    ordain->bpffs));
	assert_says(ordain_run(ordain, "status").out, " 'by_pointer_on_stack' is not wanted");
	/* Who is kept is nobody's business, and who is named is welcome. */
	write_others(ordain, "eth0", HOOK_TCX_INGRESS, "keep");
	ordain_do(ordain, "apply");
	assert_true(ordain_in_sync(ordain));
	write_others(ordain, "eth0", HOOK_TCX_INGRESS, "refuse");
	policy_write(ordain, "friend.yaml",
		     "programs:\n"
		     "  friend: {hook: tcx-ingress, attached: {name: by_*_on_stack}}\n");
	ordain_do(ordain, "apply");
	assert_true(ordain_in_sync(ordain));
	ordain_shell(ordain, "bpftool net detach tcx_ingress dev eth0; rm -r $BPFFS/theirs");
}

/* Our link is the lock, whatever is said of others. */
static void xdp_keeps_every_late_loader_off(void **state)
{
	static const char *const words[] = {
		"keep",
		"others: keep (on xdp the same as refuse: every other loader gets EBUSY)\n",
		"refuse",
		"others: refuse (on xdp the same as keep: every other loader gets EBUSY)\n",
	};
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);
	int ifindex = (int)netns_ifindex("eth0");

	for (size_t i = 0; i < 4; i += 2) {
		write_others(ordain, "eth0", HOOK_XDP, words[i]);
		if (!i)
			assert_says(ordain_run(ordain, "plan").out, words[i + 1]);
		ordain_do(ordain, "apply");
		assert_int_equal(bpf_link_create(program, ifindex, BPF_XDP, NULL), -EBUSY);
		assert_int_equal(bpf_xdp_attach(ifindex, program, 0, NULL), -EBUSY);
		assert_true(ordain_in_sync(ordain));
	}
	ordain_do(ordain, "detach");
	ordain_do(ordain, "resume");
	assert_says(ordain_run(ordain, "plan").out, words[3]);
	close(program);
}

/* The first command in the help of an error, between backticks. */
static const char *way_out(const struct ordain *ordain, const char *text)
{
	const char *help = strstr(text, "help: ");
	const char *start = help ? strchr(help, '`') : NULL;
	const char *end = start ? strchr(start + 1, '`') : NULL;

	if (!end)
		fail_msg("no command in:\n%s", text);
	return arena_printf(ordain->arena, "%.*s", (int)(end - start - 1), start + 1);
}

/* The command that the error names is the way out. */
static void assert_leads_out(const struct ordain *ordain)
{
	struct outcome apply = ordain_run(ordain, "apply");
	const char *command;

	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "error[hook-taken]: eth0 xdp is held by another program");
	assert_says(apply.err, "keeps off who comes later, not who was there before");
	command = way_out(ordain, apply.err);
	if (ordain_shell(ordain, "%s", command).code)
		fail_msg("`%s` does not work", command);
	ordain_do(ordain, "apply");
	assert_true(ordain_in_sync(ordain));
	ordain_do(ordain, "detach");
	ordain_do(ordain, "resume");
}

static void xdp_of_others_has_a_way_out(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);
	int link;

	write_others(ordain, "eth0", HOOK_XDP, "refuse");
	foreign_netlink("eth0", program);
	assert_leads_out(ordain);
	assert_int_equal(
		bpf_xdp_attach((int)netns_ifindex("eth0"), program, XDP_FLAGS_SKB_MODE, NULL), 0);
	assert_leads_out(ordain);
	link = foreign_link("eth0", HOOK_XDP, program, true);
	assert_says(ordain_run(ordain, "plan").err,
		    arena_printf(ordain->arena, "(pid %d), or detach it with `bpftool", getpid()));
	assert_leads_out(ordain);
	close(link);
	close(program);
}

/* One loader everywhere is one error, however many interfaces it is. */
static void xdp_taken_on_many_is_one_error(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);
	struct outcome apply;

	for (int i = 0; i < 3; i++) {
		netns_ip(ordain->netns, NETNS_NEAR, "link add v%d type veth peer name p%d", i, i);
		foreign_netlink(arena_printf(ordain->arena, "v%d", i), program);
	}
	write_others(ordain, "v*", HOOK_XDP, "refuse");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, arena_printf(ordain->arena,
					    "error[hook-taken]: v0, v1, v2 xdp are held by another "
					    "program, id %u 'foreign'",
					    foreign_id(program)));
	assert_says(apply.err, "`ip link set dev IFACE xdp off`");
	assert_null(strstr(strstr(apply.err, "hook-taken") + 1, "hook-taken"));
	close(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(tcx_intruder_is_told),
		ORDAIN_TEST(tcx_intruder_without_link_is_told),
		ORDAIN_TEST(xdp_keeps_every_late_loader_off),
		ORDAIN_TEST(xdp_of_others_has_a_way_out),
		ORDAIN_TEST(xdp_taken_on_many_is_one_error),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
