/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes bytes from the end of the packet, and puts as many there again. */
#include "bpf/feature.h"

static __always_inline bool adjust_tail(struct xdp_md *ctx)
{
	__u64 before = bpf_xdp_get_buff_len(ctx);

	if (bpf_xdp_adjust_tail(ctx, -16) || bpf_xdp_get_buff_len(ctx) != before - 16)
		return false;
	return !bpf_xdp_adjust_tail(ctx, 16) && bpf_xdp_get_buff_len(ctx) == before;
}

FEATURE_XDP(adjust_tail)
char _license[] SEC("license") = "GPL";
