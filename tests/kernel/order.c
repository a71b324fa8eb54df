/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order in the files is the order in which packets meet the programs; verdicts end a chain
 * where they should; counters are exact.
 */
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static void order_is_what_the_policy_says(void **state)
{
	static const char *const orders[] = { "abcd", "dcba", "bdac", "c" };
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		way_open(ordain, hook);
		for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
			policy_chain(ordain, "order.yaml", "eth0", hook, orders[i]);
			ordain_do(ordain, "apply");
			way_expect(ordain, 100, orders[i]);
		}
		way_close(ordain);
	}
}

static void order_of_all_hooks_at_once(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, "ba");
	policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_INGRESS, "dc");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 100, "badc");
}

static const char *next_name(enum hook hook)
{
	return hook == HOOK_XDP ? "pass" : "next";
}

static void assert_counter(const struct ordain *ordain, enum hook hook, const char *element,
			   const char *counter, uint64_t expected)
{
	uint64_t count = ordain_counter(ordain, "eth0", hook, element, counter);

	if (count != expected)
		fail_msg("%s: %s %s is %llu, not %llu", hook_name(hook), element, counter,
			 (unsigned long long)count, (unsigned long long)expected);
}

/* Each hook in turn: 100 packets go through, 10 are dropped by the program in the middle. */
static void drop_in_the_middle_ends_the_chain(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		policy_chain(ordain, "drop.yaml", "eth0", hook, "aBc");
		ordain_do(ordain, "apply");
		way_open(ordain, hook);
		way_expect(ordain, 100, "abc");
		assert_int_equal(way_send(ordain, 'b', 10, "abc"), 0);
		assert_int_equal(ordain->way->receipt.lost, 10);
		way_close(ordain);
		assert_counter(ordain, hook, "a", "seen", 110);
		assert_counter(ordain, hook, "a", next_name(hook), 110);
		assert_counter(ordain, hook, "a", "drop", 0);
		assert_counter(ordain, hook, "b", "seen", 110);
		assert_counter(ordain, hook, "b", next_name(hook), 100);
		assert_counter(ordain, hook, "b", "drop", 10);
		assert_counter(ordain, hook, "c", "seen", 100);
		assert_counter(ordain, hook, "c", next_name(hook), 100);
	}
}

static void counters_are_carried_over_a_swap_by_name(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		way_open(ordain, hook);
		policy_chain(ordain, "carry.yaml", "eth0", hook, "aBc");
		ordain_do(ordain, "apply");
		way_send(ordain, 'b', 10, "");
		way_expect(ordain, 50, "abc");
		policy_chain(ordain, "carry.yaml", "eth0", hook, "cdB");
		ordain_do(ordain, "apply");
		way_expect(ordain, 5, "cdb");
		assert_counter(ordain, hook, "c", "seen", 55);
		assert_counter(ordain, hook, "d", "seen", 5);
		assert_counter(ordain, hook, "b", "seen", 65);
		assert_counter(ordain, hook, "b", "drop", 10);
		/* Who comes back begins anew. */
		policy_chain(ordain, "carry.yaml", "eth0", hook, "aBc");
		ordain_do(ordain, "apply");
		way_expect(ordain, 1, "abc");
		assert_counter(ordain, hook, "a", "seen", 1);
		assert_counter(ordain, hook, "c", "seen", 56);
		way_close(ordain);
	}
}

/* stamp_a, one program of final.bpf.o, stamp_b. */
static void policy_final(const struct ordain *ordain, enum hook hook, const char *function)
{
	policy_chain(ordain, "stamps.yaml", "eth0", hook, "ab");
	policy_write(ordain, "final.yaml",
		     "programs:\n"
		     "  end:\n"
		     "    hook: %s\n"
		     "    interfaces: [eth0]\n"
		     "    object: %s\n"
		     "    function: %s\n"
		     "    after: [a]\n"
		     "    before: [b]\n",
		     hook_name(hook), object_path(ordain, "final"), function);
	ordain_do(ordain, "apply");
}

static void final_ok_ends_the_tcx_chain_and_passes(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	for (enum hook hook = HOOK_TCX_INGRESS; hook <= HOOK_TCX_EGRESS; hook++) {
		policy_final(ordain, hook, "ok_tc");
		way_open(ordain, hook);
		way_expect(ordain, 20, "az");
		way_close(ordain);
		assert_counter(ordain, hook, "end", "pass", 20);
		assert_counter(ordain, hook, "b", "seen", 0);
	}
}

/* No verdict of tcx's own: it ends tcx all the same, and the packet goes on behind it. */
static void pipe_ends_the_tcx_chain_and_passes(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	policy_final(ordain, HOOK_TCX_INGRESS, "pipe_tc");
	way_open(ordain, HOOK_TCX_INGRESS);
	way_expect(ordain, 20, "az");
	assert_counter(ordain, HOOK_TCX_INGRESS, "end", "pipe", 20);
	assert_counter(ordain, HOOK_TCX_INGRESS, "b", "seen", 0);
}

static void aborted_is_counted_as_such(void **state)
{
	struct ordain *ordain = *state;

	policy_final(ordain, HOOK_XDP, "aborted_xdp");
	way_open(ordain, HOOK_XDP);
	way_send(ordain, 0, 20, "");
	assert_int_equal(ordain->way->receipt.lost, 20);
	assert_counter(ordain, HOOK_XDP, "end", "aborted", 20);
	assert_counter(ordain, HOOK_XDP, "a", "seen", 20);
	assert_counter(ordain, HOOK_XDP, "b", "seen", 0);
}

/* The far end takes what comes back only with an XDP program of its own (bpf/final.bpf.c). */
static void tx_sends_packets_back(void **state)
{
	struct ordain *ordain = *state;
	struct way *way;
	int program = foreign_load(HOOK_XDP);

	policy_final(ordain, HOOK_XDP, "tx_xdp");
	way_open(ordain, HOOK_XDP);
	way = ordain->way;
	receiver_close(way->receiver);
	way->receiver = NULL;
	netns_switch(ordain->netns, NETNS_FAR);
	foreign_netlink(NETNS_FAR_INTERFACE, program);
	assert_int_equal(receiver_open(NETNS_FAR_INTERFACE, &way->receiver), 0);
	netns_switch(ordain->netns, NETNS_NEAR);
	way_expect(ordain, 20, "az");
	netns_switch(ordain->netns, NETNS_FAR);
	foreign_netlink_off(NETNS_FAR_INTERFACE);
	netns_switch(ordain->netns, NETNS_NEAR);
	close(program);
	assert_counter(ordain, HOOK_XDP, "end", "tx", 20);
	assert_counter(ordain, HOOK_XDP, "b", "seen", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(order_is_what_the_policy_says),
		ORDAIN_TEST(order_of_all_hooks_at_once),
		ORDAIN_TEST(drop_in_the_middle_ends_the_chain),
		ORDAIN_TEST(counters_are_carried_over_a_swap_by_name),
		ORDAIN_TEST(final_ok_ends_the_tcx_chain_and_passes),
		ORDAIN_TEST(pipe_ends_the_tcx_chain_and_passes),
		ORDAIN_TEST(aborted_is_counted_as_such),
		ORDAIN_TEST(tx_sends_packets_back),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
