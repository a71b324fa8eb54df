/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A door: loaders that know nothing of ordain force their programs onto an XDP hook, one after the
 * other, and each becomes an element where the policy wants it.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/vendor.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* Ours is a; c and d are the loaders'. `ours` "": a is not of the policy. */
static void write_door(const struct ordain *ordain, const char *ours, const char *order)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "%s%s%s"
		     "  c: {hook: xdp, interfaces: [eth0], attached: {name: vendor_c},\n"
		     "      absorb: true}\n"
		     "  d: {hook: xdp, interfaces: [eth0], attached: {name: vendor_d},\n"
		     "      absorb: true}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, others: absorb, order: [%s]}\n",
		     *ours ? "  a: {hook: xdp, interfaces: [eth0], function: stamp_xdp, object: "
			   : "",
		     *ours ? object_path(ordain, "stamp_a") : "", *ours ? "}\n" : "", order);
}

/* Each packet that comes now has that trace. */
static bool runs(struct ordain *ordain, const char *trace)
{
	return way_send(ordain, 0, 10, trace) == 10;
}

static void await(struct ordain *ordain, const char *trace)
{
	wait_until(ordain, runs(ordain, trace));
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, PACKETS, trace);
}

/* Nothing that a door attaches goes with its agent. */
static void close_door(struct ordain *ordain)
{
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	way_close(ordain);
	foreign_netlink_off("eth0");
	ordain_do(ordain, "resume");
	agent_forget(ordain);
}

static void both_come(struct ordain *ordain, const char *ours, const char *order,
		      const char *comers, const char *trace)
{
	struct vendor first, second;

	write_door(ordain, ours, order);
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	first = vendor_start("eth0", comers[0], BPF_XDP);
	second = vendor_start("eth0", comers[1], BPF_XDP);
	assert_int_equal(vendor_do(&first, VENDOR_FORCE), 0);
	wait_until(ordain,
		   ordain_in_sync(ordain) && hook_program("eth0", HOOK_XDP) !=
						     (uint32_t)vendor_do(&first, VENDOR_ID));
	assert_int_equal(vendor_do(&second, VENDOR_FORCE), 0);
	await(ordain, trace);
	vendor_kill(&first);
	vendor_kill(&second);
	close_door(ordain);
}

static void order_is_the_policys_and_not_the_loaders(void **state)
{
	both_come(*state, "a", "c, a, d", "cd", "cad");
	both_come(*state, "a", "c, a, d", "dc", "cad");
	both_come(*state, "a", "d, c, a", "cd", "dca");
	both_come(*state, "a", "d, c, a", "dc", "dca");
}

/* Two loaders, and nothing of ours: one line of one file says who comes first. */
static void two_loaders_share_a_hook(void **state)
{
	struct ordain *ordain = *state;
	const struct receipt *receipt;
	struct vendor c, d;

	both_come(ordain, "", "c, d", "dc", "cd");
	write_door(ordain, "", "d, c");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	c = vendor_start("eth0", 'c', BPF_XDP);
	d = vendor_start("eth0", 'd', 0);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "c");
	vendor_kill(&d);
	d = vendor_start("eth0", 'd', BPF_XDP);
	assert_int_equal(vendor_do(&d, VENDOR_FORCE), 0);
	await(ordain, "dc");
	way_start(ordain);
	way_wait(ordain, PACKETS);
	write_door(ordain, "", "c, d");
	wait_until(ordain, agent_said(ordain, "generation 2"));
	wait_until(ordain, ordain_in_sync(ordain));
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	receipt = &ordain->way->receipt;
	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_not_equal(receipt_of(receipt, "dc"), 0);
	assert_int_not_equal(receipt_of(receipt, "cd"), 0);
	assert_int_equal(receipt_of(receipt, "dc") + receipt_of(receipt, "cd"), receipt->packets);
	vendor_kill(&c);
	vendor_kill(&d);
	close_door(ordain);
}

/* None is lost and none runs twice, whoever is alone on the hook for a moment, or nobody. */
static void nothing_is_lost_at_the_door(void **state)
{
	struct ordain *ordain = *state;
	const struct receipt *receipt;
	struct vendor c;

	write_door(ordain, "a", "a, c");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a");
	c = vendor_start("eth0", 'c', BPF_XDP);
	way_start(ordain);
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
		wait_until(ordain, ordain_in_sync(ordain));
		way_wait(ordain, PACKETS);
		assert_int_equal(vendor_do(&c, VENDOR_DETACH), 0);
		wait_until(ordain, ordain_in_sync(ordain));
		way_wait(ordain, PACKETS);
	}
	way_stop(ordain);
	receipt = &ordain->way->receipt;
	print_message("of %llu packets, %llu met c alone and %llu nobody\n",
		      (unsigned long long)receipt->packets,
		      (unsigned long long)receipt_of(receipt, "c"),
		      (unsigned long long)receipt_of(receipt, ""));
	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_equal(receipt_of(receipt, "a") + receipt_of(receipt, "ac") +
				 receipt_of(receipt, "c") + receipt_of(receipt, ""),
			 receipt->packets);
	assert_int_not_equal(receipt_of(receipt, "ac"), 0);
	vendor_kill(&c);
	close_door(ordain);
}

/* Katran's way: by force, and again with the next version; then off, whatever is there. */
static void owner_that_forces_is_followed(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c;
	uint32_t id;

	write_door(ordain, "a", "a, c");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a");
	c = vendor_start("eth0", 'c', 0);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "ac");
	id = hook_program("eth0", HOOK_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_RELOAD), 0);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	wait_until(ordain, hook_program("eth0", HOOK_XDP) != id);
	await(ordain, "ac");
	assert_says(ordain_do(ordain, "status"),
		    arena_printf(ordain->arena, "c (absorbed, id %d)", vendor_do(&c, VENDOR_ID)));
	/* The same one again. */
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "ac");
	assert_int_equal(vendor_do(&c, VENDOR_DETACH), 0);
	await(ordain, "a");
	vendor_kill(&c);
	close_door(ordain);
}

/* Who names what was there before fails, and is told so beforehand. */
static void owner_that_compares_fails(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c;

	write_door(ordain, "a", "a, c");
	c = vendor_start("eth0", 'c', BPF_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	assert_says(ordain_do(ordain, "plan"), "eth0 xdp: take over in one swap");
	assert_says(ordain_run(ordain, "plan").err, "EEXIST when it replaces or detaches");
	assert_says(ordain_run(ordain, "plan").err, "no security boundary");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	await(ordain, "ac");
	assert_int_equal(vendor_do(&c, VENDOR_RELOAD), 0);
	assert_int_equal(vendor_do(&c, VENDOR_REPLACE), -EEXIST);
	assert_int_equal(vendor_do(&c, VENDOR_ASK), -EBUSY);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE_GENERIC), -EEXIST);
	assert_int_equal(vendor_do(&c, VENDOR_LINK), -EBUSY);
	way_expect(ordain, PACKETS, "ac");
	/* Cilium's way: a link first, and by force when that fails. */
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "ac");
	vendor_kill(&c);
	close_door(ordain);
}

/* Who checks whose program is on the hook finds ours, and ends without a word. */
static void owner_that_dies_takes_his_program_along(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c, d;

	write_door(ordain, "a", "d, a, c");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	c = vendor_start("eth0", 'c', BPF_XDP);
	d = vendor_start("eth0", 'd', BPF_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "ac");
	assert_int_equal(vendor_do(&d, VENDOR_FORCE), 0);
	await(ordain, "dac");
	sleep(2);
	vendor_kill(&c);
	await(ordain, "da");
	/* He comes again, and twice. */
	c = vendor_start("eth0", 'c', BPF_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "dac");
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "dac");
	vendor_kill(&d);
	await(ordain, "ac");
	vendor_kill(&c);
	await(ordain, "a");
	close_door(ordain);
}

/* One empties the hook, and not the one that came last: it is seen who let go. */
static void who_of_several_withdrew_is_found(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c, d;

	write_door(ordain, "a", "d, a, c");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	c = vendor_start("eth0", 'c', BPF_XDP);
	d = vendor_start("eth0", 'd', BPF_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "ac");
	assert_int_equal(vendor_do(&d, VENDOR_FORCE), 0);
	await(ordain, "dac");
	sleep(2);
	/* Suricata's way: every worker detaches, and the process ends. */
	assert_int_equal(vendor_do(&c, VENDOR_DETACH), 0);
	vendor_kill(&c);
	await(ordain, "da");
	/* Nobody knows: the one that came last, and it is said. */
	c = vendor_start("eth0", 'c', BPF_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), 0);
	await(ordain, "dac");
	sleep(2);
	assert_int_equal(vendor_do(&c, VENDOR_DETACH), 0);
	await(ordain, "da");
	assert_true(agent_said(ordain, "was taken off the hook (a guess: it came last)"));
	vendor_kill(&c);
	vendor_kill(&d);
	close_door(ordain);
}

/* In the mode that is there, and in no other. */
static void generic_door_takes_generic_loaders(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c;

	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], function: stamp_xdp, object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, others: absorb, mode: generic}\n",
		     object_path(ordain, "stamp_a"));
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a");
	c = vendor_start("eth0", 'c', BPF_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE), -EEXIST);
	assert_int_equal(vendor_do(&c, VENDOR_FORCE_GENERIC), 0);
	await(ordain, "ac");
	assert_int_equal(vendor_do(&c, VENDOR_DETACH_GENERIC), 0);
	await(ordain, "a");
	vendor_kill(&c);
	agent_stop(ordain);
	ordain_do(ordain, "detach");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(order_is_the_policys_and_not_the_loaders),
		ORDAIN_TEST(two_loaders_share_a_hook),
		ORDAIN_TEST(nothing_is_lost_at_the_door),
		ORDAIN_TEST(owner_that_forces_is_followed),
		ORDAIN_TEST(owner_that_compares_fails),
		ORDAIN_TEST(owner_that_dies_takes_his_program_along),
		ORDAIN_TEST(who_of_several_withdrew_is_found),
		ORDAIN_TEST(generic_door_takes_generic_loaders),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
