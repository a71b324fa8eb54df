/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs keep: maps of several types, global variables, locks. */
#include "bpf/mixture/mixture.h"

enum { ENTRIES = 8 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

struct locked {
	struct bpf_spin_lock lock;
	__u32 count;
	__u64 sum;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} lockers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} percpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

__u64 total;
__u32 last_byte = 5;
const volatile __u32 threshold = 29;

PROGRAM(counts)
{
	__u8 *bytes = packet(ctx);
	__u32 key = bytes ? bytes[15] & 7 : 0;
	__u64 *value = bpf_map_lookup_elem(&array, &key);

	if (value)
		*value += 1;
	return GO_ON;
}

PROGRAM(counts_and_judges)
{
	__u8 *bytes = packet(ctx);
	__u32 key = bytes ? bytes[15] & 7 : 0;
	__u64 *value = bpf_map_lookup_elem(&array, &key);

	if (!value)
		return DROPPED;
	*value += bytes ? bytes[16] : 1;
	return *value % 11 == 5 ? DROPPED : GO_ON;
}

PROGRAM(remembers)
{
	__u8 *bytes = packet(ctx);
	__u32 key = bytes ? bytes[17] & 15 : 99;
	__u64 value = bytes ? bytes[18] : 1;

	if (bpf_map_lookup_elem(&hash, &key))
		bpf_map_delete_elem(&hash, &key);
	else
		bpf_map_update_elem(&hash, &key, &value, BPF_ANY);
	return GO_ON;
}

PROGRAM(counts_on_cpu)
{
	__u32 key = ctx->ingress_ifindex & 7;
	__u64 *value = bpf_map_lookup_elem(&percpu, &key);

	if (value)
		*value += 3;
	return GO_ON;
}

PROGRAM(adds_atomically)
{
	__u32 key = 2;
	__u64 *value = bpf_map_lookup_elem(&array, &key);

	return value && __sync_fetch_and_add(value, 5) % 9 == 7 ? DROPPED : GO_ON;
}

PROGRAM(locks)
{
	__u32 key = 0;
	struct locked *locked = bpf_map_lookup_elem(&lockers, &key);
	__u32 count;

	if (!locked)
		return DROPPED;
	bpf_spin_lock(&locked->lock);
	locked->count++;
	locked->sum += locked->count;
	count = locked->count;
	bpf_spin_unlock(&locked->lock);
	return count % 6 == 5 ? DROPPED : GO_ON;
}

PROGRAM(totals)
{
	__u8 *bytes = packet(ctx);

	total += bytes ? bytes[19] : 1;
	return GO_ON;
}

PROGRAM(compares_with_last)
{
	__u8 *bytes = packet(ctx);
	__u32 byte = bytes ? bytes[0] : 0;
	bool same = byte == last_byte;

	last_byte = byte;
	return same ? DROPPED : GO_ON;
}

PROGRAM(has_threshold)
{
	__u8 *bytes = packet(ctx);

	return bytes && bytes[24] < threshold ? DROPPED : GO_ON;
}

/* The map is empty: the flags are the verdict. */
PROGRAM(redirects_by_map)
{
	__u8 *bytes = packet(ctx);

#ifdef MIXTURE_XDP
	return (int)bpf_redirect_map(&devices, 1, bytes && bytes[25] & 7 ? XDP_PASS : XDP_DROP);
#else
	return bytes && bytes[25] & 7 ? TCX_NEXT : bpf_redirect_peer(1, 0);
#endif
}

char _license[] SEC("license") = "GPL";
