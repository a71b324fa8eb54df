/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls eight functions deep, as deep as the kernel lets a program: nobody could call it itself. */
#include "bpf/stamp.h"

static __noinline int depth_8(struct xdp_md *ctx)
{
	trace_stamp(ctx, 'd');
	return ctx->data_end - ctx->data > 64 ? XDP_PASS : XDP_ABORTED;
}

#define DEPTH(number, next)                                                                        \
	static __noinline int depth_##number(struct xdp_md *ctx)                                   \
	{                                                                                          \
		return next(ctx) == XDP_PASS ? XDP_PASS : XDP_DROP;                                \
	}

DEPTH(7, depth_8)
DEPTH(6, depth_7)
DEPTH(5, depth_6)
DEPTH(4, depth_5)
DEPTH(3, depth_4)
DEPTH(2, depth_3)

SEC("xdp")
int nested_calls(struct xdp_md *ctx)
{
	return depth_2(ctx);
}

char _license[] SEC("license") = "GPL";
