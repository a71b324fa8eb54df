/* SPDX-License-Identifier: GPL-2.0-only */
/* Starts a timer with the first packet; its callback runs once, outside of any packet. */
#include "bpf/stamp.h"

enum { CLOCK = 1 /* CLOCK_MONOTONIC */, DELAY_NS = 1000000 };

struct clockwork {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clockwork);
} clocks SEC(".maps");

__u64 ticks;

static int tick(void *map, __u32 *key, struct clockwork *value)
{
	__sync_fetch_and_add(&ticks, 1);
	return 0;
}

SEC("tc")
int timer(struct __sk_buff *ctx)
{
	struct clockwork *clockwork;
	__u32 zero = 0;

	clockwork = bpf_map_lookup_elem(&clocks, &zero);
	/* Only the first packet finds the timer not yet made. */
	if (clockwork && !bpf_timer_init(&clockwork->timer, &clocks, CLOCK)) {
		bpf_timer_set_callback(&clockwork->timer, tick);
		bpf_timer_start(&clockwork->timer, DELAY_NS, 0);
	}
	trace_pull(ctx);
	trace_stamp(ctx, 't');
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
