/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes that the kernel makes to IP packets only: to others, it says that it cannot. */
#include "bpf/feature.h"

enum { ENOTSUPP = 524, IPV6 = 0x86dd };

static __always_inline bool skb_shape(struct __sk_buff *ctx)
{
	return bpf_skb_change_proto(ctx, bpf_htons(IPV6), 0) == -ENOTSUPP &&
	       bpf_skb_adjust_room(ctx, 20, BPF_ADJ_ROOM_NET, 0) == -ENOTSUPP;
}

FEATURE_TC(skb_shape)
char _license[] SEC("license") = "GPL";
