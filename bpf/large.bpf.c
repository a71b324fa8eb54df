/* SPDX-License-Identifier: GPL-2.0-only */
/* As many instructions as a large program has: what they do does not matter. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int large_xdp(struct xdp_md *ctx)
{
	__u64 sum = ctx->rx_queue_index;

	asm volatile(".rept 100000\n"
		     "%0 += 1\n"
		     ".endr"
		     : "+r"(sum));
	return sum ? XDP_PASS : XDP_ABORTED;
}

char _license[] SEC("license") = "GPL";
