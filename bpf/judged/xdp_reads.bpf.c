/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads packets and what the kernel knows of them, with the helpers that XDP has. */
#include "bpf/judged/watch.h"

__u64 sums;

SEC("xdp")
int fields(struct xdp_md *ctx)
{
	sums += ctx->ingress_ifindex + ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("xdp")
int metadata(struct xdp_md *ctx)
{
	__u8 *meta = DATA_META(ctx);

	if (meta + 4 <= DATA(ctx))
		sums += AS(__u32, meta);
	return XDP_PASS;
}

SEC("xdp")
int bytes(struct xdp_md *ctx)
{
	__u8 header[34];

	if (!bpf_xdp_load_bytes(ctx, 0, header, sizeof(header)))
		sums += header[23];
	return XDP_PASS;
}

SEC("xdp.frags")
int length(struct xdp_md *ctx)
{
	sums += bpf_xdp_get_buff_len(ctx);
	return XDP_PASS;
}

SEC("xdp")
int route(struct xdp_md *ctx)
{
	struct bpf_fib_lookup query = { .family = 2, .ifindex = ctx->ingress_ifindex };

	query.ipv4_dst = bpf_htonl(0x7f000001);
	sums += bpf_fib_lookup(ctx, &query, sizeof(query), 0);
	return XDP_PASS;
}

SEC("xdp")
int mtu(struct xdp_md *ctx)
{
	__u32 size = 0;

	sums += bpf_check_mtu(ctx, 0, &size, 0, 0) + size;
	return XDP_PASS;
}

SEC("xdp")
int socket(struct xdp_md *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .dport = bpf_htons(80) } };
	struct bpf_sock *found =
		bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (found) {
		sums += found->src_port;
		bpf_sk_release(found);
	}
	return XDP_PASS;
}

SEC("xdp")
int clocks(struct xdp_md *ctx)
{
	(void)ctx;
	sums += bpf_ktime_get_ns() + bpf_ktime_get_boot_ns() + bpf_jiffies64() +
		bpf_get_smp_processor_id() + bpf_get_numa_node_id();
	return XDP_PASS;
}
