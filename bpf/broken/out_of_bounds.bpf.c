/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the packet without a look at where it ends: the verifier refuses it, and the object's line
 * information says where. */
#include "bpf/stamp.h"

SEC("xdp")
int out_of_bounds(struct xdp_md *ctx)
{
	struct trace_packet *packet = (void *)(long)ctx->data;

	return packet->action == 'x' ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
