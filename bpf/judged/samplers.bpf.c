/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies what packets begin with to user space. */
#include "bpf/judged/watch.h"

enum { HEADERS = 64 };

struct sample {
	__u64 at;
	__u32 length;
	__u32 cpu;
	__u8 headers[HEADERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

MAP(scratch, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct sample, 1);

const volatile __u32 one_in = 1;

static __always_inline void reserved(void *ctx, __u8 *data, __u8 *end)
{
	struct sample *sample;

	(void)ctx;
	if (bpf_get_prandom_u32() % (one_in ? one_in : 1))
		return;
	sample = bpf_ringbuf_reserve(&ring, sizeof(*sample), 0);
	if (!sample)
		return;
	if (data + HEADERS > end) {
		bpf_ringbuf_discard(sample, 0);
		return;
	}
	sample->at = bpf_ktime_get_ns();
	sample->length = end - data;
	sample->cpu = bpf_get_smp_processor_id();
	__builtin_memcpy(sample->headers, data, HEADERS);
	bpf_ringbuf_submit(sample, 0);
}
WATCH(reserved)

static __always_inline void put_out(void *ctx, __u8 *data, __u8 *end)
{
	struct sample sample = { .at = bpf_ktime_get_ns(), .length = end - data };

	(void)ctx;
	if (data + HEADERS <= end)
		__builtin_memcpy(sample.headers, data, HEADERS);
	bpf_ringbuf_output(&ring, &sample, sizeof(sample), 0);
}
WATCH(put_out)

/* By way of memory that is too large for the stack. */
static __always_inline void from_scratch(void *ctx, __u8 *data, __u8 *end)
{
	__u32 zero = 0;
	struct sample *sample = bpf_map_lookup_elem(&scratch, &zero);

	(void)ctx;
	if (!sample || data + HEADERS > end)
		return;
	sample->length = end - data;
	for (int i = 0; i < HEADERS; i++)
		sample->headers[i] = data[i];
	bpf_ringbuf_output(&ring, sample, sizeof(*sample), BPF_RB_NO_WAKEUP);
}
WATCH(from_scratch)

/* The kernel copies the packet itself: how much of it is in the flags. */
static __always_inline void perf(void *ctx, __u8 *data, __u8 *end)
{
	__u64 length = end - data;
	struct {
		__u64 at;
		__u64 length;
	} event = { bpf_ktime_get_ns(), length };

	if (length > HEADERS)
		length = HEADERS;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | length << 32, &event,
			      sizeof(event));
}
WATCH(perf)

/* Its own part is on the stack, and the ring tells how full it is. */
static __always_inline void queried(void *ctx, __u8 *data, __u8 *end)
{
	__u64 length = end - data;

	(void)ctx;
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < 1 << 15)
		bpf_ringbuf_output(&ring, &length, sizeof(length), BPF_RB_FORCE_WAKEUP);
}
WATCH(queried)
