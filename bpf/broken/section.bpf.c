/* SPDX-License-Identifier: GPL-2.0-only */
/* Lies in a section whose name does not tell the program's type, as old loaders liked it. */
#include "bpf/stamp.h"

SEC("firewall")
int wall(struct xdp_md *ctx)
{
	trace_stamp(ctx, 's');
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
