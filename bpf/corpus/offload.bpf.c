/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what only a device gives to a packet. On xdp: metadata in front of it ('m'; '-': none). On
 * tcx: segments, their size, and the time of its arrival ('s', 'z' and 't', '-' where there is none).
 */
#include "bpf/stamp.h"

SEC("xdp")
int offload_xdp(struct xdp_md *ctx)
{
	__u32 *metadata = (void *)(long)ctx->data_meta;
	char letter = '-';

	if ((void *)(metadata + 1) <= (void *)(long)ctx->data && *metadata == 7)
		letter = 'm';
	trace_stamp(ctx, letter);
	return XDP_PASS;
}

SEC("tc")
int offload_tc(struct __sk_buff *ctx)
{
	char segments = ctx->gso_segs ? 's' : '-';
	char size = ctx->gso_size && ctx->wire_len > ctx->len ? 'z' : '-';
	char stamp = ctx->hwtstamp ? 't' : '-';

	trace_pull(ctx);
	trace_stamp(ctx, segments);
	trace_stamp(ctx, size);
	trace_stamp(ctx, stamp);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
