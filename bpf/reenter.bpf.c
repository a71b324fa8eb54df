/* SPDX-License-Identifier: GPL-2.0-only */
/* A copy that is sent from inside the program may pass the same hook before the program has ended. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

SEC("tc")
int reenter(struct __sk_buff *ctx)
{
	if (ctx->mark == 0x6f726461)
		bpf_clone_redirect(ctx, ctx->ifindex, 0);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
