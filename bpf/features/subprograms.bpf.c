/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that are really called: static ones, which the verifier follows, and a global one, which
 * it verifies for itself. */
#include "bpf/stamp.h"

static __noinline int letter_of(__u32 length)
{
	return length > 1000 ? 'G' : 'g';
}

__noinline int subprograms_choose(struct xdp_md *ctx)
{
	return letter_of(ctx->data_end - ctx->data);
}

static __noinline void write_letter(struct xdp_md *ctx, char letter)
{
	trace_stamp(ctx, letter);
}

SEC("xdp")
int subprograms(struct xdp_md *ctx)
{
	write_letter(ctx, subprograms_choose(ctx));
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
