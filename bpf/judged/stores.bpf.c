/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into the packet, with stores of every width. */
#include "bpf/judged/judged.h"

#define STORES(type)                                                                               \
	SEC("xdp")                                                                                 \
	int xdp_##type(struct xdp_md *ctx)                                                         \
	{                                                                                          \
		__u8 *data = DATA(ctx);                                                            \
                                                                                                   \
		if (HAS(ctx, data, 16))                                                            \
			AS(type, data + 8) = ~AS(type, data + 8);                                  \
		return XDP_PASS;                                                                   \
	}                                                                                          \
	SEC("tc")                                                                                  \
	int tc_##type(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		__u8 *data = DATA(ctx);                                                            \
                                                                                                   \
		if (HAS(ctx, data, 16))                                                            \
			AS(type, data + 8) = ~AS(type, data + 8);                                  \
		return TCX_NEXT;                                                                   \
	}

STORES(__u8)
STORES(__u16)
STORES(__u32)
STORES(__u64)

/* With all the verdicts in one computed value, as if it were a filter. */
SEC("xdp")
int xdp_swap_addresses(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (struct ethhdr *)DATA(ctx);
	__u8 address[ETH_ALEN];

	if (!HAS(ctx, ethernet, sizeof(*ethernet)))
		return XDP_ABORTED;
	__builtin_memcpy(address, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, address, ETH_ALEN);
	return ethernet->h_proto & 3;
}

SEC("tc")
int tc_memset(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 64))
		__builtin_memset(data + 20, 0xa5, 40);
	return TC_ACT_OK;
}

/* Copies a structure over another, both in the packet. */
SEC("xdp")
int xdp_memcpy(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 64))
		__builtin_memcpy(data + 32, data, 24);
	return XDP_PASS;
}
