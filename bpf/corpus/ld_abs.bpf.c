/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oldest way to read a packet, LD_ABS and LD_IND. One that reads behind the packet's end ends
 * the program with 0.
 */
#include "bpf/feature.h"

enum { ETHERTYPE_AT = 12, FAR_BEHIND = 60000 };

unsigned long long load_half(void *ctx, unsigned long long at) asm("llvm.bpf.load.half");

static __always_inline bool ld_abs(struct __sk_buff *ctx)
{
	__u64 at = ctx->len ? ETHERTYPE_AT : 0;

	asm volatile("" : "+r"(at));
	return load_half(ctx, ETHERTYPE_AT) == TRACE_ETHERTYPE &&
	       load_half(ctx, at) == TRACE_ETHERTYPE;
}

FEATURE_TC(ld_abs)

SEC("tc")
int ld_abs_behind(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	trace_stamp(ctx, '+');
	return load_half(ctx, FAR_BEHIND) ? TCX_DROP : TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
