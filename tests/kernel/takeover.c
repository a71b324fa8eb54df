/* SPDX-License-Identifier: GPL-2.0-only */
/* Links of others on tcx whose order is not the policy's: taken over, and given back. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50, ROUNDS = 30, KILLS = 60, LONGEST_LIFE_US = 120000 };

#define IN HOOK_TCX_INGRESS

/* Somebody's programs, which stamp c and d; each in a link of its own. */
enum { THEIRS = 2 };

struct theirs {
	int programs[THEIRS];
	int links[THEIRS];
	uint32_t ids[THEIRS];
};

static struct theirs attached = { .programs = { -1, -1 }, .links = { -1, -1 } };

static int load(const struct ordain *ordain, char letter, enum bpf_attach_type type)
{
	const char *path = object_path(ordain, arena_printf(ordain->arena, "stamp_%c", letter));
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;
	int fd;

	assert_non_null(object);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), "stamp_tc"));
	program = bpf_object__find_program_by_name(object, "stamp_tc");
	bpf_program__set_expected_attach_type(program, type);
	assert_int_equal(bpf_object__load(object), 0);
	fd = dup(bpf_program__fd(program));
	bpf_object__close(object);
	return fd;
}

/* Pinned under their letters, which is how the policy tells them apart. */
static struct theirs *attach(const struct ordain *ordain, enum hook hook, const char *letters,
			     enum bpf_attach_type type)
{
	struct theirs *theirs = &attached;

	assert_int_equal(ordain_shell(ordain, "mkdir -p $BPFFS/theirs").code, 0);
	for (size_t i = 0; letters[i]; i++) {
		theirs->programs[i] = load(ordain, letters[i], type);
		theirs->ids[i] = foreign_id(theirs->programs[i]);
		theirs->links[i] = foreign_link("eth0", hook, theirs->programs[i], false);
		assert_int_equal(bpf_obj_pin(theirs->programs[i],
					     arena_printf(ordain->arena, "%s/theirs/%c",
							  ordain->bpffs, letters[i])),
				 0);
	}
	return theirs;
}

static void let_go(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void drop_links(struct theirs *theirs)
{
	for (size_t i = 0; i < THEIRS; i++) {
		let_go(&theirs->links[i]);
		let_go(&theirs->programs[i]);
	}
}

static void drop(const struct ordain *ordain, struct theirs *theirs)
{
	drop_links(theirs);
	assert_int_equal(ordain_shell(ordain, "rm -r $BPFFS/theirs").code, 0);
}

/* Ours are a and b. */
static void write_policy(const struct ordain *ordain, enum hook hook, const char *order)
{
	const char *name = hook_name(hook);

	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: %s, interfaces: [eth0], object: %s, function: stamp_tc}\n"
		     "  b: {hook: %s, interfaces: [eth0], object: %s, function: stamp_tc}\n"
		     "  c: {hook: %s, attached: {pin: \"%s/theirs/c*\"}, absorb: true}\n"
		     "  d: {hook: %s, attached: {pin: \"%s/theirs/d\"}, absorb: true}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: %s, order: [%s]}\n",
		     name, object_path(ordain, "stamp_a"), name, object_path(ordain, "stamp_b"),
		     name, ordain->bpffs, name, ordain->bpffs, name, order);
}

/* All that was sent arrived once, with one of these traces, each of which was seen. */
static void assert_only(const struct ordain *ordain, uint64_t before, const char *first,
			const char *second)
{
	const struct receipt *receipt = &ordain->way->receipt;

	for (size_t i = 0; i < receipt->trace_count; i++)
		if (strcmp(receipt->traces[i].letters, first) &&
		    strcmp(receipt->traces[i].letters, second))
			fail_msg("%llu packets have the trace '%s'",
				 (unsigned long long)receipt->traces[i].packets,
				 receipt->traces[i].letters);
	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_equal(receipt->packets, ordain->way->sender.sent - before);
	assert_int_not_equal(receipt_of(receipt, first), 0);
	assert_int_not_equal(receipt_of(receipt, second), 0);
}

/* Nothing of ours is on the hook, and theirs are as they were. */
static void assert_no_trace(const struct ordain *ordain, enum hook hook,
			    const struct theirs *theirs, size_t count)
{
	struct holding holding = hook_holding("eth0", hook);

	assert_int_equal(holding.count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(holding.programs[i], theirs->ids[i]);
	assert_int_not_equal(ordain_shell(ordain, "ls $BPFFS/ordain/*/*-tcx-*").code, 0);
}

static void take_and_give(struct ordain *ordain, enum hook hook, enum bpf_attach_type type)
{
	struct theirs *theirs;
	uint64_t before;

	need_tcx();
	theirs = attach(ordain, hook, "cd", type);
	write_policy(ordain, hook, "c, d, a, b");
	ordain_do(ordain, "apply");
	way_open(ordain, hook);
	way_expect(ordain, PACKETS, "cdab");
	before = ordain->way->sender.sent;
	way_start(ordain);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		way_wait(ordain, PACKETS);
		write_policy(ordain, hook, i % 2 ? "c, d, a, b" : "d, a, c, b");

		ordain_do(ordain, "apply");
	}
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	assert_only(ordain, before, "cdab", "dacb");
	assert_true(ordain_in_sync(ordain));
	write_policy(ordain, hook, "d, a, c, b");
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "dacb");
	ordain_do(ordain, "detach");
	way_expect(ordain, PACKETS, "cd");
	assert_no_trace(ordain, hook, theirs, 2);
	ordain_do(ordain, "resume");
	drop(ordain, theirs);
}

static void taken_over_and_given_back_on_ingress(void **state)
{
	take_and_give(*state, HOOK_TCX_INGRESS, 0);
}

static void taken_over_and_given_back_on_egress(void **state)
{
	take_and_give(*state, HOOK_TCX_EGRESS, 0);
}

static void types_of_libbpf_are_taken_over(void **state)
{
	take_and_give(*state, HOOK_TCX_INGRESS, BPF_TCX_INGRESS);
}

/* c and d are absorbed, and an agent runs. */
static struct theirs *take_over(struct ordain *ordain)
{
	struct theirs *theirs;

	need_tcx();
	theirs = attach(ordain, IN, "cd", 0);
	write_policy(ordain, IN, "a, d, c, b");
	agent_start_ready(ordain);
	way_open(ordain, IN);
	way_expect(ordain, PACKETS, "adcb");
	assert_true(ordain_in_sync(ordain));
	agent_forget(ordain);
	return theirs;
}

static bool runs(struct ordain *ordain, const char *trace)
{
	return way_send(ordain, 0, 10, trace) == 10;
}

/* What its owner takes away stops at once, and nothing else does. */
static void owner_closes_its_link(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);

	way_start(ordain);
	way_wait(ordain, PACKETS);
	let_go(&theirs->links[0]);
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "adcb") +
				 receipt_of(&ordain->way->receipt, "adb"),
			 ordain->way->receipt.packets);
	/* What is left of them needs no one's help any more. */
	wait_until(ordain, hook_holding("eth0", IN).count == 3);
	wait_until(ordain, ordain_in_sync(ordain));
	assert_int_equal(hook_holding("eth0", IN).programs[1], theirs->ids[1]);
	way_expect(ordain, PACKETS, "adb");
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	assert_int_equal(hook_program("eth0", IN), theirs->ids[1]);
}

/* With nobody there to do anything about it. */
static void owner_leaves_while_no_agent_runs(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);

	agent_kill(ordain);
	let_go(&theirs->links[0]);
	wait_until(ordain, hook_holding("eth0", IN).count == 3);
	way_expect(ordain, PACKETS, "adb");
	let_go(&theirs->links[1]);
	wait_until(ordain, hook_holding("eth0", IN).count == 2);
	way_expect(ordain, PACKETS, "ab");
	agent_start_ready(ordain);
	way_expect(ordain, PACKETS, "ab");
	assert_int_equal(hook_holding("eth0", IN).count, 1);
}

/* Without asking what its link has: the new program runs in its place until it is an element. */
static void owner_updates_its_link(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);
	int program = load(ordain, 'z', 0);

	assert_int_equal(bpf_obj_pin(program,
				     arena_printf(ordain->arena, "%s/theirs/cnew", ordain->bpffs)),
			 0);
	way_start(ordain);
	way_wait(ordain, PACKETS);
	assert_int_equal(bpf_link_update(theirs->links[0], program, NULL), 0);
	way_wait(ordain, PACKETS);
	wait_until(ordain, hook_holding("eth0", IN).programs[1] != foreign_id(program));
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	/* Nothing is lost and nothing runs twice, whatever comes in between. */
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "adcb") +
				 receipt_of(&ordain->way->receipt, "azdb") +
				 receipt_of(&ordain->way->receipt, "adzb"),
			 ordain->way->receipt.packets);
	wait_until(ordain, runs(ordain, "adzb"));
	wait_until(ordain, ordain_in_sync(ordain));
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	assert_int_equal(hook_holding("eth0", IN).programs[0], foreign_id(program));
	assert_int_equal(hook_holding("eth0", IN).programs[1], theirs->ids[1]);
	close(program);
}

/* What he had before is no news to anybody who asks for programs alone. */
static void owner_puts_its_program_back(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);

	assert_int_equal(bpf_link_update(theirs->links[0], theirs->programs[0], NULL), 0);
	wait_until(ordain, hook_holding("eth0", IN).programs[1] != theirs->ids[0]);
	wait_until(ordain, runs(ordain, "adcb"));
	wait_until(ordain, ordain_in_sync(ordain));
}

static void owner_who_names_its_program_is_refused(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);
	int program = load(ordain, 'z', 0);
	LIBBPF_OPTS(bpf_link_update_opts, options, .flags = BPF_F_REPLACE,
		    .old_prog_fd = (__u32)theirs->programs[0]);

	assert_int_equal(bpf_link_update(theirs->links[0], program, &options), -EPERM);
	way_expect(ordain, PACKETS, "adcb");
	close(program);
}

/* The same program twice on the hook: it runs once, where its new link is. */
static void owner_comes_twice(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);
	int link = foreign_link("eth0", IN, theirs->programs[0], false);

	wait_until(ordain, runs(ordain, "adbc") || runs(ordain, "adcb"));
	wait_until(ordain, ordain_in_sync(ordain));
	let_go(&theirs->links[0]);
	wait_until(ordain, ordain_in_sync(ordain));
	wait_until(ordain, runs(ordain, "adcb"));
	close(link);
}

/*
 * Who is first and behind d has c, which nobody names, behind it, too. All links go with the
 * interface, and so does what was held for them.
 */
static void interface_is_deleted(void **state)
{
	struct ordain *ordain = *state;
	const char *object = object_path(ordain, "stamp_a");
	int program;

	need_tcx();
	netns_ip(ordain->netns, NETNS_NEAR, "link add gone0 type veth peer name gone1");
	attached.programs[0] = load(ordain, 'c', 0);
	attached.programs[1] = load(ordain, 'd', 0);
	for (size_t i = 0; i < THEIRS; i++)
		attached.links[i] = foreign_link("gone0", IN, attached.programs[i], false);
	program = attached.programs[1];
	assert_int_equal(ordain_shell(ordain, "mkdir $BPFFS/theirs").code, 0);
	assert_int_equal(
		bpf_obj_pin(program, arena_printf(ordain->arena, "%s/theirs/d", ordain->bpffs)), 0);
	policy_write(
		ordain, "p.yaml",
		"programs:\n"
		"  a: {hook: tcx-ingress, interfaces: [gone0], object: %s, function: stamp_tc,\n"
		"      first: true}\n"
		"  d: {hook: tcx-ingress, attached: {pin: \"%s/theirs/d\"}, absorb: true}\n"
		"chains:\n"
		"  - {interfaces: [gone0], hook: tcx-ingress, others: absorb, order: [d, a]}\n",
		object, ordain->bpffs);
	agent_start_ready(ordain);
	assert_int_equal(hook_holding("gone0", IN).count, 4);
	assert_true(ordain_in_sync(ordain));
	netns_ip(ordain->netns, NETNS_NEAR, "link del gone0");
	wait_until(ordain, ordain_shell(ordain, "ls $BPFFS/ordain/*/*-tcx-*").code);
}

/* An agent that starts finds all as it should be. */
static void agent_restarts_without_a_change(void **state)
{
	struct ordain *ordain = *state;
	struct holding before, after;

	take_over(ordain);
	before = hook_holding("eth0", IN);
	agent_kill(ordain);
	agent_start_ready(ordain);
	assert_true(ordain_in_sync(ordain));
	after = hook_holding("eth0", IN);
	assert_memory_equal(before.programs, after.programs, sizeof(before.programs));
	assert_memory_equal(before.links, after.links, sizeof(before.links));
	assert_false(agent_said(ordain, "eth0 tcx-ingress"));
}

/* What it stands for is held by the agent while nothing else holds it. */
static void pins_are_removed(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs = take_over(ordain);

	/* The links tell which is which from now on. */
	for (size_t i = 0; i < THEIRS; i++) {
		const char *pin =
			arena_printf(ordain->arena, "%s/theirs/%c", ordain->bpffs, "cd"[i]);

		let_go(&theirs->programs[i]);
		assert_int_equal(unlink(pin), 0);
		assert_int_equal(bpf_obj_pin(theirs->links[i], pin), 0);
	}
	assert_int_equal(ordain_shell(ordain, "rm -r $BPFFS/ordain").code, 0);
	wait_until(ordain, !ordain_shell(ordain, "ls $BPFFS/ordain/*/*-tcx-*/placeholder-*").code);
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, PACKETS, "adcb");
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	way_expect(ordain, PACKETS, "cd");
	assert_no_trace(ordain, IN, theirs, 2);
}

/* Whenever an agent dies, the next one ends what it began, and packets notice nothing. */
static void kill_at_any_moment(void **state)
{
	static const char *const orders[] = { "c, d, a, b", "d, a, c, b" };
	struct ordain *ordain = *state;
	unsigned int seed = 1;
	uint64_t before;
	struct theirs *theirs;

	need_tcx();
	theirs = attach(ordain, IN, "cd", 0);
	write_policy(ordain, IN, orders[0]);
	ordain_do(ordain, "apply");
	way_open(ordain, IN);
	before = ordain->way->sender.sent;
	way_start(ordain);
	for (unsigned int i = 1; i <= KILLS; i++) {
		write_policy(ordain, IN, orders[i % 2]);
		agent_start(ordain);
		usleep((unsigned int)rand_r(&seed) % LONGEST_LIFE_US);
		agent_kill(ordain);
	}
	write_policy(ordain, IN, orders[1]);
	agent_start_ready(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	way_stop(ordain);
	assert_only(ordain, before, "cdab", "dacb");
	way_expect(ordain, PACKETS, "dacb");
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	way_expect(ordain, PACKETS, "cd");
	assert_no_trace(ordain, IN, theirs, 2);
}

/* Who may come back to the hook while others change is taken over one by one, if asked for. */
static void who_may_come_back_needs_a_gap(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs;

	need_tcx();
	theirs = attach(ordain, IN, "c", 0);
	theirs->programs[1] =
		foreign_open(object_path(ordain, "reenter"), "reenter",
			     arena_printf(ordain->arena, "%s/theirs/d", ordain->bpffs));
	theirs->ids[1] = foreign_id(theirs->programs[1]);
	theirs->links[1] = foreign_link("eth0", IN, theirs->programs[1], false);
	write_policy(ordain, IN, "a, d, c, b");
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	assert_int_equal(hook_holding("eth0", IN).programs[0], theirs->ids[0]);
	ordain_do(ordain, "apply --allow-gap");
	assert_true(ordain_in_sync(ordain));
	assert_int_equal(hook_holding("eth0", IN).count, 4);
	way_open(ordain, IN);
	way_expect(ordain, PACKETS, "acb");
	assert_int_equal(ordain_counter(ordain, "eth0", IN, "d", "seen"), PACKETS);
	ordain_do(ordain, "detach");
	assert_no_trace(ordain, IN, theirs, 2);
}

/* One chain calls none but programs that were loaded alike: the policy's order is told, not made. */
static void unlike_types_are_refused(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs;
	struct outcome apply;

	need_tcx();
	theirs = attach(ordain, IN, "c", 0);
	theirs->programs[1] = load(ordain, 'd', BPF_TCX_INGRESS);
	theirs->ids[1] = foreign_id(theirs->programs[1]);
	theirs->links[1] = foreign_link("eth0", IN, theirs->programs[1], false);
	assert_int_equal(bpf_obj_pin(theirs->programs[1],
				     arena_printf(ordain->arena, "%s/theirs/d", ordain->bpffs)),
			 0);
	write_policy(ordain, IN, "a, d, c, b");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_non_null(strstr(apply.err, "error[not-linkable]"));
	assert_non_null(strstr(apply.err, "warning[verify-only]"));
	assert_int_equal(hook_holding("eth0", IN).programs[1], theirs->ids[0]);
	way_open(ordain, IN);
	way_expect(ordain, PACKETS, "acdb");
}

/* What no link holds is nobody's to move. */
static void what_has_no_link_is_left_alone(void **state)
{
	struct ordain *ordain = *state;
	struct theirs *theirs;
	struct outcome plan;
	int program;

	need_tcx();
	theirs = attach(ordain, IN, "c", 0);
	program = load(ordain, 'd', 0);
	assert_int_equal(
		bpf_obj_pin(program, arena_printf(ordain->arena, "%s/theirs/d", ordain->bpffs)), 0);
	foreign_attach("eth0", IN, program);
	write_policy(ordain, IN, "a, d, c, b");
	plan = ordain_run(ordain, "apply");
	assert_int_equal(plan.code, 0);
	assert_non_null(strstr(plan.err, "warning[verify-only]"));
	assert_non_null(strstr(plan.err, "attached by no link"));
	way_open(ordain, IN);
	assert_int_equal(way_send(ordain, 0, PACKETS, "acdb"), PACKETS);
	foreign_attach_off("eth0", IN, program);
	close(program);
	(void)theirs;
}

/* A failing case must not leave links that the next one would find. */
static int close_all(void **state)
{
	struct ordain *ordain = *state;

	drop_links(&attached);
	ordain_shell(ordain, "rm -rf $BPFFS/theirs");
	return ordain_teardown(state);
}

#define TAKEOVER_TEST(name) cmocka_unit_test_setup_teardown(name, ordain_setup, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TAKEOVER_TEST(taken_over_and_given_back_on_ingress),
		TAKEOVER_TEST(taken_over_and_given_back_on_egress),
		TAKEOVER_TEST(types_of_libbpf_are_taken_over),
		TAKEOVER_TEST(owner_closes_its_link),
		TAKEOVER_TEST(owner_leaves_while_no_agent_runs),
		TAKEOVER_TEST(owner_updates_its_link),
		TAKEOVER_TEST(owner_puts_its_program_back),
		TAKEOVER_TEST(unlike_types_are_refused),
		TAKEOVER_TEST(owner_who_names_its_program_is_refused),
		TAKEOVER_TEST(owner_comes_twice),
		TAKEOVER_TEST(agent_restarts_without_a_change),
		TAKEOVER_TEST(pins_are_removed),
		TAKEOVER_TEST(kill_at_any_moment),
		TAKEOVER_TEST(who_may_come_back_needs_a_gap),
		TAKEOVER_TEST(what_has_no_link_is_left_alone),
		TAKEOVER_TEST(interface_is_deleted),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
