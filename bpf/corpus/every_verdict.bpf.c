/* SPDX-License-Identifier: GPL-2.0-only */
/* Returns what the packet's action says; as a letter, '-' is TCX_NEXT. */
#include "bpf/stamp.h"

SEC("xdp")
int every_verdict_xdp(struct xdp_md *ctx)
{
	struct trace_packet *packet = trace_stamp(ctx, '+');

	return packet ? packet->action : XDP_PASS;
}

SEC("tc")
int every_verdict_tc(struct __sk_buff *ctx)
{
	struct trace_packet *packet;

	trace_pull(ctx);
	packet = trace_stamp(ctx, '+');
	return packet && packet->action != '-' ? packet->action : TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
