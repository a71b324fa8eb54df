/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uses nearly all of the 512 bytes of stack that a program has. Kernels before 6.8 count the caller's
 * too, however little it uses: they take this alone and not in a chain.
 */
#include "bpf/stamp.h"

SEC("xdp")
int whole_stack(struct xdp_md *ctx)
{
	char bytes[504];

	bytes[0] = 'w';
	/* Else the compiler keeps the one byte and forgets the rest. */
	asm volatile("" : : "r"(bytes) : "memory");
	trace_stamp(ctx, bytes[0]);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
