/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what another CPU has in a per-CPU map. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline bool percpu_lookup(void *ctx)
{
	__u32 zero = 0;

	(void)ctx;
	return bpf_map_lookup_percpu_elem(&counts, &zero, 0) &&
	       !bpf_map_lookup_percpu_elem(&counts, &zero, 1 << 20);
}

FEATURE(percpu_lookup);
