/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the place of a function in a program that runs already, and drops everything there: no
 * element of a chain, but what somebody may try on one.
 */
#include "bpf/stamp.h"

SEC("freplace")
int replace_xdp(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

SEC("freplace")
int replace_tc(struct __sk_buff *ctx)
{
	(void)ctx;
	return TCX_DROP;
}

char _license[] SEC("license") = "GPL";
