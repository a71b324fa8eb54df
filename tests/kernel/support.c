/* SPDX-License-Identifier: GPL-2.0-only */
/* The harness itself: what it says of a hook is true, and it loses nothing of its own. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <net/if.h>

#include "agent/kernel/hook_calls.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tests/support/traffic.h"

static const struct netns *netns;

/* Traffic from the far side to the near one, and one sample program on its way. */
struct way {
	struct sender sender;
	struct receiver *receiver;
	struct receipt receipt;
	struct bpf_object *object;
	struct bpf_link *link;
};

static struct way *way_open(void)
{
	struct way *way = calloc(1, sizeof(*way));

	assert_non_null(way);
	netns_switch(netns, NETNS_FAR);
	assert_int_equal(sender_open(NETNS_FAR_INTERFACE, &way->sender), 0);
	netns_switch(netns, NETNS_NEAR);
	assert_int_equal(receiver_open(NETNS_INTERFACE, &way->receiver), 0);
	return way;
}

static void way_close(struct way *way)
{
	bpf_link__destroy(way->link);
	bpf_object__close(way->object);
	sender_close(&way->sender);
	receiver_close(way->receiver);
	free(way);
}

static void way_read(struct way *way)
{
	assert_int_equal(receiver_read(way->receiver, way->sender.sent, &way->receipt), 0);
}

/* Ingress and XDP on the near side, egress on the far one: all three are on the way. */
static void way_attach(struct way *way, enum hook hook, const char *sample)
{
	bool egress = hook == HOOK_TCX_EGRESS;
	char path[4096], function[32];
	struct bpf_program *program;
	unsigned int ifindex;

	snprintf(path, sizeof(path), "%s/%s_a.bpf.o", getenv("ORDAIN_BPF"), sample);
	snprintf(function, sizeof(function), "%s_%s", sample, hook == HOOK_XDP ? "xdp" : "tc");
	way->object = bpf_object__open_file(path, NULL);
	assert_non_null(way->object);
	program = bpf_object__find_program_by_name(way->object, function);
	assert_non_null(program);
	if (hook != HOOK_XDP)
		bpf_program__set_expected_attach_type(program,
						      egress ? BPF_TCX_EGRESS : BPF_TCX_INGRESS);
	assert_int_equal(bpf_object__load(way->object), 0);
	netns_switch(netns, egress ? NETNS_FAR : NETNS_NEAR);
	ifindex = if_nametoindex(egress ? NETNS_FAR_INTERFACE : NETNS_INTERFACE);
	if (hook == HOOK_XDP)
		way->link = bpf_program__attach_xdp(program, (int)ifindex);
	else
		way->link = bpf_program__attach_tcx(program, (int)ifindex, NULL);
	netns_switch(netns, NETNS_NEAR);
	assert_non_null(way->link);
}

static void support_loses_nothing_at_full_rate(void **state)
{
	enum { MICROSECONDS = 500000 };
	struct way *way = way_open();

	(void)state;
	assert_int_equal(sender_start(&way->sender), 0);
	usleep(MICROSECONDS);
	assert_int_equal(sender_stop(&way->sender), 0);
	way_read(way);
	print_message("%.2f Mpps\n", (double)way->sender.sent / MICROSECONDS);
	assert_int_equal(way->receipt.packets, way->sender.sent);
	assert_int_equal(way->receipt.lost, 0);
	assert_int_equal(way->receipt.duplicates, 0);
	assert_int_equal(receipt_of(&way->receipt, ""), way->sender.sent);
	way_close(way);
}

static void support_keeps_to_the_rate(void **state)
{
	struct way *way = way_open();

	(void)state;
	way->sender.rate = 20000;
	assert_int_equal(sender_start(&way->sender), 0);
	usleep(200000);
	assert_int_equal(sender_stop(&way->sender), 0);
	/* A slow machine may send less, none may send more. */
	assert_in_range(way->sender.sent, 1, 6000);
	way_close(way);
}

/* There is no tcx before Linux 6.6. */
static void skip_unless_supported(enum hook hook)
{
	struct hook_state state;

	assert_int_equal(hook_query(hook, netns_ifindex(NETNS_INTERFACE), &state), 0);
	if (!state.supported)
		skip();
}

static void reads_the_stamp(enum hook hook)
{
	struct way *way;

	skip_unless_supported(hook);
	way = way_open();
	way_attach(way, hook, "stamp");
	assert_int_equal(sender_start(&way->sender), 0);
	usleep(100000);
	assert_int_equal(sender_stop(&way->sender), 0);
	way_read(way);
	assert_int_equal(way->receipt.lost, 0);
	assert_int_equal(way->receipt.trace_count, 1);
	assert_int_equal(receipt_of(&way->receipt, "a"), way->sender.sent);
	way_close(way);
}

static void support_reads_the_trace_behind_xdp(void **state)
{
	(void)state;
	reads_the_stamp(HOOK_XDP);
}

static void support_reads_the_trace_behind_tcx_ingress(void **state)
{
	(void)state;
	reads_the_stamp(HOOK_TCX_INGRESS);
}

static void support_reads_the_trace_behind_tcx_egress(void **state)
{
	(void)state;
	reads_the_stamp(HOOK_TCX_EGRESS);
}

/* 100 pass, 10 are dropped, 100 pass. */
static void reports_what_was_dropped(enum hook hook)
{
	struct way *way;

	skip_unless_supported(hook);
	way = way_open();
	way_attach(way, hook, "verdict");
	way->sender.once = hook == HOOK_TCX_EGRESS;
	way->sender.rate = 20000;
	assert_int_equal(sender_send(&way->sender, 100), 0);
	way->sender.action = 'a';
	assert_int_equal(sender_send(&way->sender, 10), 0);
	way->sender.action = 0;
	assert_int_equal(sender_send(&way->sender, 100), 0);
	way_read(way);
	assert_int_equal(way->sender.sent, 210);
	assert_int_equal(way->sender.refused, hook == HOOK_TCX_EGRESS ? 10 : 0);
	assert_int_equal(way->receipt.packets, 200);
	assert_int_equal(way->receipt.lost, 10);
	assert_int_equal(way->receipt.first_lost, 100);
	assert_int_equal(receipt_of(&way->receipt, "a"), 200);
	way_close(way);
}

static void support_reports_what_xdp_dropped(void **state)
{
	(void)state;
	reports_what_was_dropped(HOOK_XDP);
}

static void support_reports_what_tcx_ingress_dropped(void **state)
{
	(void)state;
	reports_what_was_dropped(HOOK_TCX_INGRESS);
}

static void support_reports_what_tcx_egress_dropped(void **state)
{
	(void)state;
	reports_what_was_dropped(HOOK_TCX_EGRESS);
}

static void support_forgets_on_reset_and_tells_duplicates(void **state)
{
	struct way *way = way_open();

	(void)state;
	assert_int_equal(sender_send(&way->sender, 10), 0);
	way_read(way);
	assert_int_equal(receiver_reset(way->receiver, way->sender.sent), 0);
	assert_int_equal(sender_send(&way->sender, 10), 0);
	way_read(way);
	assert_int_equal(way->receipt.packets, 10);
	assert_int_equal(way->receipt.lost, 0);
	way->sender.sent = 15;
	assert_int_equal(sender_send(&way->sender, 5), 0);
	way_read(way);
	assert_int_equal(way->receipt.packets, 15);
	assert_int_equal(way->receipt.duplicates, 5);
	way_close(way);
}

static void support_finds_gaps_without_knowing_what_was_sent(void **state)
{
	struct way *way = way_open();

	(void)state;
	way->sender.sent = 1000;
	assert_int_equal(sender_send(&way->sender, 100), 0);
	way->sender.sent = 1107;
	assert_int_equal(sender_send(&way->sender, 100), 0);
	way_read(way);
	assert_int_equal(receiver_finish(way->receiver, &way->receipt), 0);
	assert_int_equal(way->receipt.packets, 200);
	assert_int_equal(way->receipt.lost, 7);
	assert_int_equal(way->receipt.first_lost, 1100);
	way_close(way);
}

static void support_makes_renames_and_deletes_interfaces(void **state)
{
	(void)state;
	netns_ip(netns, NETNS_NEAR, "link add v0 type veth peer name v1");
	assert_int_not_equal(netns_ifindex("v0"), 0);
	netns_ip(netns, NETNS_NEAR, "link set v0 name v2");
	assert_int_equal(netns_ifindex("v0"), 0);
	assert_int_not_equal(netns_ifindex("v2"), 0);
	netns_ip(netns, NETNS_NEAR, "link del v2");
	assert_int_equal(netns_ifindex("v1"), 0);
	assert_int_equal(netns_ifindex("v2"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(support_loses_nothing_at_full_rate),
		cmocka_unit_test(support_keeps_to_the_rate),
		cmocka_unit_test(support_reads_the_trace_behind_xdp),
		cmocka_unit_test(support_reads_the_trace_behind_tcx_ingress),
		cmocka_unit_test(support_reads_the_trace_behind_tcx_egress),
		cmocka_unit_test(support_reports_what_xdp_dropped),
		cmocka_unit_test(support_reports_what_tcx_ingress_dropped),
		cmocka_unit_test(support_reports_what_tcx_egress_dropped),
		cmocka_unit_test(support_forgets_on_reset_and_tells_duplicates),
		cmocka_unit_test(support_finds_gaps_without_knowing_what_was_sent),
		cmocka_unit_test(support_makes_renames_and_deletes_interfaces),
	};

	netns = netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
