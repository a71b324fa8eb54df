/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that jumps to others: they would have to be asked about, too. */
#include "bpf/opinion.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} table SEC(".maps");

SEC("xdp")
int xdp_jump(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &table, 0);
	return XDP_PASS;
}

SEC("tc")
int tc_jump(struct __sk_buff *ctx)
{
	bpf_tail_call(ctx, &table, 0);
	return -1;
}

char _license[] SEC("license") = "GPL";
