/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds maps in maps, an array and a hash of them, which the object itself fills. */
#include "bpf/feature.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} by_index SEC(".maps") = {
	.values = { [1] = &first },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} by_key SEC(".maps") = {
	.values = { [1] = &second },
};

static __always_inline bool count(void *outer)
{
	__u32 zero = 0, one = 1;
	void *inner = bpf_map_lookup_elem(outer, &one);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &zero) : 0;

	if (value)
		__sync_fetch_and_add(value, 1);
	return value && !bpf_map_lookup_elem(outer, &zero);
}

static __always_inline bool map_in_map(void *ctx)
{
	(void)ctx;
	return count(&by_index) && bpf_map_lookup_elem(&by_key, &(__u32){ 1 });
}

FEATURE(map_in_map);
