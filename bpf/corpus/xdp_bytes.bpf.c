/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes the packet by helpers, as programs for packets of several buffers do. */
#include "bpf/feature.h"

enum { ACTION_AT = 14 };

static __always_inline bool xdp_bytes(struct xdp_md *ctx)
{
	__u8 action;

	return !bpf_xdp_load_bytes(ctx, ACTION_AT, &action, sizeof(action)) &&
	       !bpf_xdp_store_bytes(ctx, ACTION_AT, &action, sizeof(action));
}

FEATURE_XDP(xdp_bytes)
char _license[] SEC("license") = "GPL";
