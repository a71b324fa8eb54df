/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of others on XDP that become elements of our chain, and go back where they were. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "tests/support/test.h"
#include "tests/support/vendor.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

/* Ours are a and b; `ext` means the samples' programs wherever others attach them. */
static void write_policy(const struct ordain *ordain, const char *others, const char *absorb,
			 const char *order)
{
	const char *objects = getenv("ORDAIN_BPF");

	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s/stamp_a.bpf.o,\n"
		     "      function: stamp_xdp}\n"
		     "  b: {hook: xdp, interfaces: [eth0], object: %s/stamp_b.bpf.o,\n"
		     "      function: stamp_xdp}\n"
		     "%s%s%s"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, others: %s, order: [%s]}\n",
		     objects, objects,
		     *absorb ? "  ext: {hook: xdp, interfaces: [eth0], attached: {name: stamp_*},\n"
			       "        absorb: "
			     : "",
		     absorb, *absorb ? "}\n" : "", others, order);
}

/* Somebody else's, with the letter in its name and the attach type of its loader. */
static int load_stamp(const struct ordain *ordain, char letter, enum bpf_attach_type type)
{
	const char *path = object_path(ordain, arena_printf(ordain->arena, "stamp_%c", letter));
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;
	int fd;

	assert_non_null(object);
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program, !strcmp(bpf_program__name(program), "stamp_xdp"));
	program = bpf_object__find_program_by_name(object, "stamp_xdp");
	bpf_program__set_expected_attach_type(program, type);
	assert_int_equal(bpf_object__load(object), 0);
	fd = dup(bpf_program__fd(program));
	bpf_object__close(object);
	return fd;
}

/* All that was sent arrived once, with one of these traces, each of which was seen. */
static void assert_only(const struct ordain *ordain, const char *first, const char *second)
{
	const struct receipt *receipt = &ordain->way->receipt;

	assert_int_equal(receipt->lost, 0);
	assert_int_equal(receipt->duplicates, 0);
	assert_int_not_equal(receipt_of(receipt, first), 0);
	assert_int_not_equal(receipt_of(receipt, second), 0);
	assert_int_equal(receipt_of(receipt, first) + receipt_of(receipt, second),
			 receipt->packets);
}

/* Taken over and given back while packets flow: each meets the one or the other. */
static void take_and_give(struct ordain *ordain, const char *order, const char *trace,
			  enum bpf_attach_type type, bool by_link)
{
	int program = load_stamp(ordain, 'c', type);
	uint32_t id = foreign_id(program);
	int link = -1;

	if (by_link)
		link = foreign_link("eth0", HOOK_XDP, program, true);
	else
		foreign_netlink("eth0", program);
	write_policy(ordain, "keep", "true", order);
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	way_wait(ordain, PACKETS);
	ordain_do(ordain, "apply");
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	assert_only(ordain, "c", trace);
	assert_true(ordain_in_sync(ordain));
	assert_int_not_equal(hook_program("eth0", HOOK_XDP), id);
	way_close(ordain);

	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	way_wait(ordain, PACKETS);
	ordain_do(ordain, "detach");
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	assert_only(ordain, trace, "c");
	assert_int_equal(hook_program("eth0", HOOK_XDP), id);
	way_close(ordain);
	if (by_link)
		close(link);
	else
		foreign_netlink_off("eth0");
	close(program);
	ordain_do(ordain, "resume");
}

static void what_netlink_attached_is_taken_over_and_given_back(void **state)
{
	take_and_give(*state, "a, ext, b", "acb", BPF_XDP, false);
	take_and_give(*state, "ext, a, b", "cab", BPF_XDP, false);
	take_and_give(*state, "b, a, ext", "bac", 0, false);
}

static void what_a_link_holds_is_taken_over_and_given_back(void **state)
{
	take_and_give(*state, "a, ext, b", "acb", BPF_XDP, true);
	take_and_give(*state, "ext, b, a", "cba", 0, true);
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static bool runs(struct ordain *ordain, const char *trace)
{
	return way_send(ordain, 0, 10, trace) == 10;
}

/* Each packet that comes later has that trace. */
static void await(struct ordain *ordain, const char *trace)
{
	wait_until(ordain, runs(ordain, trace));
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, PACKETS, trace);
}

/* Ours is a, and what a loader named vendor_c attaches is called where the order says. */
static void write_vendor(const struct ordain *ordain, const char *more, const char *order)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s, function: stamp_xdp}\n"
		     "  ext: {hook: xdp, interfaces: [eth0], attached: {name: vendor_*}%s}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, order: [%s]}\n",
		     object_path(ordain, "stamp_a"), more, order);
}

/* There is no trace of ours: no pin, and what is on the hook is what was there. */
static void assert_untouched(const struct ordain *ordain, uint32_t program)
{
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	assert_string_equal(ordain_shell(ordain, "find $BPFFS/ordain -type f -path '*-xdp*'").out,
			    "");
}

/* It swaps what is in its link, as if nobody else was there. */
static void link_owner_is_followed(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c = vendor_start("eth0", 'c', 0);
	uint32_t id;

	assert_int_equal(vendor_do(&c, VENDOR_LINK), 0);
	write_vendor(ordain, ", absorb: true", "a, ext");
	assert_says(ordain_run(ordain, "plan").err, "EPERM when it replaces its program");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	await(ordain, "ac");
	assert_says(ordain_do(ordain, "plan"), "No changes");
	assert_int_equal(vendor_do(&c, VENDOR_RELOAD), 0);
	assert_int_equal(vendor_do(&c, VENDOR_UPDATE_OWN), -EPERM);
	way_expect(ordain, PACKETS, "ac");
	id = hook_program("eth0", HOOK_XDP);
	assert_int_equal(vendor_do(&c, VENDOR_UPDATE), 0);
	wait_until(ordain, hook_program("eth0", HOOK_XDP) != id && runs(ordain, "ac"));
	await(ordain, "ac");
	/* Its link goes, and our chain with it. */
	assert_int_equal(vendor_do(&c, VENDOR_CLOSE), 0);
	await(ordain, "a");
	assert_int_equal(vendor_do(&c, VENDOR_LINK), -EBUSY);
	vendor_kill(&c);
}

static void link_owner_that_dies_takes_his_program_along(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c = vendor_start("eth0", 'c', BPF_XDP);

	assert_int_equal(vendor_do(&c, VENDOR_LINK), 0);
	write_vendor(ordain, ", absorb: true", "ext, a");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	await(ordain, "ca");
	sleep(2);
	vendor_kill(&c);
	await(ordain, "a");
}

/* The policy changes its mind, while packets flow. */
static void absorb_taken_away_gives_back(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c = vendor_start("eth0", 'c', BPF_XDP);
	uint32_t id = (uint32_t)vendor_do(&c, VENDOR_ID);

	assert_int_equal(vendor_do(&c, VENDOR_ASK), 0);
	write_vendor(ordain, ", absorb: true", "ext, a");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ca");
	assert_says(ordain_do(ordain, "status"), "ext (absorbed, id ");
	assert_true(ordain_counter(ordain, "eth0", HOOK_XDP, "ext", "seen") >= PACKETS);
	assert_says(ordain_do(ordain, "explain eth0"), "absorb");
	assert_says(ordain_run(ordain, "status --all").out, "attached by our chain");
	way_start(ordain);
	way_wait(ordain, PACKETS);
	write_vendor(ordain, "", "ext, a");
	assert_says(ordain_run(ordain, "plan").out, "eth0 xdp: give back in one swap");
	assert_int_equal(ordain_run(ordain, "apply").code, 0);
	way_wait(ordain, PACKETS);
	way_stop(ordain);
	assert_only(ordain, "ca", "c");
	assert_untouched(ordain, id);
	/* It is as if we had never been there. */
	assert_int_equal(vendor_do(&c, VENDOR_RELOAD), 0);
	assert_int_equal(vendor_do(&c, VENDOR_REPLACE), 0);
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	vendor_kill(&c);
}

static void agent_may_die_and_come_back(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c = vendor_start("eth0", 'c', BPF_XDP);
	uint32_t id = (uint32_t)vendor_do(&c, VENDOR_ID);
	uint32_t chain;

	assert_int_equal(vendor_do(&c, VENDOR_ASK), 0);
	write_vendor(ordain, ", absorb: true", "a, ext");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	await(ordain, "ac");
	chain = hook_program("eth0", HOOK_XDP);
	agent_kill(ordain);
	way_expect(ordain, PACKETS, "ac");
	agent_start_ready(ordain);
	await(ordain, "ac");
	assert_int_equal(hook_program("eth0", HOOK_XDP), chain);
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	assert_untouched(ordain, id);
	vendor_kill(&c);
}

/* Nothing but the agent knows then what is on the hook. */
static void removed_pins_are_restored(void **state)
{
	struct ordain *ordain = *state;
	struct vendor c = vendor_start("eth0", 'c', BPF_XDP);

	assert_int_equal(vendor_do(&c, VENDOR_ASK), 0);
	write_vendor(ordain, ", absorb: true", "a, ext");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	await(ordain, "ac");
	ordain_shell(ordain, "rm -r $BPFFS/ordain/netns-*");
	way_expect(ordain, PACKETS, "ac");
	wait_until(ordain, agent_said(ordain, "our pins were removed"));
	await(ordain, "ac");
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	assert_untouched(ordain, (uint32_t)vendor_do(&c, VENDOR_ID));
	vendor_kill(&c);
}

static void interface_may_go_and_come(void **state)
{
	struct ordain *ordain = *state;
	const char *objects = getenv("ORDAIN_BPF");
	struct vendor c;
	uint32_t id;

	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth7], object: %s/stamp_a.bpf.o,\n"
		     "      function: stamp_xdp}\n"
		     "  ext: {hook: xdp, interfaces: [eth7], attached: {name: vendor_*},\n"
		     "        absorb: true}\n",
		     objects);
	netns_ip(ordain->netns, NETNS_NEAR, "link add eth7 type veth peer name peer7");
	c = vendor_start("eth7", 'c', BPF_XDP);
	id = (uint32_t)vendor_do(&c, VENDOR_ID);
	assert_int_equal(vendor_do(&c, VENDOR_ASK), 0);
	agent_start_ready(ordain);
	wait_until(ordain, hook_program("eth7", HOOK_XDP) != id);
	netns_ip(ordain->netns, NETNS_NEAR, "link del eth7");
	vendor_kill(&c);
	netns_ip(ordain->netns, NETNS_NEAR, "link add eth7 type veth peer name peer7");
	wait_until(ordain, hook_program("eth7", HOOK_XDP));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_null(strstr(ordain_do(ordain, "status"), "absorbed"));
	agent_stop(ordain);
}

/* What drops as long as it is missing, and a hook that can be forced. */
static void bypass_needs_a_word(void **state)
{
	struct ordain *ordain = *state;
	const char *word = "";
	struct outcome plan;

	for (unsigned int i = 0; i < 2; i++) {
		policy_write(ordain, "p.yaml",
			     "programs:\n"
			     "  a: {hook: xdp, interfaces: [eth0], object: %s,\n"
			     "      function: stamp_xdp, if_missing: drop}\n"
			     "chains:\n"
			     "  - {interfaces: [eth0], hook: xdp, others: absorb%s}\n",
			     object_path(ordain, "stamp_a"), word);
		plan = ordain_run(ordain, "plan");
		assert_says(plan.err, i ? "warning[door]" : "error[door]");
		assert_says(plan.err, i ? "meanwhile it drops nothing" : "bypass: allow");
		ordain_run(ordain, "apply");
		assert_int_equal(hook_holding("eth0", HOOK_XDP).links[0] != 0, !i);
		ordain_do(ordain, "detach");
		ordain_do(ordain, "resume");
		word = ", bypass: allow";
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(what_netlink_attached_is_taken_over_and_given_back),
		ORDAIN_TEST(what_a_link_holds_is_taken_over_and_given_back),
		ORDAIN_TEST(link_owner_is_followed),
		ORDAIN_TEST(link_owner_that_dies_takes_his_program_along),
		ORDAIN_TEST(absorb_taken_away_gives_back),
		ORDAIN_TEST(agent_may_die_and_come_back),
		ORDAIN_TEST(removed_pins_are_restored),
		ORDAIN_TEST(interface_may_go_and_come),
		ORDAIN_TEST(bypass_needs_a_word),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
