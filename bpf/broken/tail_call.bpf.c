/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes on in a program of its own jump table, which user space would have to fill. */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} jumps SEC(".maps");

SEC("tc")
int tail_call(struct __sk_buff *ctx)
{
	bpf_tail_call(ctx, &jumps, 0);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
