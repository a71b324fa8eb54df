/* SPDX-License-Identifier: GPL-2.0-only */
/* The least that a program can do, so that a benchmark shows what the chain around it costs. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int trivial_xdp(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

SEC("tc")
int trivial_tc(struct __sk_buff *ctx)
{
	(void)ctx;
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
