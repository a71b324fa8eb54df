/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts, in maps of every kind. */
#include "bpf/judged/watch.h"

struct totals {
	__u64 packets;
	__u64 bytes;
};

struct prefix {
	__u32 length;
	__u32 address;
};

MAP(by_protocol, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct totals, 256);
MAP(by_type, BPF_MAP_TYPE_HASH, __u16, struct totals, 64);
MAP(flows, BPF_MAP_TYPE_LRU_HASH, struct flow, struct totals, 1024);
MAP(flows_per_cpu, BPF_MAP_TYPE_LRU_PERCPU_HASH, struct flow, struct totals, 1024);
MAP(sizes, BPF_MAP_TYPE_ARRAY, __u32, __u64, 16);

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u64);
} networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1024);
	__uint(value_size, 4);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__uint(value_size, sizeof(struct flow));
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 64);
	__uint(value_size, 4);
} undo SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner inner_of_array SEC(".maps"), inner_of_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} tenants SEC(".maps") = { .values = { [1] = &inner_of_array } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} tenants_by_name SEC(".maps") = { .values = { [0] = &inner_of_hash } };

__u64 all_packets;
__u64 all_bytes;

static __always_inline void protocols(void *ctx, __u8 *data, __u8 *end)
{
	struct totals *totals;
	__u32 protocol;

	(void)ctx;
	if (data + 34 > end)
		return;
	protocol = data[23];
	totals = bpf_map_lookup_elem(&by_protocol, &protocol);
	if (!totals)
		return;
	totals->packets++;
	totals->bytes += end - data;
}
WATCH(protocols)

/* A key that lies in the packet, and a value that is made when it is first seen. */
static __always_inline void ethertypes(void *ctx, __u8 *data, __u8 *end)
{
	struct totals first = { 1, end - data };
	struct totals *totals;

	(void)ctx;
	if (data + 14 > end)
		return;
	totals = bpf_map_lookup_elem(&by_type, data + 12);
	if (!totals) {
		bpf_map_update_elem(&by_type, data + 12, &first, BPF_NOEXIST);
		return;
	}
	__sync_fetch_and_add(&totals->packets, 1);
	__sync_fetch_and_add(&totals->bytes, end - data);
}
WATCH(ethertypes)

static __always_inline void flow_table(void *ctx, __u8 *data, __u8 *end)
{
	struct totals *totals, first = { 1, end - data };
	struct flow flow;

	(void)ctx;
	if (!flow_parse(data, end, &flow))
		return;
	totals = bpf_map_lookup_elem(&flows, &flow);
	if (totals) {
		__sync_fetch_and_add(&totals->packets, 1);
		__sync_fetch_and_add(&totals->bytes, end - data);
	} else {
		bpf_map_update_elem(&flows, &flow, &first, BPF_ANY);
	}
}
WATCH(flow_table)

static __always_inline void flow_table_per_cpu(void *ctx, __u8 *data, __u8 *end)
{
	struct totals *totals, first = { 1, end - data };
	struct flow flow;

	(void)ctx;
	if (!flow_parse(data, end, &flow))
		return;
	totals = bpf_map_lookup_elem(&flows_per_cpu, &flow);
	if (totals)
		totals->packets++;
	else
		bpf_map_update_elem(&flows_per_cpu, &flow, &first, BPF_ANY);
	if (flow.protocol == IPPROTO_ICMP)
		bpf_map_delete_elem(&flows_per_cpu, &flow);
}
WATCH(flow_table_per_cpu)

static __always_inline void prefixes(void *ctx, __u8 *data, __u8 *end)
{
	struct prefix key = { .length = 32 };
	__u64 *count;

	(void)ctx;
	if (data + 34 > end)
		return;
	__builtin_memcpy(&key.address, data + 26, sizeof(key.address));
	count = bpf_map_lookup_elem(&networks, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
}
WATCH(prefixes)

static __always_inline void first_seen(void *ctx, __u8 *data, __u8 *end)
{
	(void)ctx;
	if (data + 34 > end)
		return;
	if (bpf_map_peek_elem(&seen, &(__u32){ data[26] | data[27] << 8 }))
		bpf_map_push_elem(&seen, &(__u32){ data[26] | data[27] << 8 }, BPF_ANY);
}
WATCH(first_seen)

static __always_inline void queued(void *ctx, __u8 *data, __u8 *end)
{
	struct flow flow, oldest;

	(void)ctx;
	if (!flow_parse(data, end, &flow))
		return;
	if (bpf_map_push_elem(&recent, &flow, 0))
		bpf_map_pop_elem(&recent, &oldest);
}
WATCH(queued)

static __always_inline void stacked(void *ctx, __u8 *data, __u8 *end)
{
	__u32 word = 0;

	(void)ctx;
	if (data + 14 > end)
		return;
	bpf_map_push_elem(&undo, data, BPF_EXIST);
	bpf_map_peek_elem(&undo, &word);
	all_bytes += word & 1;
}
WATCH(stacked)

static __always_inline void per_tenant(void *ctx, __u8 *data, __u8 *end)
{
	__u32 tenant = 1, slot = 2;
	void *inner = bpf_map_lookup_elem(&tenants, &tenant);
	__u64 *count = inner ? bpf_map_lookup_elem(inner, &slot) : 0;

	(void)ctx;
	if (count)
		*count += end - data;
}
WATCH(per_tenant)

static __always_inline void per_named_tenant(void *ctx, __u8 *data, __u8 *end)
{
	__u32 tenant = 0, slot = 2;
	void *inner = bpf_map_lookup_elem(&tenants_by_name, &tenant);
	__u64 *count = inner ? bpf_map_lookup_elem(inner, &slot) : 0;

	(void)ctx;
	if (count)
		__sync_fetch_and_add(count, end - data);
}
WATCH_TC(per_named_tenant)

static __always_inline void globals(void *ctx, __u8 *data, __u8 *end)
{
	(void)ctx;
	__sync_fetch_and_add(&all_packets, 1);
	__sync_fetch_and_add(&all_bytes, end - data);
}
WATCH(globals)

/* The place in the map is computed from the length. */
static __always_inline void histogram(void *ctx, __u8 *data, __u8 *end)
{
	__u64 length = end - data;
	__u32 slot = 0;
	__u64 *count;

	(void)ctx;
	for (int i = 0; i < 15; i++) {
		if (length > 1) {
			length >>= 1;
			slot++;
		}
	}
	count = bpf_map_lookup_elem(&sizes, &slot);
	if (count)
		__sync_fetch_and_add(count, 1);
}
WATCH(histogram)
