/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes what the kernel lets a program write of the packet's description. */
#include "bpf/feature.h"

static __always_inline bool skb_fields(struct __sk_buff *ctx)
{
	ctx->mark = 7;
	ctx->priority = 3;
	ctx->tc_index = 1;
	ctx->cb[0] = 5;
	bpf_set_hash_invalid(ctx);
	return bpf_get_hash_recalc(ctx) + 1 && ctx->mark == 7 && ctx->priority == 3 &&
	       ctx->cb[0] == 5 && bpf_get_netns_cookie(0);
}

FEATURE_TC(skb_fields)
char _license[] SEC("license") = "GPL";
