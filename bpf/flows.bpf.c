/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that its package upgrades: in VERSION 2 it stamps another letter, has learnt to count
 * bytes too, and has its settings in a larger struct.
 */
#include "bpf/stamp.h"

struct settings {
	__u64 limit;
#if VERSION >= 2
	__u64 burst;
#endif
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct settings);
} settings SEC(".maps");

#if VERSION >= 2
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} bytes SEC(".maps");
#endif

__u64 total;

SEC("xdp")
int flows_xdp(struct xdp_md *ctx)
{
	struct trace_packet *packet = trace_stamp(ctx, '0' + VERSION);
	struct settings *set;
	__u64 *count;
	__u64 one = 1;
	__u32 key = 0;

	if (!packet)
		return XDP_PASS;
	total++;
	set = bpf_map_lookup_elem(&settings, &key);
	if (set && set->limit == 1)
		return XDP_DROP;
	count = bpf_map_lookup_elem(&flows, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&flows, &key, &one, BPF_NOEXIST);
#if VERSION >= 2
	count = bpf_map_lookup_elem(&bytes, &key);
	if (count)
		__sync_fetch_and_add(count, ctx->data_end - ctx->data);
#endif
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
