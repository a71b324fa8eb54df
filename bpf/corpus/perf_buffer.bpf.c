/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells user space of each packet through a perf event array, which nobody has opened here. */
#include "bpf/feature.h"

enum { ENOENT = 2 };

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

static __always_inline bool perf_buffer(void *ctx)
{
	__u32 event = 7;

	return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event)) ==
	       -ENOENT;
}

FEATURE(perf_buffer);
