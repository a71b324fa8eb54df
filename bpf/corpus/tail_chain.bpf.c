/* SPDX-License-Identifier: GPL-2.0-only */
/* Jumps from program to program through two tables that the object itself fills. */
#include "bpf/stamp.h"

int hop_1(struct __sk_buff *ctx);
int hop_2(struct __sk_buff *ctx);
int hop_3(struct __sk_buff *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} odd SEC(".maps") = {
	.values = { [1] = (void *)&hop_1, [3] = (void *)&hop_3 },
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} even SEC(".maps") = {
	.values = { [2] = (void *)&hop_2 },
};

static __noinline void stamp(struct __sk_buff *ctx, char letter)
{
	trace_pull(ctx);
	trace_stamp(ctx, letter);
}

SEC("tc")
int tail_chain(struct __sk_buff *ctx)
{
	stamp(ctx, '0');
	bpf_tail_call_static(ctx, &odd, 1);
	return TCX_DROP;
}

SEC("tc")
int hop_1(struct __sk_buff *ctx)
{
	stamp(ctx, '1');
	bpf_tail_call_static(ctx, &even, 2);
	return TCX_DROP;
}

SEC("tc")
int hop_2(struct __sk_buff *ctx)
{
	stamp(ctx, '2');
	bpf_tail_call_static(ctx, &odd, 3);
	return TCX_DROP;
}

SEC("tc")
int hop_3(struct __sk_buff *ctx)
{
	stamp(ctx, '3');
	bpf_tail_call_static(ctx, &even, 3); /* empty */
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
