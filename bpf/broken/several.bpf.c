/* SPDX-License-Identifier: GPL-2.0-only */
/* Several programs for one hook: a policy has to name the one that it means. */
#include "bpf/stamp.h"

SEC("xdp")
int first(struct xdp_md *ctx)
{
	trace_stamp(ctx, '1');
	return XDP_PASS;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	trace_stamp(ctx, '2');
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
