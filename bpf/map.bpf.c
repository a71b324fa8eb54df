/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes, reads and changes a value in a map of the type TYPE. */
#include "bpf/feature.h"

struct {
	__uint(type, TYPE);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

static __always_inline bool map(void *ctx)
{
	__u32 key = 1;
	__u64 fresh = 41, *value;

	(void)ctx;
	if (bpf_map_update_elem(&values, &key, &fresh, BPF_ANY))
		return false;
	value = bpf_map_lookup_elem(&values, &key);
	return value && __sync_fetch_and_add(value, 1) >= fresh;
}

FEATURE(map);
