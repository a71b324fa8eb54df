/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves something on its stack, and looks for what somebody else left there. */
#include "bpf/mixture/mixture.h"

__u64 found[8];

PROGRAM(leaves)
{
	(void)ctx;
	asm volatile("r1 = 0x5ec2e7 ll\n"
		     "*(u64 *)(r10 - 8) = r1\n"
		     "*(u64 *)(r10 - 16) = r1\n"
		     "*(u64 *)(r10 - 24) = r1\n"
		     "*(u64 *)(r10 - 32) = r1\n"
		     "*(u64 *)(r10 - 40) = r1\n"
		     "*(u64 *)(r10 - 48) = r1\n"
		     "*(u64 *)(r10 - 56) = r1\n"
		     "*(u64 *)(r10 - 64) = r1\n"
		     :
		     :
		     : "r1", "memory");
	return GO_ON;
}

#define LOOK(at)                                                                                   \
	do {                                                                                       \
		asm volatile("%[value] = *(u64 *)(r10 - " #at ")" : [value] "=r"(value));          \
		found[(at) / 8 - 1] |= value;                                                      \
	} while (0)

PROGRAM(looks)
{
	__u64 value;

	(void)ctx;
	LOOK(8);
	LOOK(16);
	LOOK(24);
	LOOK(32);
	LOOK(40);
	LOOK(48);
	LOOK(56);
	LOOK(64);
	return GO_ON;
}

char _license[] SEC("license") = "GPL";
