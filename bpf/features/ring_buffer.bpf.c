/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells user space of each packet through a ring buffer; where nobody reads, it fills and that is
 * all. */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("xdp")
int ring_buffer(struct xdp_md *ctx)
{
	__u32 length = ctx->data_end - ctx->data;

	bpf_ringbuf_output(&events, &length, sizeof(length), 0);
	trace_stamp(ctx, 'r');
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
