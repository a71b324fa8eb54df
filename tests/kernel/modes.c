/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Native and generic XDP: as the policy says, changed only with a gap that somebody allowed, and
 * what becomes of a chain where the driver refuses.
 */
#include <string.h>

#include "agent/kernel/hook_calls.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 200, KILLS = 30, KILL_STEP_MS = 2 };

/* Stamps named by their letters, in this order, on XDP of that interface in that mode. */
static void write_mode(const struct ordain *ordain, const char *interface, const char *letters,
		       const char *mode)
{
	policy_chain(ordain, "chain.yaml", interface, HOOK_XDP, letters);
	policy_write(ordain, "mode.yaml", "chains:\n  - {interfaces: [%s], hook: xdp, mode: %s}\n",
		     interface, mode);
}

/* "none" where nothing is attached. */
static const char *mode_of(const char *interface)
{
	struct hook_state state;

	assert_int_equal(hook_query(HOOK_XDP, netns_ifindex(interface), &state), 0);
	return state.mode ? state.mode : "none";
}

static void assert_refused(const struct ordain *ordain, const char *command, const char *words)
{
	struct outcome outcome = ordain_run(ordain, "%s", command);

	assert_int_equal(outcome.code, 1);
	if (!strstr(outcome.err, words))
		fail_msg("'%s' is not said: %s", words, outcome.err);
}

static void mode_is_as_written(void **state)
{
	static const char *const modes[] = { "native", "generic", "auto" };
	struct ordain *ordain = *state;

	way_open(ordain, HOOK_XDP);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		write_mode(ordain, "eth0", "ab", modes[i]);
		ordain_do(ordain, "apply");
		assert_string_equal(mode_of("eth0"), i == 1 ? "generic" : "native");
		assert_non_null(strstr(ordain_do(ordain, "status -o json"),
				       i == 1 ? "\"linked, generic\"" : "\"linked, native\""));
		way_expect(ordain, PACKETS, "ab");
		policy_clear(ordain, "chain.yaml");
		ordain_do(ordain, "apply");
		assert_string_equal(mode_of("eth0"), "none");
	}
}

static void change_waits_until_a_gap_is_allowed(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	write_mode(ordain, "eth0", "ab", "native");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ab");
	write_mode(ordain, "eth0", "ba", "generic");
	assert_refused(ordain, "plan", "mode.yaml:3:43: error[needs-gap]");
	assert_refused(ordain, "apply", "`ordain apply --allow-gap`");
	assert_string_equal(mode_of("eth0"), "native");
	way_expect(ordain, PACKETS, "ba");
	outcome = ordain_run(ordain, "status");
	assert_int_equal(outcome.code, 2);
	assert_non_null(strstr(outcome.out, "waits for `ordain apply --allow-gap`"));
	outcome = ordain_run(ordain, "plan");
	assert_non_null(strstr(outcome.out, "-/+ 1  b"));
	ordain_do(ordain, "apply --allow-gap");
	assert_string_equal(mode_of("eth0"), "generic");
	way_expect(ordain, PACKETS, "ba");
	assert_true(ordain_in_sync(ordain));
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"), 3 * PACKETS);
}

static void agent_never_makes_a_gap(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	write_mode(ordain, "eth0", "ab", "native");
	agent_start_ready(ordain);
	program = hook_program("eth0", HOOK_XDP);
	write_mode(ordain, "eth0", "ba", "generic");
	wait_until(ordain, agent_said(ordain, "error[needs-gap]"));
	wait_until(ordain, hook_program("eth0", HOOK_XDP) != program);
	assert_string_equal(mode_of("eth0"), "native");
	ordain_do(ordain, "apply --allow-gap");
	assert_string_equal(mode_of("eth0"), "generic");
	program = hook_program("eth0", HOOK_XDP);
	/* What it finds is what its policy says: the chain goes on through its next passes. */
	agent_forget(ordain);
	write_mode(ordain, "eth0", "bac", "generic");
	wait_until(ordain, agent_said(ordain, "swap in a chain of 3"));
	assert_string_equal(mode_of("eth0"), "generic");
	assert_true(ordain_in_sync(ordain));
}

/* Packets flow all the while: those of the gap pass without the chain, and no others. */
static void change_under_traffic(struct ordain *ordain, const char *mode)
{
	const struct receipt *receipt = &ordain->way->receipt;
	uint64_t seen = ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen");
	uint64_t sent = ordain->way->sender.sent;

	write_mode(ordain, "eth0", "ab", mode);
	way_start(ordain);
	way_wait(ordain, PACKETS);
	ordain_do(ordain, "apply --allow-gap");
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	sent = ordain->way->sender.sent - sent;
	seen = ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen") - seen;
	assert_string_equal(mode_of("eth0"), mode);
	print_message("to %s: of %llu packets %llu passed without the chain, %llu were lost\n",
		      mode, (unsigned long long)sent, (unsigned long long)receipt_of(receipt, ""),
		      (unsigned long long)receipt->lost);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_equal(receipt_of(receipt, "ab") + receipt_of(receipt, ""), receipt->packets);
	assert_int_equal(receipt->packets + receipt->lost, sent);
	/* The counters went over to the new chain, and miss no packet that met either. */
	assert_in_range(seen, receipt_of(receipt, "ab"), receipt_of(receipt, "ab") + receipt->lost);
	/* Before and behind the gap, everything is met. */
	way_expect(ordain, PACKETS, "ab");
}

static void change_under_traffic_has_one_gap(void **state)
{
	struct ordain *ordain = *state;

	write_mode(ordain, "eth0", "ab", "native");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ab");
	change_under_traffic(ordain, "generic");
	change_under_traffic(ordain, "native");
}

static void native_without_a_driver_is_an_error(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	write_mode(ordain, "lo", "ab", "native");
	assert_refused(ordain, "apply", "mode.yaml:3:41: error[xdp-mode]: lo xdp: ");
	assert_refused(ordain, "apply --allow-gap", "say 'mode: generic'");
	assert_string_equal(mode_of("lo"), "none");
	write_mode(ordain, "lo", "ab", "auto");
	ordain_do(ordain, "apply");
	assert_string_equal(mode_of("lo"), "generic");
	program = hook_program("lo", HOOK_XDP);
	write_mode(ordain, "lo", "ab", "native");
	assert_refused(ordain, "apply --allow-gap", "error[xdp-mode]: lo xdp: ");
	assert_string_equal(mode_of("lo"), "generic");
	assert_int_equal(hook_program("lo", HOOK_XDP), program);
	policy_clear(ordain, "chain.yaml");
	ordain_do(ordain, "apply");
}

static void set_mtu(const struct ordain *ordain, unsigned int mtu)
{
	netns_ip(ordain->netns, NETNS_NEAR, "link set eth0 mtu %u", mtu);
	netns_ip(ordain->netns, NETNS_FAR, "link set far0 mtu %u", mtu);
}

/* The driver has native XDP, but not for frames of this size. */
static void refused_mode_is_put_back(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	set_mtu(ordain, 9000);
	write_mode(ordain, "eth0", "ab", "native");
	assert_refused(ordain, "apply", "does not take the chain in native mode");
	assert_refused(ordain, "apply", "MTU");
	assert_string_equal(mode_of("eth0"), "none");
	write_mode(ordain, "eth0", "ab", "generic");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ab");
	program = hook_program("eth0", HOOK_XDP);
	write_mode(ordain, "eth0", "ba", "native");
	/* The new order came with the new mode, in one step, and went with it. */
	assert_refused(ordain, "apply --allow-gap", "does not take the chain in native mode");
	assert_string_equal(mode_of("eth0"), "generic");
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	way_expect(ordain, PACKETS, "ab");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"), 2 * PACKETS);
	set_mtu(ordain, 1500);
	ordain_do(ordain, "apply --allow-gap");
	assert_string_equal(mode_of("eth0"), "native");
	way_expect(ordain, PACKETS, "ba");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"), 3 * PACKETS);
}

/* Whenever it dies: the next pass brings the chain, in the new mode. */
static void killed_change_is_finished(void **state)
{
	struct ordain *ordain = *state;
	unsigned int in_gap = 0;

	write_mode(ordain, "eth0", "ab", "native");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	for (unsigned int i = 1; i <= KILLS; i++) {
		const char *mode = i % 2 ? "generic" : "native";

		write_mode(ordain, "eth0", "ab", mode);
		ordain_shell(ordain,
			     "timeout -s KILL 0.%03u $ORDAIN --root $ROOT --bpffs $BPFFS "
			     "apply --allow-gap",
			     i * KILL_STEP_MS);
		/* The gap is behind us where it died in it. */
		in_gap += !strcmp(mode_of("eth0"), "none");
		ordain_do(ordain, strcmp(mode_of("eth0"), "none") ? "apply --allow-gap" : "apply");
		assert_string_equal(mode_of("eth0"), mode);
		assert_true(ordain_in_sync(ordain));
		way_expect(ordain, PACKETS, "ab");
		assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"),
				 i * PACKETS);
	}
	print_message("%u of %d died in the gap\n", in_gap, KILLS);
}

/* A stamp that takes packets of one buffer, or of several, alone on eth0. */
static void write_buffers(const struct ordain *ordain, const char *object, const char *mode)
{
	policy_write(ordain, "chain.yaml",
		     "programs:\n"
		     "  p: {hook: xdp, interfaces: [eth0], object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, mode: %s}\n",
		     object_path(ordain, object), mode);
}

static void mtu(const struct ordain *ordain, unsigned int size)
{
	netns_ip(ordain->netns, NETNS_NEAR, "link set %s mtu %u", NETNS_INTERFACE, size);
	netns_ip(ordain->netns, NETNS_FAR, "link set %s mtu %u", NETNS_FAR_INTERFACE, size);
}

/* The kernel has a number for it; the plan says it before, and the step says it after. */
static void chain_of_one_buffer_is_foretold_at_a_large_mtu(void **state)
{
	struct ordain *ordain = *state;
	struct outcome plan;
	uint32_t program;

	mtu(ordain, 9000);
	write_buffers(ordain, "stamp_a", "auto");
	plan = ordain_run(ordain, "plan");
	assert_int_equal(plan.code, 0);
	assert_non_null(strstr(plan.err, "warning[xdp-mode]: eth0 xdp: with an MTU of 9000"));
	assert_refused(ordain, "apply", "one buffer only: 'p'");
	write_buffers(ordain, "features/frags", "auto");
	assert_null(strstr(ordain_run(ordain, "plan").err, "warning"));
	ordain_do(ordain, "apply");
	assert_string_equal(mode_of("eth0"), "native");
	program = hook_program("eth0", HOOK_XDP);
	write_buffers(ordain, "stamp_a", "auto");
	assert_non_null(strstr(ordain_run(ordain, "plan").err, "with an MTU of 9000"));
	assert_refused(ordain, "apply", "error[xdp-mode]");
	assert_refused(ordain, "apply", "is too large for packets of one buffer");
	assert_refused(ordain, "apply", "one buffer only: 'p'");
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	write_buffers(ordain, "stamp_a", "generic");
	ordain_do(ordain, "apply --allow-gap");
	assert_string_equal(mode_of("eth0"), "generic");
	mtu(ordain, 1500);
	write_buffers(ordain, "stamp_a", "native");
	ordain_do(ordain, "apply --allow-gap");
	assert_string_equal(mode_of("eth0"), "native");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(mode_is_as_written),
		ORDAIN_TEST(change_waits_until_a_gap_is_allowed),
		ORDAIN_TEST(agent_never_makes_a_gap),
		ORDAIN_TEST(change_under_traffic_has_one_gap),
		ORDAIN_TEST(native_without_a_driver_is_an_error),
		ORDAIN_TEST(refused_mode_is_put_back),
		ORDAIN_TEST(killed_change_is_finished),
		ORDAIN_TEST(chain_of_one_buffer_is_foretold_at_a_large_mtu),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
