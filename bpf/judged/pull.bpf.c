/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings fragments of the packet into its linear part, from Linux 6.18 on. */
#include "bpf/judged/judged.h"

extern int bpf_xdp_pull_data(struct xdp_md *xdp, __u32 length) __ksym;

SEC("xdp.frags")
int pull(struct xdp_md *ctx)
{
	bpf_xdp_pull_data(ctx, 64);
	return XDP_PASS;
}
