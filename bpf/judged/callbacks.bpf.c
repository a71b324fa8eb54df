/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into the packet from a function that a helper calls. */
#include "bpf/judged/judged.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} pair SEC(".maps");

struct where {
	__u8 *data;
	__u8 *data_end;
	__u64 rounds;
};

static int store(__u32 index, struct where *where)
{
	__u8 *data = where->data;

	if (data + 16 > where->data_end)
		return 1;
	AS(__u8, data + 3) ^= 0x55 + (index & 1);
	return 0;
}

SEC("xdp")
int looped(struct xdp_md *ctx)
{
	struct where where = { .data = DATA(ctx), .data_end = DATA_END(ctx) };

	bpf_loop(2, store, &where, 0);
	return XDP_PASS;
}

SEC("tc")
int tc_looped(struct __sk_buff *ctx)
{
	struct where where = { .data = DATA(ctx), .data_end = DATA_END(ctx) };

	bpf_loop(2, store, &where, 0);
	return TCX_NEXT;
}

static int outer(__u32 index, struct where *where)
{
	bpf_loop(index + 1, store, where, 0);
	return 0;
}

SEC("xdp")
int looped_in_a_loop(struct xdp_md *ctx)
{
	struct where where = { .data = DATA(ctx), .data_end = DATA_END(ctx) };

	bpf_loop(2, outer, &where, 0);
	return XDP_PASS;
}

static long each(void *map, __u32 *key, __u64 *value, struct where *where)
{
	(void)map;
	*value += *key;
	return store(*key, where);
}

SEC("xdp")
int for_each(struct xdp_md *ctx)
{
	struct where where = { .data = DATA(ctx), .data_end = DATA_END(ctx) };

	bpf_for_each_map_elem(&pair, each, &where, 0);
	return XDP_PASS;
}

static int count(__u32 index, struct where *where)
{
	(void)index;
	where->rounds++;
	return 0;
}

/* The callback only counts: what it was given is written to afterwards. */
SEC("tc")
int after_a_loop(struct __sk_buff *ctx)
{
	struct where where = { .data = DATA(ctx), .data_end = DATA_END(ctx) };

	bpf_loop(2, count, &where, 0);
	if (where.data + 16 <= where.data_end)
		AS(__u8, where.data + 3) ^= where.rounds | 1;
	return TCX_NEXT;
}

struct context {
	struct __sk_buff *skb;
};

static int mark(__u32 index, struct context *context)
{
	context->skb->mark = index + 7;
	return 0;
}

/* Writes a field of the context, which lies on the stack of the caller. */
SEC("tc")
int marked_in_a_loop(struct __sk_buff *ctx)
{
	struct context context = { .skb = ctx };

	bpf_loop(2, mark, &context, 0);
	return TCX_NEXT;
}

static int change(__u32 index, struct context *context)
{
	__u16 type = bpf_htons(0x9999);

	(void)index;
	bpf_skb_store_bytes(context->skb, 12, &type, sizeof(type), 0);
	return 0;
}

SEC("tc")
int stored_in_a_loop(struct __sk_buff *ctx)
{
	struct context context = { .skb = ctx };

	bpf_loop(1, change, &context, 0);
	return TCX_NEXT;
}
