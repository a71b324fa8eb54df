/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that read one field of their context. */
#include "bpf/opinion.h"

#define READS_XDP(field)                                                                           \
	SEC("xdp")                                                                                 \
	int xdp_##field(struct xdp_md *ctx)                                                        \
	{                                                                                          \
		add(ctx->field);                                                                   \
		return XDP_PASS;                                                                   \
	}

#define READS_TC_AS(name, value)                                                                   \
	SEC("tc")                                                                                  \
	int tc_##name(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		add(value);                                                                        \
		return -1;                                                                         \
	}

#define READS_TC(field) READS_TC_AS(field, ctx->field)

READS_XDP(ingress_ifindex)
READS_XDP(rx_queue_index)

SEC("xdp")
int xdp_length(struct xdp_md *ctx)
{
	add(ctx->data_end - ctx->data);
	return XDP_PASS;
}

SEC("xdp")
int xdp_metadata(struct xdp_md *ctx)
{
	__u64 *metadata = (void *)(long)ctx->data_meta;

	if ((void *)(metadata + 1) <= (void *)(long)ctx->data)
		add(*metadata);
	return XDP_PASS;
}

SEC("xdp")
int xdp_metadata_length(struct xdp_md *ctx)
{
	add(ctx->data - ctx->data_meta);
	return XDP_PASS;
}

/* Reads that become longer, with jumps, calls and addresses of functions across them. */
static __noinline __u32 first_of_metadata(struct xdp_md *ctx)
{
	__u32 *metadata = (void *)(long)ctx->data_meta;

	return (void *)(metadata + 1) <= (void *)(long)ctx->data ? *metadata : 0;
}

static long count_up(__u32 index, __u64 *sum)
{
	*sum += index;
	return 0;
}

static __noinline __u32 length_of_metadata(struct xdp_md *ctx)
{
	return ctx->data - ctx->data_meta;
}

SEC("xdp")
int xdp_metadata_among_functions(struct xdp_md *ctx)
{
	__u64 sum = bpf_get_prandom_u32() & 1 ? first_of_metadata(ctx) : length_of_metadata(ctx);

	bpf_loop(10, count_up, &sum, 0);
	add(sum + length_of_metadata(ctx));
	return XDP_PASS;
}

READS_TC(len)
READS_TC(pkt_type)
READS_TC(mark)
READS_TC(queue_mapping)
READS_TC(protocol)
READS_TC(vlan_present)
READS_TC(vlan_tci)
READS_TC(vlan_proto)
READS_TC(priority)
READS_TC(ingress_ifindex)
READS_TC(ifindex)
READS_TC(tc_index)
READS_TC(hash)
READS_TC(tc_classid)
READS_TC(napi_id)
READS_TC(tstamp)
READS_TC(wire_len)
READS_TC(gso_segs)
READS_TC(gso_size)
READS_TC(hwtstamp)
READS_TC(tstamp_type)
READS_TC_AS(cb, ctx->cb[0])
READS_TC_AS(byte_of_mark, *((volatile __u8 *)&ctx->mark))
READS_TC_AS(half_of_mark, *((volatile __u16 *)&ctx->mark))

SEC("tc")
int tc_sk(struct __sk_buff *ctx)
{
	struct bpf_sock *sk = ctx->sk;

	if (sk)
		add(sk->family);
	return -1;
}

SEC("tc")
int tc_metadata(struct __sk_buff *ctx)
{
	__u64 *metadata = (void *)(long)ctx->data_meta;

	if ((void *)(metadata + 1) <= (void *)(long)ctx->data)
		add(*metadata);
	return -1;
}

char _license[] SEC("license") = "GPL";
