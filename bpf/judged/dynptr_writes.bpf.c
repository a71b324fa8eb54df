/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into packets through dynptrs, as far as Linux 6.5 knows them. */
#include "bpf/judged/dynptr.h"

enum { AT = 8, SIZE = 8 };

static const __u64 bytes = 0x7777777777777777;

SEC("xdp")
int write(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_xdp(ctx, 0, &packet))
		bpf_dynptr_write(&packet, AT, (void *)&bytes, SIZE, 0);
	return XDP_PASS;
}

SEC("tc")
int tc_write(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		bpf_dynptr_write(&packet, AT, (void *)&bytes, SIZE, 0);
	return TCX_NEXT;
}

SEC("xdp")
int slice(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;
	__u8 buffer[SIZE];
	__u64 *at;

	if (bpf_dynptr_from_xdp(ctx, 0, &packet))
		return XDP_PASS;
	at = bpf_dynptr_slice_rdwr(&packet, AT, buffer, SIZE);
	if (at)
		*at = bytes;
	return XDP_PASS;
}

SEC("tc")
int tc_slice(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;
	__u8 buffer[SIZE];
	__u64 *at;

	if (bpf_dynptr_from_skb(ctx, 0, &packet))
		return TCX_NEXT;
	at = bpf_dynptr_slice_rdwr(&packet, AT, buffer, SIZE);
	if (at)
		*at = bytes;
	return TCX_NEXT;
}

/* Where the packet is not linear, it is the buffer that is written, and written back. */
SEC("tc")
int tc_slice_and_write_back(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;
	__u8 buffer[SIZE] = { 0 };
	__u64 *at;

	if (bpf_dynptr_from_skb(ctx, 0, &packet))
		return TCX_NEXT;
	at = bpf_dynptr_slice_rdwr(&packet, AT, buffer, SIZE);
	if (!at)
		return TCX_NEXT;
	*at = bytes;
	if ((void *)at == (void *)buffer)
		bpf_dynptr_write(&packet, AT, buffer, SIZE, 0);
	return TCX_NEXT;
}

SEC("tc")
int tc_clone(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet, other;

	if (bpf_dynptr_from_skb(ctx, 0, &packet) || bpf_dynptr_clone(&packet, &other))
		return TCX_NEXT;
	bpf_dynptr_adjust(&other, 4, 64);
	bpf_dynptr_write(&other, AT, (void *)&bytes, SIZE, 0);
	return TCX_NEXT;
}

static __noinline int write_through(struct bpf_dynptr *to)
{
	return bpf_dynptr_write(to, AT, (void *)&bytes, SIZE, 0);
}

SEC("tc")
int tc_in_subprogram(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		write_through(&packet);
	return TCX_NEXT;
}

static int write_once(__u32 index, struct bpf_dynptr *to)
{
	(void)index;
	bpf_dynptr_write(to, AT, (void *)&bytes, SIZE, 0);
	return 1;
}

SEC("tc")
int tc_in_a_loop(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		bpf_loop(1, write_once, &packet, 0);
	return TCX_NEXT;
}
