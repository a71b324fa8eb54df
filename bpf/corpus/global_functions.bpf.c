/* SPDX-License-Identifier: GPL-2.0-only */
/* Global functions with arguments of several kinds: the context, memory, a number. */
#include "bpf/stamp.h"

struct pair {
	int left;
	int right;
};

__noinline int global_sum(const struct pair *pair)
{
	return pair ? pair->left + pair->right : 0;
}

__noinline int global_length(struct __sk_buff *ctx, int least)
{
	return ctx->len >= least ? least : 0;
}

SEC("tc")
int global_functions(struct __sk_buff *ctx)
{
	struct pair pair = { 3, 4 };
	char letter = global_sum(&pair) == 7 && global_length(ctx, 10) == 10 ? '+' : '!';

	trace_pull(ctx);
	trace_stamp(ctx, letter);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
