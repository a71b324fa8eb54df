/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads packets and what the kernel knows of them, with the helpers that TC has. */
#include "bpf/judged/watch.h"

unsigned long long load_byte(void *skb, unsigned long long at) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long at) asm("llvm.bpf.load.half");

__u64 sums;
MAP(per_cookie, BPF_MAP_TYPE_LRU_HASH, __u64, __u64, 64);

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} groups SEC(".maps");

#define READS(name, expression)                                                                    \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		sums += (expression);                                                              \
		return TCX_NEXT;                                                                   \
	}

READS(fields, ctx->len + ctx->ifindex + ctx->ingress_ifindex + ctx->mark + ctx->priority +
		      ctx->queue_mapping + ctx->protocol + ctx->pkt_type + ctx->vlan_present +
		      ctx->vlan_tci + ctx->vlan_proto + ctx->hash + ctx->tc_index + ctx->napi_id +
		      ctx->tstamp + ctx->wire_len + ctx->gso_segs + ctx->gso_size)
READS(scratch_of_others, ctx->cb[0] + ctx->cb[1] + ctx->cb[2] + ctx->cb[3] + ctx->cb[4])
READS(half_of_a_field, AS(__u16, &ctx->mark) + AS(__u8, &ctx->len))
READS(hash, bpf_get_hash_recalc(ctx))
READS(class, bpf_get_cgroup_classid(ctx) + bpf_get_route_realm(ctx))
READS(cookie, bpf_get_socket_cookie(ctx))
READS(owner, bpf_get_socket_uid(ctx))
READS(cgroup, bpf_skb_cgroup_id(ctx) + bpf_skb_ancestor_cgroup_id(ctx, 1))
READS(under_cgroup, bpf_skb_under_cgroup(ctx, &groups, 0))
READS(checksum_level, bpf_csum_level(ctx, BPF_CSUM_LEVEL_QUERY))
READS(clocks, bpf_ktime_get_ns() + bpf_ktime_get_boot_ns() + bpf_ktime_get_coarse_ns() +
		      bpf_jiffies64() + bpf_get_smp_processor_id() + bpf_get_numa_node_id())

/* The oldest way to read a packet. */
READS(absolute, load_half(ctx, 12) == ETH_P_IP ? load_byte(ctx, 23) : 0)

SEC("tc")
int bytes(struct __sk_buff *ctx)
{
	__u8 header[34];

	if (!bpf_skb_load_bytes(ctx, 0, header, sizeof(header)))
		sums += header[23];
	return TCX_NEXT;
}

SEC("tcx/egress")
int bytes_of_network_header(struct __sk_buff *ctx)
{
	struct iphdr ip;

	if (!bpf_skb_load_bytes_relative(ctx, 0, &ip, sizeof(ip), BPF_HDR_START_NET))
		sums += ip.protocol;
	return TC_ACT_OK;
}

/* Brings the headers into the linear part, which changes neither data nor length. */
SEC("tcx/ingress")
int pulled(struct __sk_buff *ctx)
{
	__u8 *data;

	if (bpf_skb_pull_data(ctx, 34))
		return TCX_NEXT;
	data = DATA(ctx);
	if (HAS(ctx, data, 34))
		sums += data[23];
	return TCX_NEXT;
}

/* Counts for each socket, by its cookie. */
SEC("tcx/egress")
int per_socket(struct __sk_buff *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	__u64 *bytes_of = bpf_map_lookup_elem(&per_cookie, &cookie);
	__u64 first = ctx->len;

	if (bytes_of)
		__sync_fetch_and_add(bytes_of, ctx->len);
	else
		bpf_map_update_elem(&per_cookie, &cookie, &first, BPF_ANY);
	return TCX_NEXT;
}

SEC("tcx/egress")
int storage_of_socket(struct __sk_buff *ctx)
{
	struct bpf_sock *socket = ctx->sk;
	__u64 *value;

	if (!socket)
		return TCX_NEXT;
	socket = bpf_sk_fullsock(socket);
	if (!socket)
		return TCX_NEXT;
	value = bpf_sk_storage_get(&storage, socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (value)
		*value += ctx->len;
	return TCX_NEXT;
}

SEC("tcx/ingress")
int socket(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .dport = bpf_htons(80) } };
	struct bpf_sock *found =
		bpf_sk_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (found) {
		sums += found->src_port;
		bpf_sk_release(found);
	}
	return TCX_NEXT;
}

SEC("tcx/ingress")
int route(struct __sk_buff *ctx)
{
	struct bpf_fib_lookup query = { .family = 2, .ifindex = ctx->ifindex };

	query.ipv4_dst = bpf_htonl(0x7f000001);
	sums += bpf_fib_lookup(ctx, &query, sizeof(query), 0);
	sums += query.dmac[0];
	return TCX_NEXT;
}

SEC("tcx/ingress")
int mtu(struct __sk_buff *ctx)
{
	__u32 length = 0;

	sums += bpf_check_mtu(ctx, 0, &length, 0, 0) + length;
	return TCX_NEXT;
}

SEC("tcx/ingress")
int tunnel(struct __sk_buff *ctx)
{
	struct bpf_tunnel_key key = { 0 };

	if (!bpf_skb_get_tunnel_key(ctx, &key, sizeof(key), 0))
		sums += key.tunnel_id;
	return TCX_NEXT;
}

/* Beyond the end of the packet, the program ends there and returns 0. */
SEC("tc")
int absolute_beyond(struct __sk_buff *ctx)
{
	sums += load_half(ctx, 5000);
	return TCX_NEXT;
}
