/* SPDX-License-Identifier: GPL-2.0-only */
/* Two functions that count in the same maps: traced packets in, and packets out. */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

__u64 both;

static __always_inline void count(struct __sk_buff *ctx, __u32 way)
{
	__u64 *value = bpf_map_lookup_elem(&counts, &way);

	trace_pull(ctx);
	if (!trace_of(ctx) || !value)
		return;
	__sync_fetch_and_add(value, 1);
	__sync_fetch_and_add(&both, 1);
}

SEC("tc")
int count_in(struct __sk_buff *ctx)
{
	count(ctx, 0);
	return TCX_NEXT;
}

SEC("tc")
int count_out(struct __sk_buff *ctx)
{
	count(ctx, 1);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
