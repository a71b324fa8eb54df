/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts bytes in front of the packet, and takes them away again. */
#include "bpf/feature.h"

static __always_inline bool adjust_head(struct xdp_md *ctx)
{
	__u64 *front;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*front)))
		return false;
	front = (void *)(long)ctx->data;
	if ((void *)(front + 1) > (void *)(long)ctx->data_end)
		return false;
	*front = ~0ULL;
	return !bpf_xdp_adjust_head(ctx, sizeof(*front));
}

FEATURE_XDP(adjust_head)
char _license[] SEC("license") = "GPL";
