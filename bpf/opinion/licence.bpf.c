/* SPDX-License-Identifier: GPL-2.0-only */
/* An innocent program, of another licence. */
#include "bpf/opinion.h"

SEC("xdp")
int xdp_licence(struct xdp_md *ctx)
{
	add(ctx->data_end - ctx->data);
	return XDP_PASS;
}

char _license[] SEC("license") = "Proprietary";
