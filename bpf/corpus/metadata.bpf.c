/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room in front of the packet that travels with it: written on xdp, read on tcx-ingress. There, 'm'
 * says that it came, and '-' that nobody wrote any.
 */
#include "bpf/feature.h"

enum { MARK = 0x6d61726b };

static __always_inline bool metadata(struct xdp_md *ctx)
{
	__u32 *mark;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*mark)))
		return false;
	mark = (void *)(long)ctx->data_meta;
	if ((void *)(mark + 1) > (void *)(long)ctx->data)
		return false;
	*mark = MARK;
	return true;
}

FEATURE_XDP(metadata)

SEC("tc")
int metadata_tc(struct __sk_buff *ctx)
{
	__u32 *mark = (void *)(long)ctx->data_meta;
	char letter = '-';

	if ((void *)(mark + 1) <= (void *)(long)ctx->data && *mark == MARK)
		letter = 'm';
	trace_stamp(ctx, letter);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
