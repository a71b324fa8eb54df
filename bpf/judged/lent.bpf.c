/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lends the packet to global functions, to which it is memory like any other: they may do with it
 * what nobody may do with a packet.
 */
#include "bpf/judged/judged.h"

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__uint(value_size, 8);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

#define LENT(name)                                                                                 \
	SEC("tc")                                                                                  \
	int tc_##name(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		__u8 *data = DATA(ctx);                                                            \
                                                                                                   \
		if (HAS(ctx, data, 32))                                                            \
			name((__u64 *)(data + 8));                                                 \
		return TCX_NEXT;                                                                   \
	}

__noinline int peek(__u64 *at)
{
	__u64 value = 0x7777777777777777;

	bpf_map_push_elem(&queue, &value, BPF_EXIST);
	return at ? bpf_map_peek_elem(&queue, at) : 0;
}
LENT(peek)

__noinline int number(__u64 *at)
{
	return at ? bpf_strtol("77", 2, 0, (long *)at) : 0;
}
LENT(number)

__noinline int print(__u64 *at)
{
	return at ? bpf_snprintf((char *)at, sizeof(*at), "seven", 0, 0) : 0;
}
LENT(print)

__noinline int comm(__u64 *at)
{
	return at ? bpf_get_current_comm(at, sizeof(*at)) : 0;
}
LENT(comm)

__noinline int probe(__u64 *at)
{
	__u64 own = 0x7777777777777777;

	return at ? bpf_probe_read_kernel(at, sizeof(*at), &own) : 0;
}
LENT(probe)

__noinline int add(__u64 *at)
{
	if (at)
		__sync_fetch_and_add(at, 0x0101);
	return 0;
}
LENT(add)

__noinline int exchange(__u64 *at)
{
	return at ? __sync_lock_test_and_set(at, 0x77) : 0;
}
LENT(exchange)

static __noinline void store(__u64 *at)
{
	*(volatile __u64 *)at = 0x77;
}

__noinline int below(__u64 *at)
{
	__u64 *volatile slot = at;

	bpf_ktime_get_ns();
	at = slot;
	if (at)
		store(at);
	return 0;
}
LENT(below)

struct where {
	__u64 *at;
};

static int once(__u32 index, struct where *where)
{
	if (where->at)
		*(volatile __u64 *)where->at = index + 0x77;
	return 0;
}

__noinline int looped(__u64 *at)
{
	struct where where = { .at = at };

	bpf_loop(1, once, &where, 0);
	return 0;
}
LENT(looped)

/* What is lent is a map for some packets, and the packet for others. */
SEC("tc")
int tc_either(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);
	__u32 zero = 0;
	__u8 *value = bpf_map_lookup_elem(&values, &zero);
	__u8 *at;

	if (!value || !HAS(ctx, data, 32))
		return TCX_NEXT;
	at = data[12] == 0x99 ? value : data;
	HIDE(at);
	below((__u64 *)at);
	return TCX_NEXT;
}

static int lend(__u32 index, struct __sk_buff **context)
{
	struct __sk_buff *ctx = *context;
	__u8 *data = DATA(ctx);

	(void)index;
	if (HAS(ctx, data, 32))
		below((__u64 *)(data + 8));
	return 0;
}

/* Lent by a function that a helper calls. */
SEC("tc")
int tc_lent_in_a_loop(struct __sk_buff *ctx)
{
	struct __sk_buff *context = ctx;

	bpf_loop(1, lend, &context, 0);
	return TCX_NEXT;
}

__noinline int load(struct __sk_buff *ctx, __u64 *at)
{
	return at ? bpf_skb_load_bytes(ctx, 0, at, sizeof(*at)) : 0;
}

SEC("tc")
int tc_load(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 32))
		load(ctx, (__u64 *)(data + 8));
	return TCX_NEXT;
}

/* Its own stack, map and ring are lent in the same way, which harms nobody. */
SEC("tc")
int tc_its_own(struct __sk_buff *ctx)
{
	__u32 zero = 0;
	__u64 own = ctx->len;
	__u64 *value = bpf_map_lookup_elem(&values, &zero);

	below(&own);
	add(&own);
	if (value) {
		print(value);
		exchange(value);
	}
	return TCX_NEXT;
}
