/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What went wrong elsewhere, in other loaders and agents, each as a test: docs/incidents.md lists
 * all of them, and where their tests are.
 */
#include <sys/mount.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/loader.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* What others have on the machine: on our hooks, beside them and behind them. */
struct crowd {
	int programs[HOOK_COUNT];
	int links[2];
};

struct sight {
	struct holding holdings[HOOK_COUNT];
	struct holding other;
	const char *rest;
};

static struct crowd crowd_come(const struct ordain *ordain)
{
	struct crowd crowd;
	int egress;

	filter_add_or_skip(ordain, 'c');
	netns_ip(ordain->netns, NETNS_NEAR, "link add v0 type veth peer name v1");
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		crowd.programs[hook] = foreign_load(hook);
	foreign_netlink("v0", crowd.programs[HOOK_XDP]);
	for (int i = 0; i < 2; i++) {
		int program = foreign_load(HOOK_TCX_INGRESS);

		crowd.links[i] = foreign_link("eth0", HOOK_TCX_INGRESS, program, i == 0);
		close(program);
	}
	egress = bpf_prog_attach(crowd.programs[HOOK_TCX_EGRESS], (int)netns_ifindex("eth0"),
				 BPF_TCX_EGRESS, 0);
	assert_int_equal(egress, 0);
	assert_int_equal(ordain_shell(ordain, "mkdir $BPFFS/theirs").code, 0);
	assert_int_equal(
		bpf_obj_pin(crowd.programs[HOOK_XDP],
			    arena_printf(ordain->arena, "%s/theirs/program", ordain->bpffs)),
		0);
	return crowd;
}

static void crowd_go(const struct ordain *ordain, struct crowd *crowd)
{
	assert_int_equal(bpf_prog_detach2(crowd->programs[HOOK_TCX_EGRESS],
					  (int)netns_ifindex("eth0"), BPF_TCX_EGRESS),
			 0);
	for (int i = 0; i < 2; i++)
		close(crowd->links[i]);
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		close(crowd->programs[hook]);
	assert_int_equal(ordain_shell(ordain, "rm -r $BPFFS/theirs").code, 0);
	clsact_delete(ordain);
}

static struct sight look(const struct ordain *ordain)
{
	struct sight sight = { .other = hook_holding("v0", HOOK_XDP) };

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		sight.holdings[hook] = hook_holding("eth0", hook);
	sight.rest = ordain_shell(ordain, "tc qdisc show; tc filter show dev eth0 ingress; "
					  "ls -lR --time-style=+ $BPFFS/theirs; ls $BPFFS")
			     .out;
	return sight;
}

static void assert_same(const struct sight *before, const struct sight *after)
{
	assert_memory_equal(before->holdings, after->holdings, sizeof(before->holdings));
	assert_memory_equal(&before->other, &after->other, sizeof(before->other));
	assert_string_equal(before->rest, after->rest);
}

static void write_both(const struct ordain *ordain)
{
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, "a");
	policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_INGRESS, "b");
}

/*
 * A daemon's restart flushed what it had not made, on every host that upgraded it (Datadog, March
 * 2023); an observer's restart removed another agent's programs (retina#1804); programs were there
 * twice after a restart (cilium#44194).
 */
static void restart_flushes_nothing_of_others(void **state)
{
	struct ordain *ordain = *state;
	struct sight before, after;
	struct crowd crowd;

	need_tcx();
	crowd = crowd_come(ordain);
	write_both(ordain);
	agent_start_ready(ordain);
	before = look(ordain);
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	for (int i = 0; i < 2; i++) {
		agent_stop(ordain);
		agent_start_ready(ordain);
		agent_kill(ordain);
		agent_start_ready(ordain);
		after = look(ordain);
		assert_same(&before, &after);
	}
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "abc"), ordain->way->receipt.packets);
	agent_stop(ordain);
	crowd_go(ordain, &crowd);
}

/* An agent removed a program that was not its own (calico#5250); clean-ups took clsact along. */
static void cleanup_removes_nothing_of_others(void **state)
{
	struct ordain *ordain = *state;
	struct sight before, after;
	struct crowd crowd;

	need_tcx();
	write_both(ordain); /* so that the directory of our pins is there before, and empty */
	ordain_do(ordain, "apply");
	ordain_do(ordain, "detach");
	ordain_do(ordain, "resume");
	crowd = crowd_come(ordain);
	before = look(ordain);
	agent_start_ready(ordain);
	assert_int_equal(hook_holding("eth0", HOOK_TCX_INGRESS).count, 3);
	policy_clear(ordain, "xdp.yaml");
	policy_clear(ordain, "tcx.yaml");
	wait_until(ordain, hook_holding("eth0", HOOK_TCX_INGRESS).count == 2);
	wait_until(ordain, ordain_in_sync(ordain));
	after = look(ordain);
	assert_same(&before, &after);
	write_both(ordain);
	wait_until(ordain, hook_holding("eth0", HOOK_TCX_INGRESS).count == 3);
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	after = look(ordain);
	assert_same(&before, &after);
	ordain_do(ordain, "resume");
	crowd_go(ordain, &crowd);
}

/* Somebody else's clean-up deletes the qdisc that it thinks is its own: ours is not in it. */
static void deleted_clsact_leaves_our_chain(void **state)
{
	struct ordain *ordain = *state;
	struct holding before, after;

	need_tcx();
	filter_add_or_skip(ordain, 'c');
	policy_chain(ordain, "p.yaml", "eth0", HOOK_TCX_INGRESS, "ab");
	agent_start_ready(ordain);
	agent_forget(ordain);
	before = hook_holding("eth0", HOOK_TCX_INGRESS);
	way_open(ordain, HOOK_TCX_INGRESS);
	way_start(ordain);
	way_wait(ordain, 100);
	clsact_delete(ordain);
	way_wait(ordain, 100);
	way_stop(ordain);
	after = hook_holding("eth0", HOOK_TCX_INGRESS);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_not_equal(receipt_of(&ordain->way->receipt, "abc"), 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "ab") +
				 receipt_of(&ordain->way->receipt, "abc"),
			 ordain->way->receipt.packets);
	assert_true(ordain_in_sync(ordain));
	assert_int_equal(agent_count(ordain, "\n"), 0);
}

static void write_priorities(const struct ordain *ordain, enum hook hook, int a, int b)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: %s, interfaces: [eth0], object: %s, priority: %d}\n"
		     "  b: {hook: %s, interfaces: [eth0], object: %s, priority: %d}\n",
		     hook_name(hook), object_path(ordain, "stamp_a"), a, hook_name(hook),
		     object_path(ordain, "stamp_b"), b);
}

/*
 * With tc, a filter of a new priority is another filter, and the old one runs on; with others a
 * priority is changed by taking the program off and attaching it again (bpfman#343).
 */
static void priority_change_leaves_nothing_behind(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		struct holding before, after;

		write_priorities(ordain, hook, 1, 2);
		ordain_do(ordain, "apply");
		before = hook_holding("eth0", hook);
		way_open(ordain, hook);
		way_start(ordain);
		for (int i = 0; i < 10; i++) {
			write_priorities(ordain, hook, i % 2 ? 1 : 3, 2);
			ordain_do(ordain, "apply");
		}
		way_stop(ordain);
		after = hook_holding("eth0", hook);
		assert_int_equal(after.count, 1);
		assert_int_equal(after.links[0], before.links[0]);
		assert_int_equal(ordain->way->receipt.lost, 0);
		assert_int_equal(receipt_of(&ordain->way->receipt, "ab") +
					 receipt_of(&ordain->way->receipt, "ba"),
				 ordain->way->receipt.packets);
		way_expect(ordain, 10, "ab");
		way_close(ordain);
		policy_clear(ordain, "p.yaml");
		ordain_do(ordain, "apply");
	}
}

/* Which of several with one priority runs first was a matter of who came when (bpfman#678, #793). */
static void ties_do_not_depend_on_history(void **state)
{
	static const char *const histories[] = { "abc", "acb", "bac", "bca", "cab", "cba" };
	struct ordain *ordain = *state;

	way_open(ordain, HOOK_XDP);
	for (size_t i = 0; i < sizeof(histories) / sizeof(*histories); i++) {
		for (const char *at = histories[i]; *at; at++) {
			const char *name = arena_printf(ordain->arena, "%c", *at);

			policy_chain(ordain, arena_printf(ordain->arena, "%s.yaml", name), "eth0",
				     HOOK_XDP, name);
			ordain_do(ordain, "apply");
		}
		way_expect(ordain, 10, "abc");
		for (const char *at = histories[i]; *at; at++)
			policy_clear(ordain, arena_printf(ordain->arena, "%c.yaml", *at));
		ordain_do(ordain, "apply");
	}
}

/* One bad entry of a configuration kept all of it from being deployed (l3afd#520). */
static void bad_entry_stops_only_its_hook(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	netns_ip(ordain->netns, NETNS_NEAR, "link add v0 type veth peer name v1");
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  bad: {hook: xdp, interfaces: [v0], object: %s}\n"
		     "  gone: {hook: xdp, interfaces: [v1], object: /nowhere.bpf.o}\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s}\n",
		     object_path(ordain, "broken/out_of_bounds"), object_path(ordain, "stamp_a"));
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.out, "2 hooks incomplete");
	assert_says(apply.err, "error[object-missing]: ");
	assert_says(apply.err, "error[verifier");
	assert_int_equal(hook_program("v0", HOOK_XDP), 0);
	assert_int_equal(hook_program("v1", HOOK_XDP), 0);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "a");
	assert_int_equal(ordain_run(ordain, "status").code, 2);
}

/*
 * An observer that returned TC_ACT_OK let every packet by the firewall behind it (retina#252, #276).
 * Here it ends nothing unless the policy says that its verdict counts.
 */
static void observer_that_says_ok_ends_nothing(void **state)
{
	static const struct {
		const char *object;
		const char *function;
		const char *mark;
		const char *trace;
	} observers[] = {
		{ "final", "ok_tc", "shadow: true", "zb" },
		{ "final", "ok_tc", "shadow: false", "z" },
		{ "judged/skb_reads", "bytes_of_network_header", "readonly: true", "b" },
		{ "judged/skb_reads", "bytes_of_network_header", "readonly: false", "" },
	};
	struct ordain *ordain = *state;

	need_tcx();
	way_open(ordain, HOOK_TCX_EGRESS);
	for (size_t i = 0; i < sizeof(observers) / sizeof(*observers); i++) {
		policy_write(ordain, "p.yaml",
			     "programs:\n"
			     "  observer: {hook: tcx-egress, interfaces: [eth0], object: %s, "
			     "function: %s, stage: tap, %s}\n"
			     "  wall: {hook: tcx-egress, interfaces: [eth0], object: %s}\n",
			     object_path(ordain, observers[i].object), observers[i].function,
			     observers[i].mark, object_path(ordain, "stamp_b"));
		ordain_do(ordain, "apply");
		way_expect(ordain, 10, observers[i].trace);
	}
}

/* tc filters that no packet reaches any more, since a program on tcx ends it (retina#1958). */
static void filters_unreached_behind_tcx_are_told(void **state)
{
	struct ordain *ordain = *state;
	const char *out;

	need_tcx();
	filter_add_or_skip(ordain, 'c');
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  final: {hook: tcx-ingress, interfaces: [eth0], object: %s, "
		     "function: ok_tc}\n",
		     object_path(ordain, "final"));
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_TCX_INGRESS);
	way_expect(ordain, 10, "z");
	out = ordain_do(ordain, "status --all");
	assert_says(out, "tc filter of kind bpf");
	assert_says(out, "The tc filters do not see what ends above with pass, drop or redirect");
	clsact_delete(ordain);
}

/*
 * Pins outlived the interface, and the next start took them for a running chain (l3afd#751). Here
 * the interface is back, under the same name and number, before anybody looks.
 */
static void stale_pins_of_a_crash_are_replaced(void **state)
{
	struct ordain *ordain = *state;
	unsigned int index;

	netns_ip(ordain->netns, NETNS_NEAR, "link add v0 type veth peer name v1");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	index = netns_ifindex("v0");
	for (int i = 0; i < 3; i++) {
		agent_kill(ordain);
		netns_ip(ordain->netns, NETNS_NEAR, "link del v0");
		netns_ip(ordain->netns, NETNS_NEAR, "link add v0 index %u type veth peer name v1",
			 index);
		assert_int_equal(hook_program("v0", HOOK_XDP), 0);
		assert_int_equal(ordain_run(ordain, "status").code, 2);
		agent_start_ready(ordain);
		assert_int_not_equal(hook_program("v0", HOOK_XDP), 0);
		assert_true(ordain_in_sync(ordain));
		assert_int_equal(ordain_shell(ordain,
					      "ls -d $BPFFS/ordain/netns-*/%u-xdp/* | "
					      "wc -l | grep -qx 2",
					      index)
					 .code,
				 0);
	}
}

/*
 * Another bpffs over the one with our pins, and no agent that could pin anew: our own chain looks
 * like somebody else's. It is not attached a second time (cilium#47847).
 */
static void covered_bpffs_runs_nothing_twice(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		struct holding before, after;
		struct outcome apply;

		policy_chain(ordain, "p.yaml", "eth0", hook, "ab");
		ordain_do(ordain, "apply");
		before = hook_holding("eth0", hook);
		assert_int_equal(mount("bpf", ordain->bpffs, "bpf", 0, "mode=0700"), 0);
		apply = ordain_run(ordain, "apply");
		agent_start_ready(ordain);
		/* It looks every second, and leaves it at that. */
		sleep(1);
		agent_notified(ordain, "STATUS=");
		sleep(2);
		assert_false(agent_notified(ordain, "STATUS="));
		assert_int_equal(agent_count(ordain, "error[hook-taken]"), 1);
		agent_stop(ordain);
		agent_forget(ordain);
		after = hook_holding("eth0", hook);
		way_open(ordain, hook);
		assert_int_equal(umount2(ordain->bpffs, MNT_DETACH), 0);
		assert_int_equal(apply.code, 1);
		assert_says(apply.err, "error[hook-taken]");
		assert_says(apply.err, "that is a chain of ordain whose pins are not here");
		assert_memory_equal(&before, &after, sizeof(before));
		way_expect(ordain, 10, "ab");
		assert_true(ordain_in_sync(ordain));
		way_close(ordain);
		policy_clear(ordain, "p.yaml");
		ordain_do(ordain, "apply");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(restart_flushes_nothing_of_others),
		ORDAIN_TEST(cleanup_removes_nothing_of_others),
		ORDAIN_TEST(deleted_clsact_leaves_our_chain),
		ORDAIN_TEST(priority_change_leaves_nothing_behind),
		ORDAIN_TEST(ties_do_not_depend_on_history),
		ORDAIN_TEST(bad_entry_stops_only_its_hook),
		ORDAIN_TEST(observer_that_says_ok_ends_nothing),
		ORDAIN_TEST(filters_unreached_behind_tcx_are_told),
		ORDAIN_TEST(stale_pins_of_a_crash_are_replaced),
		ORDAIN_TEST(covered_bpffs_runs_nothing_twice),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
