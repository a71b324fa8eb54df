/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of several functions, callbacks and jump tables. */
#include "bpf/mixture/mixture.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

static __noinline int judge(__u32 byte)
{
	return verdict_of((__u8)byte);
}

PROGRAM(calls)
{
	__u8 *bytes = packet(ctx);

	return bytes ? judge(bytes[26]) : GO_ON;
}

static __noinline int rewrite(context *ctx, __u32 at)
{
	__u8 *bytes = packet(ctx);

	if (!bytes)
		return 0;
	bytes[at & 31] += 1;
	return bytes[27];
}

PROGRAM(calls_with_context)
{
	__u32 byte = (__u32)rewrite(ctx, 28);

	return judge(byte + (__u32)rewrite(ctx, 29));
}

static __noinline int with_stack(__u32 byte)
{
	__u8 room[100];

	__builtin_memset(room, 0, sizeof(room));
	room[50] = (__u8)byte;
	asm volatile("" : : "r"(room) : "memory");
	return verdict_of(room[50]);
}

PROGRAM(calls_with_stack)
{
	__u8 *bytes = packet(ctx);
	__u8 room[60];

	if (!bytes)
		return GO_ON;
	__builtin_memcpy(room, bytes, 32);
	asm volatile("" : : "r"(room) : "memory");
	return with_stack(room[30] + room[31]);
}

__noinline int judge_globally(__u32 byte)
{
	return verdict_of((__u8)(byte * 3));
}

PROGRAM(calls_globally)
{
	__u8 *bytes = packet(ctx);

	return bytes ? judge_globally(bytes[32]) : GO_ON;
}

__noinline int look_globally(context *ctx)
{
	__u8 *bytes = packet(ctx);

	return bytes ? bytes[33] : 0;
}

PROGRAM(calls_globally_with_context)
{
	return verdict_of((__u8)look_globally(ctx));
}

static __noinline int level_6(__u32 byte)
{
	return verdict_of((__u8)byte);
}

#define LEVEL(number, below)                                                                       \
	static __noinline int level_##number(__u32 byte)                                           \
	{                                                                                          \
		int result = level_##below(byte + 1);                                              \
                                                                                                   \
		HIDE(result);                                                                      \
		return result;                                                                     \
	}

LEVEL(5, 6)
LEVEL(4, 5)
LEVEL(3, 4)
LEVEL(2, 3)
LEVEL(1, 2)

/* Seven nested calls with its own: the most that a called element can have. */
PROGRAM(calls_deep)
{
	__u8 *bytes = packet(ctx);

	return bytes ? level_1(bytes[34]) : GO_ON;
}

struct sum {
	__u64 sum;
	__u64 rounds;
};

static long add_round(__u32 index, void *context_)
{
	struct sum *sum = context_;

	sum->sum += index * 7;
	sum->rounds++;
	return 0;
}

PROGRAM(loops_by_callback)
{
	__u8 *bytes = packet(ctx);
	struct sum sum = { 0 };
	__u32 rounds = bytes ? bytes[35] & 15 : 3;

	bpf_loop(rounds, add_round, &sum, 0);
	return verdict_of((__u8)(sum.sum + sum.rounds));
}

struct bpf_map;

static long add_value(struct bpf_map *map, __u32 *key, __u64 *value, struct sum *sum)
{
	(void)map;
	(void)key;
	sum->sum += *value;
	*value += 1;
	return 0;
}

PROGRAM(visits_each)
{
	struct sum sum = { 0 };

	(void)ctx;
	bpf_for_each_map_elem(&array, add_value, &sum, 0);
	return verdict_of((__u8)sum.sum);
}

int target_a(context *ctx);
int target_b(context *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} table SEC(".maps") = {
	.values = { [0] = (void *)&target_a, [2] = (void *)&target_b },
};

PROGRAM(target_a)
{
	__u8 *bytes = packet(ctx);

	if (bytes)
		bytes[36] += 1;
	return GO_ON;
}

PROGRAM(target_b)
{
	__u8 *bytes = packet(ctx);

	return bytes ? verdict_of(bytes[37]) : GO_ON;
}

PROGRAM(jumps)
{
	__u8 *bytes = packet(ctx);
	__u32 slot = bytes ? bytes[38] & 3 : 1;

	bpf_tail_call(ctx, &table, slot);
	return GO_ON;
}

static __noinline int jump_below(context *ctx, __u32 slot)
{
	__u32 unused = slot;

	HIDE(unused);
	bpf_tail_call(ctx, &table, slot);
	return GO_ON;
}

PROGRAM(jumps_in_subprogram)
{
	__u8 *bytes = packet(ctx);
	int verdict = jump_below(ctx, bytes ? bytes[39] & 3 : 1);

	bytes = packet(ctx);
	if (bytes)
		bytes[40] ^= 1;
	return verdict;
}

/* A parser of a chain of headers: as much as filters do for each packet. */
PROGRAM(parses)
{
	__u8 *bytes = packet(ctx);
	__u32 key = 1, offset = 0;
	__u64 *count;

	for (int i = 0; bytes && i < 6; i++) {
		__u8 *header = bytes + (offset & 63);

		if (header + 2 > (__u8 *)(long)ctx->data_end)
			return DROPPED;
		if (header[0] < 64)
			offset += 1;
		else if (header[0] < 128)
			offset += 2 + (header[1] & 7);
		else if (header[0] < 250)
			offset += 4;
		else
			break;
	}
	count = bpf_map_lookup_elem(&array, &key);
	if (count)
		*count += offset;
	return verdict_of((__u8)offset);
}

char _license[] SEC("license") = "GPL";
