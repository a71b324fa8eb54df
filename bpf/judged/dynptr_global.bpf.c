/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands a dynptr of the packet to a global function, from Linux 6.9 on, which writes through it. */
#include "bpf/judged/dynptr.h"

static const __u64 bytes = 0x7777777777777777;

__noinline int write_through(const struct bpf_dynptr *to)
{
	return bpf_dynptr_write((struct bpf_dynptr *)to, 8, (void *)&bytes, sizeof(bytes), 0);
}

SEC("tc")
int tc_in_global_function(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	if (!bpf_dynptr_from_skb(ctx, 0, &packet))
		write_through(&packet);
	return TCX_NEXT;
}
