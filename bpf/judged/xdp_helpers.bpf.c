/* SPDX-License-Identifier: GPL-2.0-only */
/* Each helper that changes what XDP hands on. */
#include "bpf/judged/judged.h"

#define CALLS(name, call)                                                                          \
	SEC("xdp")                                                                                 \
	int name(struct xdp_md *ctx)                                                               \
	{                                                                                          \
		(void)(call);                                                                      \
		return XDP_PASS;                                                                   \
	}

static const __u64 bytes = 0x7777777777777777;

CALLS(grow_head, bpf_xdp_adjust_head(ctx, -4))
CALLS(shrink_head, bpf_xdp_adjust_head(ctx, 4))
CALLS(grow_tail, bpf_xdp_adjust_tail(ctx, 4))
CALLS(shrink_tail, bpf_xdp_adjust_tail(ctx, -4))
CALLS(adjust_meta, bpf_xdp_adjust_meta(ctx, -8))
CALLS(store_bytes, bpf_xdp_store_bytes(ctx, 8, (void *)&bytes, sizeof(bytes)))

/* Away and back again, with what was there in between lost. */
SEC("xdp")
int head_and_back(struct xdp_md *ctx)
{
	if (!bpf_xdp_adjust_head(ctx, 4))
		bpf_xdp_adjust_head(ctx, -4);
	return XDP_PASS;
}

SEC("xdp.frags")
int store_bytes_in_fragments(struct xdp_md *ctx)
{
	bpf_xdp_store_bytes(ctx, 8, (void *)&bytes, sizeof(bytes));
	return XDP_PASS;
}

/* What it stores, it has read from the same packet. */
SEC("xdp")
int store_its_own_bytes(struct xdp_md *ctx)
{
	__u8 buffer[16];

	if (bpf_xdp_load_bytes(ctx, 16, buffer, sizeof(buffer)))
		return XDP_PASS;
	bpf_xdp_store_bytes(ctx, 0, buffer, sizeof(buffer));
	return XDP_PASS;
}
