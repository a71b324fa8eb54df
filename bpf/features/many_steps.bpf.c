/* SPDX-License-Identifier: GPL-2.0-only */
/* A loop that the verifier walks through step by step: a third of the million that it takes. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int many_steps(struct xdp_md *ctx)
{
	__u32 sum = ctx->rx_queue_index;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < 60000; i++)
		asm volatile("%0 += 3" : "+r"(sum));
	return sum == 1 ? XDP_ABORTED : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
