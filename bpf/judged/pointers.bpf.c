/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into the packet through a pointer that came there in a way that is easy to lose. */
#include "bpf/judged/judged.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[8]);
} scratch SEC(".maps");

struct holder {
	__u64 filler;
	__u8 *at;
};

SEC("xdp")
int before_it(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (!HAS(ctx, data, 32))
		return XDP_PASS;
	data += 20;
	HIDE(data);
	AS(__u8, data - 12) ^= 0xff;
	return XDP_PASS;
}

/* What is added is a number of the packet's own. */
SEC("xdp")
int variable(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);
	__u8 *at;

	if (!HAS(ctx, data, 32))
		return XDP_PASS;
	at = data + (data[14] & 15);
	if (HAS(ctx, at, 4))
		AS(__u32, at) = ~AS(__u32, at);
	return XDP_PASS;
}

SEC("xdp")
int metadata(struct xdp_md *ctx)
{
	__u8 *meta = DATA_META(ctx);

	if (meta + 4 <= DATA(ctx))
		AS(__u32, meta) = 0xdeadbeef;
	return XDP_PASS;
}

SEC("tc")
int tc_metadata(struct __sk_buff *ctx)
{
	__u8 *meta = DATA_META(ctx);

	if (meta + 4 <= DATA(ctx))
		AS(__u32, meta) = 0xdeadbeef;
	return TCX_NEXT;
}

SEC("xdp")
int after_adjust_head(struct xdp_md *ctx)
{
	__u8 *data;

	if (bpf_xdp_adjust_head(ctx, -16))
		return XDP_PASS;
	data = DATA(ctx);
	if (HAS(ctx, data, 16))
		AS(__u64, data) = 0x1122334455667788;
	return XDP_PASS;
}

SEC("xdp")
int after_adjust_meta(struct xdp_md *ctx)
{
	__u8 *meta;

	if (bpf_xdp_adjust_meta(ctx, -8))
		return XDP_PASS;
	meta = DATA_META(ctx);
	if (meta + 8 <= DATA(ctx))
		AS(__u64, meta) = 0x1122334455667788;
	return XDP_PASS;
}

SEC("xdp")
int spilled(struct xdp_md *ctx)
{
	__u8 *volatile slot = DATA(ctx);
	__u8 *data;

	bpf_ktime_get_ns();
	data = slot;
	if (HAS(ctx, data, 16))
		AS(__u16, data + 4) ^= 0xffff;
	return XDP_PASS;
}

/* The pointer lies beside a number that is written after it. */
SEC("tc")
int spilled_in_a_structure(struct __sk_buff *ctx)
{
	volatile struct holder holder = { .at = DATA(ctx) };
	__u8 *data;

	holder.filler = bpf_ktime_get_ns();
	data = holder.at;
	if (HAS(ctx, data, 16))
		AS(__u16, data + 4) ^= 0xffff;
	return TCX_NEXT;
}

static __noinline int store(__u8 *at)
{
	AS(__u8, at) ^= 0xff;
	return 0;
}

SEC("xdp")
int passed_to_subprogram(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 16))
		store(data + 3);
	return XDP_PASS;
}

/* The same subprogram, once with memory of its own and once with the packet. */
SEC("xdp")
int passed_the_second_time(struct xdp_md *ctx)
{
	__u8 own[8] = { 0 };
	__u8 *data = DATA(ctx);

	store(own);
	if (HAS(ctx, data, 16))
		store(data + 3);
	return own[0] ? XDP_PASS : XDP_DROP;
}

static __noinline __u8 *find(struct xdp_md *ctx, __u32 offset)
{
	__u8 *data = DATA(ctx);

	if (offset > 64)
		return 0;
	data += offset;
	return HAS(ctx, data, 2) ? data : 0;
}

SEC("xdp")
int returned_from_subprogram(struct xdp_md *ctx)
{
	__u8 *at = find(ctx, ctx->rx_queue_index & 7);

	if (at && HAS(ctx, at, 2))
		AS(__u16, at) ^= 0xffff;
	return XDP_PASS;
}

static __noinline int fill(struct xdp_md *ctx, struct holder *holder)
{
	holder->at = DATA(ctx);
	return 0;
}

/* The subprogram puts it on the stack of its caller. */
SEC("xdp")
int put_on_the_stack_of_the_caller(struct xdp_md *ctx)
{
	struct holder holder = { 0 };
	__u8 *at;

	fill(ctx, &holder);
	at = *(__u8 *volatile *)&holder.at;
	if (at && HAS(ctx, at, 16))
		AS(__u32, at + 6) ^= 0xffffffff;
	return XDP_PASS;
}

static __noinline int drain(struct xdp_md *ctx, struct holder *holder)
{
	__u8 *at = holder->at;

	if (HAS(ctx, at, 16))
		AS(__u32, at + 6) ^= 0xffffffff;
	return 0;
}

SEC("xdp")
int found_on_the_stack_of_the_caller(struct xdp_md *ctx)
{
	struct holder holder = { .at = DATA(ctx) };

	drain(ctx, &holder);
	return XDP_PASS;
}

/* One store, to a map for some packets and to the packet for others. */
SEC("xdp")
int map_or_packet(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);
	__u32 zero = 0;
	__u8 *value = bpf_map_lookup_elem(&scratch, &zero);
	__u8 *at;

	if (!value || !HAS(ctx, data, 16))
		return XDP_PASS;
	at = data[12] == 0x99 ? value : data;
	HIDE(at);
	AS(__u8, at + 5) ^= 0xff;
	return XDP_PASS;
}

/* A map at first; at the third time around the packet. */
SEC("xdp")
int packet_in_the_end(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);
	__u32 zero = 0;
	__u8 *a = bpf_map_lookup_elem(&scratch, &zero);
	__u8 *b = a;
	__u8 *c = data;

	if (!a || !HAS(ctx, data, 16))
		return XDP_PASS;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 3; i++) {
		AS(__u8, a + 1) ^= 0xff;
		a = b;
		b = c;
		HIDE(a);
		HIDE(b);
	}
	return XDP_PASS;
}

/* Which of two kinds it is, only the other half of the program knows. */
SEC("tc")
int number_or_packet(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);
	bool is_packet = ctx->len > 60;
	__u64 either;

	if (!HAS(ctx, data, 16))
		return TCX_NEXT;
	either = is_packet ? (__u64)(long)data : 7;
	HIDE(either);
	if (ctx->mark == 99)
		bpf_ktime_get_ns();
	if (is_packet)
		AS(__u8, (__u8 *)(long)either + 5) ^= 0xff;
	return TCX_NEXT;
}

static __noinline int depth_3(struct __sk_buff *ctx, __u8 **const *where)
{
	__u8 *at = **where;

	if (HAS(ctx, at, 16))
		AS(__u8, at + 2) ^= 0xff;
	return 0;
}

static __noinline int depth_2(struct __sk_buff *ctx, __u8 **slot)
{
	__u8 **volatile here = slot;

	return depth_3(ctx, (__u8 * *const *)&here);
}

/* A pointer to a pointer to a pointer, through three stacks. */
SEC("tc")
int three_stacks(struct __sk_buff *ctx)
{
	__u8 *volatile data = DATA(ctx);

	depth_2(ctx, (__u8 **)&data);
	return TCX_NEXT;
}
