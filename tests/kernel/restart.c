/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets do not notice what becomes of the agent: it is stopped, killed, killed in the middle of
 * swaps, and started again. Where nothing changed, the next one changes nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { SEED = 20240607, KILLS = 40, LONGEST_LIFE_US = 150000 };

static void write_policy(const struct ordain *ordain, bool turned)
{
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, turned ? "ba" : "ab");
	if (hook_exists("eth0", HOOK_TCX_INGRESS))
		policy_chain(ordain, "tcx.yaml", "eth0", HOOK_TCX_INGRESS, turned ? "dc" : "cd");
}

static void assert_same(const struct holding *a, const struct holding *b)
{
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->programs, b->programs, sizeof(a->programs));
	assert_memory_equal(a->links, b->links, sizeof(a->links));
}

/* Everything flows on over the end and the new start of the agent, and nothing is touched. */
static void changes_nothing(struct ordain *ordain, void (*end)(struct ordain *ordain))
{
	struct holding before[HOOK_COUNT];

	write_policy(ordain, false);
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	way_wait(ordain, 100);
	for_each_hook(hook) before[hook] = hook_holding("eth0", hook);
	for (int i = 0; i < 3; i++) {
		end(ordain);
		way_wait(ordain, 1000);
		agent_forget(ordain);
		agent_start_ready(ordain);
		assert_int_equal(agent_count(ordain, ": "), 0);
	}
	way_stop(ordain);
	for_each_hook(hook)
	{
		struct holding after = hook_holding("eth0", hook);

		assert_same(&before[hook], &after);
	}
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(ordain->way->receipt.trace_count, 1);
	assert_true(ordain_in_sync(ordain));
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"),
			 ordain->way->sender.sent);
}

static void restart_after_sigterm_changes_nothing(void **state)
{
	changes_nothing(*state, agent_stop);
}

static void restart_after_kill_changes_nothing(void **state)
{
	changes_nothing(*state, agent_kill);
}

static void restart_finds_what_changed_meanwhile(void **state)
{
	struct ordain *ordain = *state;
	struct holding before, after;

	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	before = hook_holding("eth0", HOOK_XDP);
	agent_stop(ordain);
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, "cba");
	agent_start_ready(ordain);
	after = hook_holding("eth0", HOOK_XDP);
	assert_int_equal(after.links[0], before.links[0]);
	assert_int_not_equal(after.programs[0], before.programs[0]);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "cba");
}

/* In the hook's directory: the link, and one chain. */
static void assert_no_leftovers(const struct ordain *ordain, enum hook hook)
{
	const char *found = ordain_shell(ordain, "ls -d $BPFFS/ordain/netns-*/%u-%s/* | wc -l",
					 netns_ifindex("eth0"), hook_name(hook))
				    .out;

	assert_int_equal(atoi(found), 2);
}

static void assert_receipt(const struct ordain *ordain)
{
	static const char *const traces[] = {
		"ab", "ba", "abcd", "abdc", "bacd", "badc", "cd", "dc"
	};
	const struct receipt *receipt = &ordain->way->receipt;
	uint64_t known = 0;

	for (size_t i = 0; i < sizeof(traces) / sizeof(*traces); i++)
		known += receipt_of(receipt, traces[i]);
	assert_int_equal(known, receipt->packets);
	assert_int_equal(receipt->lost, 0);
}

/* Each life begins with a policy to put in force, and ends at a moment that chance has chosen. */
static void kill_in_the_middle_of_swaps_loses_no_packet(void **state)
{
	struct ordain *ordain = *state;
	unsigned int seed = SEED;

	write_policy(ordain, false);
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	for (unsigned int i = 1; i <= KILLS; i++) {
		write_policy(ordain, i % 2);
		agent_start(ordain);
		usleep((unsigned int)rand_r(&seed) % LONGEST_LIFE_US);
		agent_kill(ordain);
	}
	agent_start_ready(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	way_stop(ordain);
	assert_receipt(ordain);
	for_each_hook(hook) if (hook != HOOK_TCX_EGRESS) assert_no_leftovers(ordain, hook);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "a", "seen"),
			 ordain->way->sender.sent);
	way_expect(ordain, 10, hook_exists("eth0", HOOK_TCX_INGRESS) ? "abcd" : "ab");
}

/* Also while it takes chains off: what one life left, the next one removes. */
static void kill_while_attaching_and_detaching_converges(void **state)
{
	struct ordain *ordain = *state;
	unsigned int seed = SEED;

	for (unsigned int i = 0; i < KILLS; i++) {
		if (i % 2)
			write_policy(ordain, false);
		else
			policy_clear(ordain, "xdp.yaml");
		agent_start(ordain);
		usleep((unsigned int)rand_r(&seed) % LONGEST_LIFE_US);
		agent_kill(ordain);
	}
	write_policy(ordain, true);
	agent_start_ready(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	assert_no_leftovers(ordain, HOOK_XDP);
	policy_clear(ordain, "xdp.yaml");
	wait_until(ordain, !hook_program("eth0", HOOK_XDP));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_string_equal(ordain_shell(ordain, "ls -d $BPFFS/ordain/netns-*/*-xdp").out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(restart_after_sigterm_changes_nothing),
		ORDAIN_TEST(restart_after_kill_changes_nothing),
		ORDAIN_TEST(restart_finds_what_changed_meanwhile),
		ORDAIN_TEST(kill_in_the_middle_of_swaps_loses_no_packet),
		ORDAIN_TEST(kill_while_attaching_and_detaching_converges),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
