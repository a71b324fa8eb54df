/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands a function's address to a helper: bpf_for_each_map_elem() calls it for every value. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} values SEC(".maps");

static long add(void *map, __u32 *key, __u32 *value, __u32 *sum)
{
	(void)map;
	*sum += *key + *value;
	return 0;
}

static __always_inline bool for_each(void *ctx)
{
	__u32 sum = 0;

	(void)ctx;
	return bpf_for_each_map_elem(&values, add, &sum, 0) == 4 && sum == 6;
}

FEATURE(for_each);
