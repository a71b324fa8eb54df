/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks packets where a flag on the stack says so, which is clear to begin with. Whoever misses that
 * something sets it takes the mark for dead code.
 */
#include "bpf/judged/judged.h"

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__uint(value_size, 8);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

#define MARK 0x77

#define FLAG(name, set)                                                                            \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		__u64 one = 1, flag = 0;                                                           \
                                                                                                   \
		(void)one;                                                                         \
		set;                                                                               \
		if (AS(__u64, &flag))                                                              \
			ctx->mark = MARK;                                                          \
		return TCX_NEXT;                                                                   \
	}

static __noinline void set_it(__u64 *flag)
{
	AS(__u64, flag) = 1;
}

static __noinline void set_a_byte(__u8 *flag, __u32 which)
{
	AS(__u8, flag + (which & 7)) = 1;
}

__noinline int set_from_outside(__u64 *flag)
{
	if (flag)
		*flag = 1;
	return 0;
}

static int set_in_loop(__u32 index, __u64 *flag)
{
	(void)index;
	*flag = 1;
	return 0;
}

static int set_in_third_round(__u32 index, __u64 *flag)
{
	if (index == 2)
		*flag = 1;
	return 0;
}

struct pair {
	__u64 *flag;
};

static int set_by_way_of_pair(__u32 index, struct pair *pair)
{
	(void)index;
	set_it(pair->flag);
	return 0;
}

static int loop_in_loop(__u32 index, __u64 *flag)
{
	bpf_loop(index + 1, set_in_loop, flag, 0);
	return 0;
}

static long set_for_each(void *map, __u32 *key, __u64 *value, __u64 *flag)
{
	(void)map;
	*flag = *key + *value;
	return 0;
}

FLAG(by_load, bpf_skb_load_bytes(ctx, 0, &flag, sizeof(flag)))
FLAG(by_relative_load, bpf_skb_load_bytes_relative(ctx, 0, &flag, 8, BPF_HDR_START_MAC))
FLAG(by_probe, bpf_probe_read_kernel(&flag, sizeof(flag), &one))
FLAG(by_peek, bpf_map_push_elem(&queue, &one, BPF_EXIST); bpf_map_peek_elem(&queue, &flag))
FLAG(by_pop, bpf_map_push_elem(&queue, &one, BPF_EXIST); bpf_map_pop_elem(&queue, &flag))
FLAG(by_number, bpf_strtol("7", 1, 0, (long *)&flag))
FLAG(by_print, bpf_snprintf((char *)&flag, sizeof(flag), "seven", 0, 0))
FLAG(by_comm, bpf_get_current_comm(&flag, sizeof(flag)))
FLAG(by_mtu, bpf_check_mtu(ctx, 0, (__u32 *)&flag, 0, 0))
FLAG(by_subprogram, set_it(&flag))
FLAG(by_byte, set_a_byte((__u8 *)&flag, ctx->len))
FLAG(by_global_function, set_from_outside(&flag))
FLAG(by_loop, bpf_loop(1, set_in_loop, &flag, 0))
FLAG(by_third_round, bpf_loop(5, set_in_third_round, &flag, 0))
FLAG(by_loop_in_loop, bpf_loop(2, loop_in_loop, &flag, 0))
FLAG(by_for_each, bpf_for_each_map_elem(&values, set_for_each, &flag, 0))
FLAG(by_atomic_add, __sync_fetch_and_add(&flag, 1))
FLAG(by_exchange, __sync_lock_test_and_set(&flag, 1))
FLAG(by_compare, __sync_val_compare_and_swap(&flag, 0, 1))

SEC("tc")
int by_pointer_on_stack(struct __sk_buff *ctx)
{
	__u64 flag = 0;
	struct pair pair = { .flag = &flag };

	bpf_loop(1, set_by_way_of_pair, &pair, 0);
	if (AS(__u64, &flag))
		ctx->mark = MARK;
	return TCX_NEXT;
}

/* It was set, and a helper that fails clears it. */
SEC("tc")
int by_failure(struct __sk_buff *ctx)
{
	__u64 flag = 1;

	bpf_skb_load_bytes(ctx, 5000, &flag, sizeof(flag));
	if (!AS(__u64, &flag))
		ctx->mark = MARK;
	return TCX_NEXT;
}

SEC("tc")
int by_tunnel(struct __sk_buff *ctx)
{
	struct bpf_tunnel_key key = { .tunnel_id = 1 };

	bpf_skb_get_tunnel_key(ctx, &key, sizeof(key), 0);
	if (!AS(__u32, &key.tunnel_id))
		ctx->mark = MARK;
	return TCX_NEXT;
}

/* One of several, at a place that is computed. */
SEC("tc")
int by_computed_place(struct __sk_buff *ctx)
{
	volatile __u64 flags[4] = { 0 };

	flags[ctx->len & 3] = 1;
	if (flags[0] | flags[1] | flags[2] | flags[3])
		ctx->mark = MARK;
	return TCX_NEXT;
}

/* After more rounds than one wants to follow. */
SEC("tc")
int by_many_rounds(struct __sk_buff *ctx)
{
	volatile __u64 flag = 0;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < 200; i++)
		if (i == 150)
			flag = 1;
	if (flag)
		ctx->mark = MARK;
	return TCX_NEXT;
}

static __noinline int counted(__u32 rounds)
{
	int sum = 0;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < rounds && i < 9; i++) {
		HIDE(sum);
		sum++;
	}
	return sum;
}

SEC("tc")
int by_result(struct __sk_buff *ctx)
{
	if (counted(7) == 7)
		ctx->mark = MARK;
	return TCX_NEXT;
}

/* What a loop of the kernel's returns is how often it ran. */
SEC("tc")
int by_count(struct __sk_buff *ctx)
{
	__u64 flag = 0;

	if (bpf_loop(3, set_in_loop, &flag, 0) == 3)
		ctx->mark = MARK;
	return TCX_NEXT;
}

static __noinline int of_two(__u32 which)
{
	return which == 2 ? 1 : 0;
}

/* The same function is called twice, and only the second time it says so. */
SEC("tc")
int by_second_call(struct __sk_buff *ctx)
{
	if (of_two(1))
		bpf_ktime_get_ns();
	if (of_two(2))
		ctx->mark = MARK;
	return TCX_NEXT;
}
