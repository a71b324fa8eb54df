/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our programs around those of others on tcx: the order is the policy's, whoever came first, and a
 * change of several segments is one for every packet. The others are x and z, in whatever way they
 * attach; each writes its letter, too, so that packets tell the order.
 */
#include <stdlib.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { EDITS = 40, PACKETS_BETWEEN = 50, SEED = 20261121, KILLS = 40, LONGEST_LIFE_US = 120000 };

static const enum hook IN = HOOK_TCX_INGRESS;

static const char *pin_of(const struct ordain *ordain, char letter)
{
	return arena_printf(ordain->arena, "%s/%c", ordain->bpffs, letter);
}

/* "axb": ours a and b around what others pinned as x. */
static void write_order_on(const struct ordain *ordain, enum hook hook, const char *letters)
{
	struct text text = TEXT(ordain->arena);

	text_add(&text, "programs:\n");
	for (const char *at = letters; *at; at++) {
		if (*at >= 'x')
			text_printf(&text, "  %c: {hook: %s, attached: {pin: %s}}\n", *at,
				    hook_name(hook), pin_of(ordain, *at));
		else
			text_printf(&text,
				    "  %c: {hook: %s, interfaces: [eth0], object: %s, "
				    "function: stamp_tc}\n",
				    *at, hook_name(hook),
				    object_path(ordain,
						arena_printf(ordain->arena, "stamp_%c", *at)));
	}
	text_printf(&text, "chains:\n  - {interfaces: [eth0], hook: %s, order: [", hook_name(hook));
	for (const char *at = letters; *at; at++)
		text_printf(&text, "%s%c", at == letters ? "" : ", ", *at);
	policy_write(ordain, "order.yaml", "%s]}\n", text_string(&text));
}

static void write_order(const struct ordain *ordain, const char *letters)
{
	write_order_on(ordain, IN, letters);
}

/* Of the case that runs: descriptors of links and programs of others. */
static int theirs[8];
static size_t their_count;

static int keep(int fd)
{
	theirs[their_count++] = fd;
	return fd;
}

static void let_go(int fd)
{
	for (size_t i = 0; i < their_count; i++)
		if (theirs[i] == fd)
			theirs[i] = -1;
	close(fd);
}

static int load(const struct ordain *ordain, char letter)
{
	const char *path = object_path(ordain, arena_printf(ordain->arena, "stamp_%c", letter));

	return keep(foreign_open(path, "stamp_tc", pin_of(ordain, letter)));
}

/* They go first: a hook that they are on is none that is left as it was. */
static int teardown(void **state)
{
	while (their_count)
		if (theirs[--their_count] >= 0)
			close(theirs[their_count]);
	ordain_shell(*state, "rm -f $BPFFS/x $BPFFS/z");
	return ordain_teardown(state);
}

/* Loaded, linked at the tail; the link is what is returned. */
static int put(const struct ordain *ordain, char letter)
{
	return keep(foreign_link("eth0", IN, load(ordain, letter), false));
}

static void expect(struct ordain *ordain, const char *letters)
{
	write_order(ordain, letters);
	ordain_do(ordain, "apply");
	assert_true(ordain_in_sync(ordain));
	way_expect(ordain, 20, letters);
}

/* One of theirs, and every place of ours around it. */
static void expect_every_order(struct ordain *ordain)
{
	static const char *const orders[] = { "abx", "xab",  "axb", "bxa", "xba",
					      "bax", "axbc", "x",   "ax",  "xa" };

	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		expect(ordain, orders[i]);
}

static void every_order_around_a_link(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	way_open(ordain, IN);
	put(ordain, 'x');
	expect_every_order(ordain);
}

static void every_order_around_what_bpftool_attached(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	load(ordain, 'x');
	if (ordain_shell(ordain, "bpftool net attach tcx_ingress pinned $BPFFS/x dev eth0").code)
		skip();
	way_open(ordain, IN);
	expect_every_order(ordain);
	/* It names no program: what it takes off is the only one. */
	ordain_do(ordain, "detach");
	assert_int_equal(ordain_shell(ordain, "bpftool net detach tcx_ingress dev eth0").code, 0);
}

static void every_order_around_an_attached_program(void **state)
{
	struct ordain *ordain = *state;
	int program;

	need_tcx();
	program = load(ordain, 'x');
	foreign_attach("eth0", IN, program);
	way_open(ordain, IN);
	expect_every_order(ordain);
	foreign_attach_off("eth0", IN, program);
}

/* Ours and then theirs, theirs and then ours: one line of the policy says which, not who came. */
static void who_came_first_does_not_matter(void **state)
{
	static const char *const orders[] = { "ax", "xa" };
	struct ordain *ordain = *state;

	need_tcx();
	way_open(ordain, IN);
	for (size_t i = 0; i < 4; i++) {
		int link = -1;

		write_order(ordain, orders[i % 2]);
		if (i / 2)
			link = put(ordain, 'x');
		ordain_do(ordain, "apply");
		if (!(i / 2))
			link = put(ordain, 'x');
		ordain_do(ordain, "apply");
		way_expect(ordain, 20, orders[i % 2]);
		ordain_do(ordain, "detach");
		way_expect(ordain, 20, "x");
		ordain_do(ordain, "resume");
		let_go(link);
		ordain_shell(ordain, "rm $BPFFS/x");
	}
}

static void three_segments_around_two(void **state)
{
	static const char *const orders[] = { "axbzc", "cxbza", "xabzc", "axzbc", "abcxz",
					      "xzabc", "cxabz", "xz",	 "bxzca", "axbzc" };
	struct ordain *ordain = *state;
	struct holding before, after;

	need_tcx();
	way_open(ordain, IN);
	put(ordain, 'x');
	put(ordain, 'z');
	before = hook_holding("eth0", IN);
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		expect(ordain, orders[i]);
	assert_int_equal(hook_holding("eth0", IN).count, 5);
	ordain_do(ordain, "detach");
	after = hook_holding("eth0", IN);
	assert_int_equal(after.count, 2);
	assert_memory_equal(after.programs, before.programs, sizeof(*after.programs) * 2);
	assert_memory_equal(after.links, before.links, sizeof(*after.links) * 2);
	assert_string_equal(ordain_shell(ordain, "ls $BPFFS/ordain/netns-* | grep tcx").out, "");
	way_expect(ordain, 20, "xz");
}

static void assert_only(const struct ordain *ordain, const char *const *traces, size_t count)
{
	const struct receipt *receipt = &ordain->way->receipt;
	uint64_t known = 0;

	for (size_t i = 0; i < count; i++)
		known += receipt_of(receipt, traces[i]);
	for (size_t i = 0; known != receipt->packets && i < receipt->trace_count; i++)
		print_message("%llu packets: %s\n", (unsigned long long)receipt->traces[i].packets,
			      receipt->traces[i].letters);
	assert_int_equal(known, receipt->packets);
	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_equal(receipt->packets, ordain->way->sender.sent);
}

static void change_under_traffic(struct ordain *ordain, enum hook hook, const char *const *orders,
				 size_t count)
{
	write_order_on(ordain, hook, orders[0]);
	ordain_do(ordain, "apply");
	way_open(ordain, hook);
	way_start(ordain);
	for (size_t edit = 1; edit <= EDITS; edit++) {
		way_wait(ordain, PACKETS_BETWEEN);
		write_order_on(ordain, hook, orders[edit % count]);
		ordain_do(ordain, "apply");
	}
	way_wait(ordain, PACKETS_BETWEEN);
	way_stop(ordain);
	assert_only(ordain, orders, count);
	assert_int_equal(ordain_counter(ordain, "eth0", hook, "a", "seen"),
			 ordain->way->sender.sent);
	assert_int_equal(ordain_counter(ordain, "eth0", hook, "b", "seen"),
			 ordain->way->sender.sent);
}

/* Swapped on both sides, moved from one to the other, and together on one. */
static void changes_of_two_segments_are_one(void **state)
{
	static const char *const orders[] = { "axb", "bxa", "xab", "abx" };
	struct ordain *ordain = *state;

	need_tcx();
	put(ordain, 'x');
	change_under_traffic(ordain, IN, orders, sizeof(orders) / sizeof(*orders));
}

static void changes_of_three_segments_are_one(void **state)
{
	static const char *const orders[] = { "axbzc", "cxazb", "bxzac", "xcbza", "acbxz" };
	struct ordain *ordain = *state;

	need_tcx();
	put(ordain, 'x');
	put(ordain, 'z');
	change_under_traffic(ordain, IN, orders, sizeof(orders) / sizeof(*orders));
}

static void changes_on_egress_are_one(void **state)
{
	static const char *const orders[] = { "axb", "bxa", "xba" };
	struct ordain *ordain = *state;
	int program;

	need_tcx();
	program = load(ordain, 'x');
	keep(foreign_link("eth0", HOOK_TCX_EGRESS, program, false));
	change_under_traffic(ordain, HOOK_TCX_EGRESS, orders, sizeof(orders) / sizeof(*orders));
}

/* Whatever a life left, packets meet the old order or the new one, and the next life finishes. */
static void kill_in_the_middle_of_switches_mixes_nothing(void **state)
{
	static const char *const orders[] = { "axb", "bxa", "xab" };
	struct ordain *ordain = *state;
	unsigned int seed = SEED;

	need_tcx();
	put(ordain, 'x');
	write_order(ordain, orders[0]);
	ordain_do(ordain, "apply");
	way_open(ordain, IN);
	way_start(ordain);
	for (unsigned int i = 1; i <= KILLS; i++) {
		write_order(ordain, orders[i % 3]);
		agent_start(ordain);
		usleep((unsigned int)rand_r(&seed) % LONGEST_LIFE_US);
		agent_kill(ordain);
	}
	agent_start_ready(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	way_stop(ordain);
	assert_only(ordain, orders, 3);
	way_expect(ordain, 20, orders[KILLS % 3]);
	/* Two links, two chains. */
	assert_string_equal(
		ordain_shell(ordain, "ls $BPFFS/ordain/netns-*/*-tcx-ingress | wc -l").out, "4\n");
}

static bool runs(const struct ordain *ordain, const char *letters)
{
	way_send((struct ordain *)ordain, 0, 5, letters);
	return receipt_of(&ordain->way->receipt, letters) == 5;
}

/* The agent puts each segment right by itself. */
static void drift_of_a_segment_is_repaired(void **state)
{
	struct ordain *ordain = *state;
	struct holding holding;
	int y, other, intruder;

	need_tcx();
	put(ordain, 'x');
	write_order(ordain, "axb");
	agent_start_ready(ordain);
	way_open(ordain, IN);
	way_expect(ordain, 20, "axb");
	holding = hook_holding("eth0", IN);
	assert_int_equal(holding.count, 3);
	foreign_detach(holding.links[2]);
	wait_until(ordain, runs(ordain, "axb"));
	other = keep(foreign_load(IN));
	foreign_overwrite(hook_holding("eth0", IN).links[0], other);
	wait_until(ordain, runs(ordain, "axb"));
	/* Somebody comes in front of all of ours, and somebody between. */
	y = load(ordain, 'z');
	intruder = keep(foreign_link("eth0", IN, y, true));
	wait_until(ordain, runs(ordain, "azxb"));
	let_go(intruder);
	/* Also without the links that a switch leaves behind for a moment. */
	wait_until(ordain, hook_holding("eth0", IN).count == 3);
	holding = hook_holding("eth0", IN);
	intruder = keep(foreign_link_beside("eth0", IN, y, true, holding.programs[2]));
	wait_until(ordain, runs(ordain, "axzb"));
	let_go(intruder);
	wait_until(ordain, runs(ordain, "axb"));
}

/* Who may send a copy over the hook from inside would spoil the latch: that waits for a word. */
static void who_may_come_back_needs_a_gap(void **state)
{
	struct ordain *ordain = *state;
	struct outcome plan;
	int program;

	need_tcx();
	program =
		keep(foreign_open(object_path(ordain, "reenter"), "reenter", pin_of(ordain, 'x')));
	keep(foreign_link("eth0", IN, program, false));
	write_order(ordain, "axb");
	plan = ordain_run(ordain, "plan");
	assert_non_null(strstr(plan.err, "which may send packets over the hook again (it calls "
					 "bpf_clone_redirect)"));
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	assert_int_equal(hook_holding("eth0", IN).count, 1);
	ordain_do(ordain, "apply --allow-gap");
	assert_int_equal(hook_holding("eth0", IN).count, 3);
	assert_true(ordain_in_sync(ordain));
	/* What changes on one side alone is one swap. */
	write_order(ordain, "acxb");
	ordain_do(ordain, "apply");
	way_open(ordain, IN);
	way_expect(ordain, 20, "acb");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, ordain_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_order_around_a_link),
		CASE(every_order_around_what_bpftool_attached),
		CASE(every_order_around_an_attached_program),
		CASE(who_came_first_does_not_matter),
		CASE(three_segments_around_two),
		CASE(changes_of_two_segments_are_one),
		CASE(changes_of_three_segments_are_one),
		CASE(changes_on_egress_are_one),
		CASE(kill_in_the_middle_of_switches_mixes_nothing),
		CASE(drift_of_a_segment_is_repaired),
		CASE(who_may_come_back_needs_a_gap),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
