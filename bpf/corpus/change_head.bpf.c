/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts a header in front of the packet: a copy of its own, so that it stays what it was. */
#include "bpf/feature.h"

static __always_inline bool change_head(struct __sk_buff *ctx)
{
	struct trace_packet header;

	return !bpf_skb_load_bytes(ctx, 0, &header, sizeof(header)) &&
	       !bpf_skb_change_head(ctx, sizeof(header), 0) &&
	       !bpf_skb_store_bytes(ctx, 0, &header, sizeof(header), 0);
}

FEATURE_TC(change_head)
char _license[] SEC("license") = "GPL";
