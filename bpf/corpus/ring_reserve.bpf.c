/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into a ring buffer in place: a record of fixed size, and one through a dynptr. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

static __always_inline bool write_dynptr(void)
{
	struct bpf_dynptr record;
	__u64 value = 7;
	bool done = !bpf_ringbuf_reserve_dynptr(&events, sizeof(value), 0, &record) &&
		    !bpf_dynptr_write(&record, 0, &value, sizeof(value), 0);

	bpf_ringbuf_discard_dynptr(&record, 0);
	return done;
}

static __always_inline bool ring_reserve(void *ctx)
{
	__u64 *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	(void)ctx;
	if (!record)
		return false;
	*record = 7;
	/* Nobody reads: what is submitted would fill it. */
	bpf_ringbuf_discard(record, 0);
	return write_dynptr();
}

FEATURE(ring_reserve);
