/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads of the stack before anything was written there, which kernels from 6.3 on allow. */
#include "bpf/mixture/mixture.h"

/* Whatever is there: it does not matter. */
PROGRAM(reads_unwritten_stack)
{
	__u64 found;

	(void)ctx;
	asm volatile("%[found] = *(u64 *)(r10 - 40)" : [found] "=r"(found));
	found &= 0;
	HIDE(found);
	return found ? DROPPED : GO_ON;
}

char _license[] SEC("license") = "GPL";
