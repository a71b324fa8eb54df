/* SPDX-License-Identifier: GPL-2.0-only */
/* Has an arena: a program can have only one, so two such elements cannot be one program. */
#include "bpf/stamp.h"

enum { MAP_TYPE_ARENA = 33 }; /* BPF_MAP_TYPE_ARENA, which headers before Linux 6.9 lack */

struct {
	__uint(type, MAP_TYPE_ARENA);
	__uint(map_flags, 1U << 10); /* BPF_F_MMAPABLE */
	__uint(max_entries, 1); /* pages */
} arena SEC(".maps");

SEC("tc")
int with_arena(struct __sk_buff *ctx)
{
	/* To refer to it is enough: user space is what fills it here. */
	asm volatile("" : : "r"(&arena));
	trace_pull(ctx);
	trace_stamp(ctx, 'e');
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
