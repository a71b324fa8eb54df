/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands a function's address to a helper: bpf_loop() calls it. */
#include "bpf/stamp.h"

static long add(__u32 index, void *context)
{
	*(__u32 *)context += index;
	return 0;
}

SEC("tc")
int loop(struct __sk_buff *ctx)
{
	__u32 sum = 0;

	bpf_loop(10, add, &sum, 0);
	trace_pull(ctx);
	trace_stamp(ctx, sum == 45 ? 'o' : '!');
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
