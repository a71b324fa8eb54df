/* SPDX-License-Identifier: GPL-2.0-only */
/* Has functions of the kernel fill a dynptr of the packet, from Linux 6.17 on. */
#include "bpf/judged/dynptr.h"

SEC("xdp")
int fill(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_xdp(ctx, 0, &packet))
		bpf_dynptr_memset(&packet, 8, 8, 0x77);
	return XDP_PASS;
}

SEC("tc")
int tc_fill(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		bpf_dynptr_memset(&packet, 8, 8, 0x77);
	return TCX_NEXT;
}

/* From one place of the packet to another. */
SEC("tc")
int tc_copy(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet, other;

	if (bpf_dynptr_from_skb(ctx, 0, &packet) || bpf_dynptr_clone(&packet, &other))
		return TCX_NEXT;
	bpf_dynptr_copy(&packet, 0, &other, 16, 8);
	return TCX_NEXT;
}

/* With whatever lies in the kernel's memory. */
SEC("tc")
int tc_probe(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;
	__u64 own = 0x7777777777777777;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		bpf_probe_read_kernel_dynptr(&packet, 8, sizeof(own), &own);
	return TCX_NEXT;
}
