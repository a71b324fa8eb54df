/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Its licence is not compatible with the GPL, and it uses no helper that would ask for one. Drops
 * the packets whose action is 'l'.
 */
#include "bpf/stamp.h"

static __always_inline int drops(const struct trace_packet *packet)
{
	return packet && packet->action == 'l';
}

SEC("xdp")
int licence_xdp(struct xdp_md *ctx)
{
	return drops(trace_stamp(ctx, 'l')) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int licence_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	return drops(trace_stamp(ctx, 'l')) ? TCX_DROP : TCX_NEXT;
}

char _license[] SEC("license") = "Proprietary";
