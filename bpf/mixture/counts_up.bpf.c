/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Count on from what they find on the stack. The verifier takes that for any number and is done soon;
 * where it knows that it is zero, it follows each round, and there is no end to them.
 */
#include "bpf/mixture/mixture.h"

enum { MANY = 1 << 22 };

struct rounds {
	__u64 count;
	__u8 room[32];
};

static long count(__u32 index, void *context_)
{
	struct rounds *rounds = context_;

	rounds->room[rounds->count & 31] = 1;
	rounds->count++;
	return index > 2;
}

static long count_slowly(__u32 index, void *context_)
{
	struct rounds *rounds = context_;

	asm volatile(".rept 250\n"
		     "r3 = 0\n"
		     ".endr"
		     :
		     :
		     : "r3");
	rounds->room[rounds->count & 31] = 1;
	rounds->count++;
	return index > 2;
}

#define COUNT_UP(by)                                                                               \
	do {                                                                                       \
		struct rounds rounds = { 0 };                                                      \
		__u64 found;                                                                       \
                                                                                                   \
		asm volatile("%[found] = *(u64 *)(r10 - 64)" : [found] "=r"(found));               \
		rounds.count = found;                                                              \
		bpf_loop(MANY, by, &rounds, 0);                                                    \
	} while (0)

PROGRAM(counts_up)
{
	(void)ctx;
	COUNT_UP(count);
	return GO_ON;
}

PROGRAM(counts_up_slowly)
{
	(void)ctx;
	COUNT_UP(count_slowly);
	return GO_ON;
}

char _license[] SEC("license") = "GPL";
