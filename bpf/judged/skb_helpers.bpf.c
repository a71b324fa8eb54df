/* SPDX-License-Identifier: GPL-2.0-only */
/* Each helper that changes an skb, or what the kernel knows of it. */
#include "bpf/judged/judged.h"

#define CALLS(name, call)                                                                          \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		(void)(call);                                                                      \
		return TCX_NEXT;                                                                   \
	}

/* `seen` is whether the change is there to be read. */
#define CALLS_AND_SEES(name, call, seen)                                                           \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		(void)(call);                                                                      \
		return (seen) ? SEEN : TCX_NEXT;                                                   \
	}

static const __u64 bytes = 0x7777777777777777;

CALLS(store_bytes, bpf_skb_store_bytes(ctx, 8, &bytes, sizeof(bytes), 0))
CALLS(store_bytes_and_hash, bpf_skb_store_bytes(ctx, 8, &bytes, 2, BPF_F_INVALIDATE_HASH))
CALLS(l3_csum_replace, bpf_l3_csum_replace(ctx, 24, 0x1111, 0x2222, 2))
CALLS(l4_csum_replace, bpf_l4_csum_replace(ctx, 50, 0x1111, 0x2222, 2))
CALLS(change_head, bpf_skb_change_head(ctx, 14, 0))
CALLS(change_tail, bpf_skb_change_tail(ctx, 60, 0))
CALLS(change_proto, bpf_skb_change_proto(ctx, bpf_htons(ETH_P_IPV6), 0))
CALLS_AND_SEES(change_type, bpf_skb_change_type(ctx, 3), ctx->pkt_type == 3)
CALLS(adjust_room, bpf_skb_adjust_room(ctx, 8, BPF_ADJ_ROOM_MAC, 0))
CALLS_AND_SEES(vlan_push, bpf_skb_vlan_push(ctx, bpf_htons(ETH_P_8021Q), 77),
	       ctx->vlan_present && ctx->vlan_tci == 77)
CALLS(vlan_pop, bpf_skb_vlan_pop(ctx))
CALLS_AND_SEES(set_hash, bpf_set_hash(ctx, 4711), ctx->hash == 4711)
CALLS(set_hash_invalid, bpf_set_hash_invalid(ctx))
CALLS(ecn_set_ce, bpf_skb_ecn_set_ce(ctx))
CALLS(set_tstamp, bpf_skb_set_tstamp(ctx, 4711, BPF_SKB_TSTAMP_DELIVERY_MONO))
CALLS(csum_update, bpf_csum_update(ctx, 1))
CALLS(csum_level, bpf_csum_level(ctx, BPF_CSUM_LEVEL_RESET))

SEC("tc")
int set_tunnel_key(struct __sk_buff *ctx)
{
	struct bpf_tunnel_key key = { .tunnel_id = 77, .remote_ipv4 = 0x0a000001 };

	return bpf_skb_set_tunnel_key(ctx, &key, sizeof(key), 0) ? TCX_NEXT : SEEN;
}

SEC("tc")
int set_tunnel_opt(struct __sk_buff *ctx)
{
	struct bpf_tunnel_key key = { .tunnel_id = 77, .remote_ipv4 = 0x0a000001 };
	__u32 option[2] = { 1, 2 };

	bpf_skb_set_tunnel_key(ctx, &key, sizeof(key), 0);
	return bpf_skb_set_tunnel_opt(ctx, option, sizeof(option)) ? TCX_NEXT : SEEN;
}

/* Hands the packet to a socket of another. */
SEC("tcx/ingress")
int sk_assign(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .dport = bpf_htons(77) } };
	struct bpf_sock *socket =
		bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (socket) {
		bpf_sk_assign(ctx, socket, 0);
		bpf_sk_release(socket);
	}
	return TCX_NEXT;
}

static __noinline int hidden(struct __sk_buff *ctx, __u32 depth)
{
	return bpf_skb_store_bytes(ctx, depth, &bytes, sizeof(bytes), 0);
}

/* As the very last thing, on a path that few packets take. */
SEC("tcx/egress")
int in_a_rare_case(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (!HAS(ctx, data, 64) || ctx->mark != 4711)
		return TCX_NEXT;
	if ((data[12] << 8 | data[13]) != ETH_P_IP || data[23] != IPPROTO_TCP)
		return TCX_NEXT;
	return hidden(ctx, 8) ? TCX_NEXT : TC_ACT_OK;
}
