/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads packets through dynptrs, and writes through dynptrs that are not of packets. */
#include "bpf/judged/dynptr.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 14);
} ring SEC(".maps");

__u64 sums;

static __always_inline void look(struct bpf_dynptr *packet)
{
	__u8 buffer[14];
	const __u8 *header = bpf_dynptr_slice(packet, 0, buffer, sizeof(buffer));

	if (header)
		sums += header[12];
}

static __always_inline void copy(struct bpf_dynptr *packet)
{
	__u8 header[14];

	if (!bpf_dynptr_read(header, sizeof(header), packet, 0, 0))
		sums += header[12] + bpf_dynptr_size(packet);
}

SEC("xdp")
int xdp_slice(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_xdp(ctx, 0, &packet))
		look(&packet);
	return XDP_PASS;
}

SEC("tc")
int tc_slice(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		look(&packet);
	return TCX_NEXT;
}

SEC("xdp")
int xdp_read(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_xdp(ctx, 0, &packet))
		copy(&packet);
	return XDP_PASS;
}

SEC("tc")
int tc_read(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		copy(&packet);
	return TCX_NEXT;
}

SEC("tc")
int tc_sample(struct __sk_buff *ctx)
{
	__u64 words[2] = { bpf_ktime_get_ns(), ctx->len };
	struct bpf_dynptr record;

	if (!bpf_ringbuf_reserve_dynptr(&ring, sizeof(words), 0, &record))
		bpf_dynptr_write(&record, 0, words, sizeof(words), 0);
	bpf_ringbuf_submit_dynptr(&record, 0);
	return TCX_NEXT;
}
