/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the innocent programs share: a function that looks at a packet, and programs around it for
 * either context that let the packet go on.
 */
#ifndef ORDAIN_BPF_WATCH_H
#define ORDAIN_BPF_WATCH_H

#include "bpf/judged/judged.h"

#define WATCH_XDP(name)                                                                            \
	SEC("xdp")                                                                                 \
	int xdp_##name(struct xdp_md *ctx)                                                         \
	{                                                                                          \
		name(ctx, DATA(ctx), DATA_END(ctx));                                               \
		return XDP_PASS;                                                                   \
	}

#define WATCH_TC(name)                                                                             \
	SEC("tc")                                                                                  \
	int tc_##name(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		name(ctx, DATA(ctx), DATA_END(ctx));                                               \
		return TCX_NEXT;                                                                   \
	}

/* For a function that takes either context, as a void pointer. */
#define WATCH(name) WATCH_XDP(name) WATCH_TC(name)

#define MAP(name_, type_, key_, value_, entries_)                                                  \
	struct {                                                                                   \
		__uint(type, type_);                                                               \
		__uint(max_entries, entries_);                                                     \
		__type(key, key_);                                                                 \
		__type(value, value_);                                                             \
	} name_ SEC(".maps")

/* One flow, in either family: of IPv4, only the first word of an address is used. */
struct flow {
	__u32 source[4];
	__u32 destination[4];
	__u16 ports[2];
	__u8 protocol;
	__u8 family;
	__u16 pad;
};

static __always_inline bool flow_parse(__u8 *data, __u8 *end, struct flow *flow)
{
	struct ethhdr *ethernet = (struct ethhdr *)data;
	struct iphdr *ip = (struct iphdr *)(ethernet + 1);
	struct udphdr *ports = (struct udphdr *)(ip + 1);

	__builtin_memset(flow, 0, sizeof(*flow));
	if ((__u8 *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return false;
	flow->family = 4;
	flow->protocol = ip->protocol;
	flow->source[0] = ip->saddr;
	flow->destination[0] = ip->daddr;
	if ((ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP) || ip->ihl != 5)
		return true;
	if ((__u8 *)(ports + 1) > end)
		return false;
	flow->ports[0] = ports->source;
	flow->ports[1] = ports->dest;
	return true;
}

#endif
