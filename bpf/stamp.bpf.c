/* SPDX-License-Identifier: GPL-2.0-only */
/* Appends the letter STAMP to a packet's trace and lets it go on. Other packets pass untouched. */
#include "bpf/stamp.h"

SEC("xdp")
int stamp_xdp(struct xdp_md *ctx)
{
	trace_stamp(ctx, STAMP);
	return XDP_PASS;
}

SEC("tc")
int stamp_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	trace_stamp(ctx, STAMP);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
