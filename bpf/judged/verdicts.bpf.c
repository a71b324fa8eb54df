/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves packets alone, but for what it returns: that is for a chain to ignore. */
#include "bpf/judged/judged.h"

__u64 packets;
const volatile __u8 table[4] = { XDP_PASS, XDP_DROP, XDP_TX, XDP_PASS };

SEC("xdp")
int xdp_constant(struct xdp_md *ctx)
{
	(void)ctx;
	packets++;
	return XDP_ABORTED;
}

/* Back out of the interface, if anybody listens. */
SEC("xdp")
int xdp_back(struct xdp_md *ctx)
{
	(void)ctx;
	packets++;
	return XDP_TX;
}

SEC("xdp")
int xdp_by_table(struct xdp_md *ctx)
{
	return table[(ctx->data_end - ctx->data) & 3];
}

/* Says redirect, without a word on where to. */
SEC("tcx/egress")
int tc_redirect(struct __sk_buff *ctx)
{
	return ctx->len > 64 ? TC_ACT_REDIRECT : TC_ACT_OK;
}

SEC("tcx/ingress")
int tc_by_length(struct __sk_buff *ctx)
{
	if (ctx->len > 100)
		return TC_ACT_SHOT;
	return ctx->len > 64 ? TC_ACT_OK : TCX_NEXT;
}
