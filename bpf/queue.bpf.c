/* SPDX-License-Identifier: GPL-2.0-only */
/* Pushes a value into a map of the type TYPE, and pops one. */
#include "bpf/feature.h"

struct {
	__uint(type, TYPE);
	__uint(max_entries, 4);
	__type(value, __u32);
} values SEC(".maps");

static __always_inline bool queue(void *ctx)
{
	__u32 value = 7;

	(void)ctx;
	if (bpf_map_push_elem(&values, &value, BPF_EXIST))
		return false;
	value = 0;
	return !bpf_map_pop_elem(&values, &value) && value == 7;
}

FEATURE(queue);
