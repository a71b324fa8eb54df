/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the whole chain, over everybody's head. */
#include "bpf/judged/judged.h"

extern void bpf_throw(__u64 cookie) __ksym;

static __noinline int check(struct __sk_buff *ctx)
{
	if (ctx->len > 60)
		bpf_throw(TC_ACT_REDIRECT);
	return 0;
}

SEC("tc")
int throw(struct __sk_buff * ctx)
{
	check(ctx);
	return TCX_NEXT;
}
