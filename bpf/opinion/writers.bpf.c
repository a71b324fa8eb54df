/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that do not leave packets alone, one way each. */
#include "bpf/opinion.h"

#define WRITER(section, name, context)                                                             \
	SEC(section)                                                                               \
	int name(struct context *ctx)

WRITER("xdp", xdp_direct, xdp_md)
{
	__u8 *packet = (void *)(long)ctx->data;

	if (packet + 1 <= (__u8 *)(long)ctx->data_end)
		*packet = 1;
	return XDP_PASS;
}

WRITER("xdp", xdp_metadata, xdp_md)
{
	__u32 *metadata = (void *)(long)ctx->data_meta;

	if ((void *)(metadata + 1) <= (void *)(long)ctx->data)
		*metadata = 1;
	return XDP_PASS;
}

static __noinline int write_byte(__u8 *packet, __u8 *end)
{
	if (packet + 1 > end)
		return 0;
	*packet = 1;
	return 1;
}

WRITER("xdp", xdp_subprogram, xdp_md)
{
	return write_byte((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_PASS
										: XDP_DROP;
}

static long write_in_callback(__u32 index, struct xdp_md **ctx)
{
	__u8 *packet = (void *)(long)(*ctx)->data;

	if (packet + 1 <= (__u8 *)(long)(*ctx)->data_end)
		*packet = 1;
	return 0;
}

WRITER("xdp", xdp_callback, xdp_md)
{
	bpf_loop(2, write_in_callback, &ctx, 0);
	return XDP_PASS;
}

WRITER("xdp", xdp_store_bytes, xdp_md)
{
	__u32 bytes = 1;

	bpf_xdp_store_bytes(ctx, 0, &bytes, sizeof(bytes));
	return XDP_PASS;
}

WRITER("xdp", xdp_adjust_head, xdp_md)
{
	bpf_xdp_adjust_head(ctx, 4);
	return XDP_PASS;
}

WRITER("xdp", xdp_adjust_tail, xdp_md)
{
	bpf_xdp_adjust_tail(ctx, -4);
	return XDP_PASS;
}

WRITER("xdp", xdp_adjust_meta, xdp_md)
{
	bpf_xdp_adjust_meta(ctx, -4);
	return XDP_PASS;
}

WRITER("xdp", xdp_redirect, xdp_md)
{
	return (int)bpf_redirect(ctx->ingress_ifindex, 0);
}

WRITER("tc", tc_direct, __sk_buff)
{
	__u8 *packet = (void *)(long)ctx->data;

	if (packet + 1 <= (__u8 *)(long)ctx->data_end)
		*packet = 1;
	return -1;
}

WRITER("tc", tc_metadata, __sk_buff)
{
	__u32 *metadata = (void *)(long)ctx->data_meta;

	if ((void *)(metadata + 1) <= (void *)(long)ctx->data)
		*metadata = 1;
	return -1;
}

WRITER("tc", tc_store_bytes, __sk_buff)
{
	__u32 bytes = 1;

	bpf_skb_store_bytes(ctx, 0, &bytes, sizeof(bytes), 0);
	return -1;
}

WRITER("tc", tc_change_tail, __sk_buff)
{
	bpf_skb_change_tail(ctx, 60, 0);
	return -1;
}

WRITER("tc", tc_vlan_push, __sk_buff)
{
	bpf_skb_vlan_push(ctx, 0, 7);
	return -1;
}

WRITER("tc", tc_clone_redirect, __sk_buff)
{
	bpf_clone_redirect(ctx, ctx->ifindex, 0);
	return -1;
}

WRITER("tc", tc_redirect, __sk_buff)
{
	return (int)bpf_redirect(ctx->ifindex, 0);
}

WRITER("tc", tc_classid, __sk_buff)
{
	ctx->tc_classid = 7;
	return -1;
}

WRITER("tc", tc_tstamp, __sk_buff)
{
	ctx->tstamp = 7;
	return -1;
}

WRITER("tc", tc_queue_mapping, __sk_buff)
{
	ctx->queue_mapping = 7;
	return -1;
}

/* What this type may write, too. */
WRITER("tc", tc_mark, __sk_buff)
{
	ctx->mark = 7;
	return -1;
}

/* To a function that is verified alone the packet is memory like any other. */
__noinline int write_lent(__u32 *memory)
{
	if (memory)
		*memory = 1;
	return 0;
}

__noinline int add_lent(__u32 *memory)
{
	if (memory)
		__sync_fetch_and_add(memory, 1);
	return 0;
}

WRITER("tc", tc_lent, __sk_buff)
{
	__u32 *packet = (void *)(long)ctx->data;

	if ((void *)(packet + 1) <= (void *)(long)ctx->data_end)
		write_lent(packet);
	return -1;
}

WRITER("tc", tc_lent_atomic, __sk_buff)
{
	__u32 *packet = (void *)(long)ctx->data;

	if ((void *)(packet + 1) <= (void *)(long)ctx->data_end)
		add_lent(packet);
	return -1;
}

char _license[] SEC("license") = "GPL";
