/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts a VLAN tag on the packet, and takes it off again. */
#include "bpf/feature.h"

enum { ETHERTYPE_VLAN = 0x8100 };

static __always_inline bool vlan(struct __sk_buff *ctx)
{
	if (bpf_skb_vlan_push(ctx, bpf_htons(ETHERTYPE_VLAN), 7))
		return false;
	return ctx->vlan_present && ctx->vlan_tci == 7 && !bpf_skb_vlan_pop(ctx) &&
	       !ctx->vlan_present;
}

FEATURE_TC(vlan)
char _license[] SEC("license") = "GPL";
