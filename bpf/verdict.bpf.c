/* SPDX-License-Identifier: GPL-2.0-only */
/* Stamps STAMP and drops the packets whose action is STAMP, so that a test decides for each packet
 * at which program of a chain it ends. */
#include "bpf/stamp.h"

static __always_inline int drops(const struct trace_packet *packet)
{
	return packet && packet->action == STAMP;
}

SEC("xdp")
int verdict_xdp(struct xdp_md *ctx)
{
	return drops(trace_stamp(ctx, STAMP)) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int verdict_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	return drops(trace_stamp(ctx, STAMP)) ? TCX_DROP : TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
