/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody reaches for our chains: links detached and overwritten by their ids, pins removed. The
 * agent finds it by itself and puts it right, and loses patience with who keeps on.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static struct holding attach_chain(struct ordain *ordain, enum hook hook)
{
	policy_chain(ordain, "chain.yaml", "eth0", hook, "ab");
	agent_start_ready(ordain);
	return hook_holding("eth0", hook);
}

static void end_chain(struct ordain *ordain)
{
	agent_stop(ordain);
	way_close(ordain);
	policy_clear(ordain, "chain.yaml");
	ordain_do(ordain, "apply");
}

static void assert_nothing_lost(const struct ordain *ordain)
{
	const struct receipt *receipt = &ordain->way->receipt;

	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt_of(receipt, "ab") + receipt_of(receipt, ""), receipt->packets);
}

/* An agent that can notice who it was says it with other words. */
static size_t times_detached(const struct ordain *ordain)
{
	return agent_count(ordain, "our link was detached") +
	       agent_count(ordain, " detached by kernel_drift ");
}

/* On XDP, packets that are in a veth's queue when its last program goes are the kernel's loss. */
static void detached_link_is_attached_again(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		struct holding before = attach_chain(ordain, hook);

		way_open(ordain, hook);
		way_start(ordain);
		way_wait(ordain, 100);
		foreign_detach(before.links[0]);
		wait_until(ordain, hook_holding("eth0", hook).count == 1);
		wait_until(ordain, ordain_in_sync(ordain));
		way_wait(ordain, 100);
		way_stop(ordain);
		if (hook != HOOK_XDP)
			assert_nothing_lost(ordain);
		assert_int_equal(times_detached(ordain), 1);
		agent_forget(ordain);
		way_expect(ordain, 10, "ab");
		end_chain(ordain);
	}
}

/* The kernel tells what others' programs are only with CAP_SYS_ADMIN: tests/package/confined. */
static bool knows_names(void)
{
	return !getenv("ORDAIN_CONFINED");
}

static void overwritten_link_is_put_back(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		struct holding before = attach_chain(ordain, hook);
		int program = foreign_load(hook);
		uint32_t foreign = foreign_id(program);

		way_open(ordain, hook);
		way_start(ordain);
		way_wait(ordain, 100);
		/* It may be over before one can look: what the agent says is the witness. */
		foreign_overwrite(before.links[0], program);
		close(program);
		wait_until(ordain, hook_program("eth0", hook) != foreign);
		wait_until(ordain, ordain_in_sync(ordain));
		way_wait(ordain, 100);
		way_stop(ordain);
		assert_nothing_lost(ordain);
		assert_int_equal(hook_holding("eth0", hook).links[0], before.links[0]);
		assert_true(agent_said(
			ordain, arena_printf(ordain->arena, "our program was replaced by id %u%s",
					     foreign, knows_names() ? " 'foreign'" : "")));
		end_chain(ordain);
	}
}

/* Nobody has noticed anything if all packets met the chain, on the same link. */
static void remove_and_wait(struct ordain *ordain, enum hook hook, const char *pin)
{
	struct holding before = hook_holding("eth0", hook);

	agent_forget(ordain);
	way_start(ordain);
	assert_int_equal(ordain_shell(ordain, "rm -rf %s", pin).code, 0);
	wait_until(ordain, agent_said(ordain, "our pins were removed"));
	wait_until(ordain, ordain_in_sync(ordain));
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "ab"), ordain->way->receipt.packets);
	assert_int_equal(hook_holding("eth0", hook).links[0], before.links[0]);
}

/* A restart in between: what was removed is seen, not remembered. And patience starts anew. */
static void removed_pins_are_restored_one_by_one(void **state)
{
	static const char *const pins[] = { "link",	  "*/program", "*/manifest",
					    "*/counters", "*/carried", "*/guard" };
	struct ordain *ordain = *state;

	attach_chain(ordain, HOOK_XDP);
	way_open(ordain, HOOK_XDP);
	for (size_t i = 0; i < sizeof(pins) / sizeof(*pins); i++) {
		remove_and_wait(ordain, HOOK_XDP,
				arena_printf(ordain->arena, "$BPFFS/ordain/netns-*/%u-xdp/%s",
					     netns_ifindex("eth0"), pins[i]));
		agent_stop(ordain);
		agent_start_ready(ordain);
	}
}

static void removed_directory_is_restored(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		attach_chain(ordain, hook);
		way_open(ordain, hook);
		remove_and_wait(ordain, hook, "$BPFFS/ordain/netns-*");
		remove_and_wait(ordain, hook, "$BPFFS/ordain");
		end_chain(ordain);
	}
}

/* The agent holds its links, so that also the removal of every pin changes nothing for packets;
 * and the lock that lived there is taken anew, so that no second agent comes in. */
static void removed_lock_is_taken_again(void **state)
{
	struct ordain *ordain = *state;
	struct outcome second;

	attach_chain(ordain, HOOK_XDP);
	way_open(ordain, HOOK_XDP);
	remove_and_wait(ordain, HOOK_XDP, "$BPFFS/ordain");
	second = ordain_run(ordain, "agent");
	assert_int_equal(second.code, 1);
	assert_non_null(strstr(second.err, arena_printf(ordain->arena, "pid %d", ordain->agent)));
}

/* Waits for the next repair and undoes it. The moment of the repair. */
static int64_t undo(const struct ordain *ordain)
{
	struct holding holding;
	int64_t now;

	wait_until(ordain, hook_holding("eth0", HOOK_XDP).count);
	now = clock_ms();
	holding = hook_holding("eth0", HOOK_XDP);
	foreign_detach(holding.links[0]);
	return now;
}

static void repairs_get_rarer_and_are_reported_once(void **state)
{
	enum { REPAIRS = 5 };
	struct ordain *ordain = *state;
	int64_t at[REPAIRS];

	attach_chain(ordain, HOOK_XDP);
	undo(ordain);
	for (size_t i = 0; i < REPAIRS; i++)
		at[i] = undo(ordain);
	/* At once, and from then on never sooner than after 1, 2, 4 and 8 seconds. */
	assert_true(at[2] - at[1] >= 1900);
	assert_true(at[3] - at[2] >= 3900);
	assert_true(at[4] - at[3] >= 7900);
	assert_int_equal(agent_count(ordain, "had to be put right"), 1);
	assert_in_range(times_detached(ordain), 1, 4);
	/* Hands off, and the administrator's own change does not wait. */
	policy_chain(ordain, "chain.yaml", "eth0", HOOK_XDP, "ba");
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	assert_true(clock_ms() - at[4] < 15000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(detached_link_is_attached_again),
		ORDAIN_TEST(overwritten_link_is_put_back),
		ORDAIN_TEST(removed_pins_are_restored_one_by_one),
		ORDAIN_TEST(removed_directory_is_restored),
		ORDAIN_TEST(removed_lock_is_taken_again),
		ORDAIN_TEST(repairs_get_rarer_and_are_reported_once),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
