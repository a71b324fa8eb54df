/* SPDX-License-Identifier: GPL-2.0-only */
/* Declares that it can take packets of several buffers: a property of the whole loaded program. */
#include "bpf/stamp.h"

SEC("xdp.frags")
int frags(struct xdp_md *ctx)
{
	trace_stamp(ctx, 'f');
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
