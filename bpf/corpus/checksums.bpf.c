/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums, and checksums in the packet: changed and changed back, where none is. */
#include "bpf/feature.h"

enum { ACTION_AT = 14 };

static __always_inline bool checksums_of(void *ctx)
{
	__u32 before = 1, after = 2;

	(void)ctx;
	return bpf_csum_diff(&before, sizeof(before), &after, sizeof(after), 0) > 0;
}

static __always_inline bool checksums(struct __sk_buff *ctx)
{
	return checksums_of(ctx) && !bpf_l3_csum_replace(ctx, ACTION_AT, 1, 2, 2) &&
	       !bpf_l3_csum_replace(ctx, ACTION_AT, 2, 1, 2) &&
	       !bpf_l4_csum_replace(ctx, ACTION_AT, 1, 2, 2) &&
	       !bpf_l4_csum_replace(ctx, ACTION_AT, 2, 1, 2);
}

FEATURE_XDP(checksums_of)
FEATURE_TC(checksums)
char _license[] SEC("license") = "GPL";
