/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds a value to a bloom filter, and finds it there. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 16);
	__uint(map_extra, 3); /* hash functions */
	__type(value, __u32);
} values SEC(".maps");

static __always_inline bool map_bloom(void *ctx)
{
	__u32 value = 7;

	(void)ctx;
	return !bpf_map_push_elem(&values, &value, BPF_ANY) && !bpf_map_peek_elem(&values, &value);
}

FEATURE(map_bloom);
