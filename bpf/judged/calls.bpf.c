/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks at packets from subprograms and from functions that helpers call. */
#include "bpf/judged/watch.h"

MAP(values, BPF_MAP_TYPE_ARRAY, __u32, __u64, 4);
MAP(hash, BPF_MAP_TYPE_HASH, __u32, __u64, 16);

struct state {
	__u8 *data;
	__u8 *end;
	__u64 sum;
	__u32 most;
};

__u64 sums;

static int add(__u32 index, struct state *state)
{
	__u8 *at = state->data;

	if (index > 63)
		return 1;
	at += index;
	if (at + 1 > state->end)
		return 1;
	state->sum += *at;
	return 0;
}

/* The pointers to the packet are on the stack of the program that is called back into. */
static __always_inline void loop(void *ctx, __u8 *data, __u8 *end)
{
	struct state state = { .data = data, .end = end };

	(void)ctx;
	bpf_loop(64, add, &state, 0);
	sums += state.sum;
}
WATCH(loop)

static long most(void *map, __u32 *key, __u64 *value, struct state *state)
{
	(void)map;
	if (*value > state->sum) {
		state->sum = *value;
		state->most = *key;
	}
	*value = *value / 2;
	return 0;
}

static __always_inline void for_each(void *ctx, __u8 *data, __u8 *end)
{
	struct state state = { .sum = 0 };

	(void)ctx;
	(void)data;
	(void)end;
	bpf_for_each_map_elem(&values, most, &state, 0);
	bpf_for_each_map_elem(&hash, most, &state, 0);
	sums += state.most;
}
WATCH(for_each)

/* Given the packet, it only reads; given memory of its own, it is the same function. */
static __noinline __u64 sum_of(const __u8 *at)
{
	__u64 sum = 0;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 16; i++)
		sum += at[i];
	return sum;
}

static __always_inline void subprogram(void *ctx, __u8 *data, __u8 *end)
{
	__u8 own[16] = { 1, 2, 3 };

	(void)ctx;
	if (data + 16 > end)
		return;
	sums += sum_of(data);
	sums += sum_of(own);
}
WATCH(subprogram)

/* Writes to what it is given, and is never given the packet. */
static __noinline void clear(__u8 *at)
{
	__builtin_memset(at, 0, 8);
}

static __always_inline void clears_its_own(void *ctx, __u8 *data, __u8 *end)
{
	__u64 own = end - data;
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&values, &zero);

	(void)ctx;
	clear((__u8 *)&own);
	if (value)
		clear((__u8 *)value);
	sums += own;
}
WATCH(clears_its_own)

/* Finds a place in the packet, for its caller to read. */
static __noinline __u8 *place(__u8 *data, __u8 *end)
{
	return data + 34 <= end ? data + 14 : 0;
}

static __always_inline void returned(void *ctx, __u8 *data, __u8 *end)
{
	__u8 *at = place(data, end);

	(void)ctx;
	if (at && at + 20 <= end)
		sums += at[9];
}
WATCH(returned)

__noinline int classify(__u32 source, __u32 destination)
{
	return (source ^ destination) & 3;
}

static __always_inline void global_number(void *ctx, __u8 *data, __u8 *end)
{
	(void)ctx;
	if (data + 34 <= end)
		sums += classify(data[26], data[30]);
}
WATCH(global_number)

/* A global function that writes to memory, which is never the packet. */
__noinline int fold(__u64 *into)
{
	if (!into)
		return 0;
	*into = (*into & 0xffffffff) + (*into >> 32);
	return 1;
}

static __always_inline void global_memory(void *ctx, __u8 *data, __u8 *end)
{
	__u64 own = end - data;

	(void)ctx;
	fold(&own);
	sums += own;
}
WATCH(global_memory)

__noinline int look(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	return HAS(ctx, data, 14) ? data[12] : 0;
}

SEC("xdp")
int xdp_global_context(struct xdp_md *ctx)
{
	sums += look(ctx);
	return XDP_PASS;
}

/* A pointer to the packet or to a map, and all that is done with it is to read. */
static __always_inline void either(void *ctx, __u8 *data, __u8 *end)
{
	__u32 zero = 0;
	__u8 *value = bpf_map_lookup_elem(&values, &zero);
	__u8 *at;

	(void)ctx;
	if (!value || data + 16 > end)
		return;
	at = data[0] & 1 ? value : data;
	HIDE(at);
	sums += AS(__u8, at + 4);
}
WATCH(either)

/* Five frames deep, with the context in each of them. */
static __noinline int depth_5(struct __sk_buff *ctx, __u64 *sum)
{
	*sum += ctx->len;
	return ctx->mark;
}

static __noinline int depth_4(struct __sk_buff *ctx, __u64 *sum)
{
	return depth_5(ctx, sum) + ctx->ifindex;
}

static __noinline int depth_3(struct __sk_buff *ctx, __u64 *sum)
{
	*sum += 3;
	return depth_4(ctx, sum) + ctx->priority;
}

static __noinline int depth_2(struct __sk_buff *ctx)
{
	__u64 sum = 0;
	int found = depth_3(ctx, &sum);

	return found + sum;
}

SEC("tc")
int tc_deep(struct __sk_buff *ctx)
{
	sums += depth_2(ctx);
	return TCX_NEXT;
}
