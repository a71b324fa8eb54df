/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes what XDP left in front of the packet, through a dynptr of it, from Linux 6.18 on. */
#include "bpf/judged/dynptr.h"

SEC("tc")
int tc_metadata(struct __sk_buff *ctx)
{
	struct bpf_dynptr meta;
	__u32 value = 7;

	if (!bpf_dynptr_from_skb_meta(ctx, 0, &meta))
		bpf_dynptr_write(&meta, 0, &value, sizeof(value), 0);
	return TCX_NEXT;
}
