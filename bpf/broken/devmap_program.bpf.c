/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs behind a redirect, in a device map: on no hook. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp/devmap")
int devmap_program(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
