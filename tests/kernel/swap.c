/* SPDX-License-Identifier: GPL-2.0-only */
/* A chain is swapped as a whole: under traffic no packet is lost, and none sees a mixture. */
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { EDITS = 50, PACKETS_BETWEEN = 50 };

static void assert_only(const struct ordain *ordain, const char *const *traces, size_t count)
{
	const struct receipt *receipt = &ordain->way->receipt;
	uint64_t known = 0;

	for (size_t i = 0; i < count; i++) {
		assert_int_not_equal(receipt_of(receipt, traces[i]), 0);
		known += receipt_of(receipt, traces[i]);
	}
	if (known != receipt->packets)
		fail_msg("%llu of %llu packets met neither the old nor the new order",
			 (unsigned long long)(receipt->packets - known),
			 (unsigned long long)receipt->packets);
	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_equal(receipt->packets, ordain->way->sender.sent);
}

/* Ingress packets meet both hooks, which are swapped one after the other. */
static void write_both(const struct ordain *ordain, unsigned int edit)
{
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, edit % 2 ? "ba" : "ab");
	policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_INGRESS, edit % 2 ? "dc" : "cd");
}

static void swap_by_the_agent_loses_no_packet(void **state)
{
	static const char *const traces[] = { "abcd", "badc" };
	struct ordain *ordain = *state;

	need_tcx();
	write_both(ordain, 0);
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	for (unsigned int edit = 1; edit <= EDITS; edit++) {
		uint32_t xdp = hook_program("eth0", HOOK_XDP);
		uint32_t tcx = hook_program("eth0", HOOK_TCX_INGRESS);

		way_wait(ordain, PACKETS_BETWEEN);
		write_both(ordain, edit);
		wait_until(ordain, hook_program("eth0", HOOK_XDP) != xdp &&
					   hook_program("eth0", HOOK_TCX_INGRESS) != tcx);
	}
	way_wait(ordain, PACKETS_BETWEEN);
	way_stop(ordain);
	for (size_t i = 0; i < sizeof(traces) / sizeof(*traces); i++)
		assert_int_not_equal(receipt_of(&ordain->way->receipt, traces[i]), 0);
	/* Between the two swaps of one pass, packets meet the old order of one and the new of the
	 * other; within one hook nothing is mixed. */
	assert_int_equal(receipt_of(&ordain->way->receipt, "abcd") +
				 receipt_of(&ordain->way->receipt, "badc") +
				 receipt_of(&ordain->way->receipt, "abdc") +
				 receipt_of(&ordain->way->receipt, "bacd"),
			 ordain->way->receipt.packets);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(ordain->way->receipt.packets, ordain->way->sender.sent);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"),
			 ordain->way->sender.sent);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_TCX_INGRESS, "d", "seen"),
			 ordain->way->sender.sent);
}

static void swap_by_apply(struct ordain *ordain, enum hook hook)
{
	static const char *const traces[] = { "abcd", "dbca" };

	policy_chain(ordain, "swap.yaml", "eth0", hook, traces[0]);
	ordain_do(ordain, "apply");
	way_open(ordain, hook);
	way_start(ordain);
	for (unsigned int edit = 1; edit <= EDITS; edit++) {
		way_wait(ordain, PACKETS_BETWEEN);
		policy_chain(ordain, "swap.yaml", "eth0", hook, traces[edit % 2]);
		ordain_do(ordain, "apply");
	}
	way_wait(ordain, PACKETS_BETWEEN);
	way_stop(ordain);
	assert_only(ordain, traces, sizeof(traces) / sizeof(*traces));
	assert_int_equal(ordain_counter(ordain, "eth0", hook, "c", "seen"),
			 ordain->way->sender.sent);
}

static void swap_on_xdp_loses_no_packet(void **state)
{
	swap_by_apply(*state, HOOK_XDP);
}

static void swap_on_tcx_ingress_loses_no_packet(void **state)
{
	need_tcx();
	swap_by_apply(*state, HOOK_TCX_INGRESS);
}

static void swap_on_tcx_egress_loses_no_packet(void **state)
{
	need_tcx();
	swap_by_apply(*state, HOOK_TCX_EGRESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(swap_by_the_agent_loses_no_packet),
		ORDAIN_TEST(swap_on_xdp_loses_no_packet),
		ORDAIN_TEST(swap_on_tcx_ingress_loses_no_packet),
		ORDAIN_TEST(swap_on_tcx_egress_loses_no_packet),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
