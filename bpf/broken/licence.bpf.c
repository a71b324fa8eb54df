/* SPDX-License-Identifier: GPL-2.0-only */
/* Its licence is not GPL-compatible, and it uses no helper that would ask for one. */
#include "bpf/stamp.h"

SEC("xdp")
int licence_xdp(struct xdp_md *ctx)
{
	trace_stamp(ctx, 'l');
	return XDP_PASS;
}

SEC("tc")
int licence_tc(struct __sk_buff *ctx)
{
	trace_stamp(ctx, 'l');
	return TCX_NEXT;
}

char _license[] SEC("license") = "Proprietary";
