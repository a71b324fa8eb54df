/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks for what user space has put into a ring buffer; a function is called with each. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} orders SEC(".maps");

static long take(struct bpf_dynptr *order, void *count)
{
	(void)order;
	(*(__u32 *)count)++;
	return 0;
}

static __always_inline bool user_ring(void *ctx)
{
	__u32 count = 0;

	(void)ctx;
	return bpf_user_ringbuf_drain(&orders, take, &count, 0) == 0 && !count;
}

FEATURE(user_ring);
