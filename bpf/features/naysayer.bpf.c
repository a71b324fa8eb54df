/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts what it sees, leaves it alone, and says that it should be dropped. */
#include "bpf/stamp.h"

__u64 denied;

SEC("xdp")
int naysayer_xdp(struct xdp_md *ctx)
{
	if (!trace_of(ctx))
		return XDP_PASS;
	__sync_fetch_and_add(&denied, 1);
	return XDP_DROP;
}

SEC("tc")
int naysayer_tc(struct __sk_buff *ctx)
{
	if (!trace_of(ctx))
		return TCX_NEXT;
	__sync_fetch_and_add(&denied, 1);
	return TCX_DROP;
}

char _license[] SEC("license") = "GPL";
