/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes the packet by helpers. */
#include "bpf/feature.h"

enum { ACTION_AT = 14 };

static __always_inline bool skb_bytes(struct __sk_buff *ctx)
{
	__u8 action;

	return !bpf_skb_load_bytes(ctx, ACTION_AT, &action, sizeof(action)) &&
	       !bpf_skb_load_bytes_relative(ctx, ACTION_AT, &action, sizeof(action),
					    BPF_HDR_START_MAC) &&
	       !bpf_skb_store_bytes(ctx, ACTION_AT, &action, sizeof(action),
				    BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH);
}

FEATURE_TC(skb_bytes)
char _license[] SEC("license") = "GPL";
