/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the packet longer. */
#include "bpf/feature.h"

static __always_inline bool change_tail(struct __sk_buff *ctx)
{
	__u32 before = ctx->len;

	return !bpf_skb_change_tail(ctx, before + 16, 0) && ctx->len == before + 16;
}

FEATURE_TC(change_tail)
char _license[] SEC("license") = "GPL";
