/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands packets over to a program that somebody puts into a map. */
#include "bpf/judged/judged.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

SEC("xdp")
int tail_call(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &programs, 1);
	return XDP_PASS;
}

static __noinline int from_below(struct __sk_buff *ctx, __u32 index)
{
	bpf_tail_call(ctx, &programs, index);
	return 0;
}

SEC("tc")
int tc_tail_call(struct __sk_buff *ctx)
{
	from_below(ctx, ctx->mark & 3);
	return TCX_NEXT;
}
