/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into the packet from a global function, which the verifier takes for itself. */
#include "bpf/judged/judged.h"

__noinline int fill(__u32 *at)
{
	if (!at)
		return 0;
	*at = 0x77777777;
	return 1;
}

/* To this function, the packet is some memory. */
SEC("xdp")
int memory(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 16))
		fill((__u32 *)(data + 8));
	return XDP_PASS;
}

SEC("tc")
int tc_memory(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 16))
		fill((__u32 *)(data + 8));
	return TCX_NEXT;
}

__noinline int hand_on(__u32 *at)
{
	return at ? fill(at) : 0;
}

SEC("tc")
int tc_memory_handed_on(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 16))
		hand_on((__u32 *)(data + 8));
	return TCX_NEXT;
}

__noinline int write_packet(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (!HAS(ctx, data, 16))
		return 0;
	AS(__u8, data + 8) ^= 0xff;
	return 1;
}

SEC("xdp")
int context(struct xdp_md *ctx)
{
	write_packet(ctx);
	return XDP_PASS;
}

__noinline int write_mark(struct __sk_buff *ctx)
{
	ctx->mark = 0x77;
	return 0;
}

SEC("tc")
int tc_context(struct __sk_buff *ctx)
{
	write_mark(ctx);
	return TCX_NEXT;
}
