/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks connection tracking for a connection that is not there. */
#include "bpf/conntrack.h"
#include "bpf/feature.h"

enum { ENOENT = 2, UDP = 17 };

#define LOOKUP(lookup, ctx)                                                                        \
	({                                                                                         \
		struct bpf_sock_tuple tuple_ = { .ipv4 = { .saddr = 1, .daddr = 2 } };             \
		struct options options_ = { .netns = -1, .protocol = UDP };                        \
		struct nf_conn *found_ =                                                           \
			lookup(ctx, &tuple_, sizeof(tuple_.ipv4), &options_, sizeof(options_));    \
		if (found_)                                                                        \
			bpf_ct_release(found_);                                                    \
		!found_ &&options_.error == -ENOENT;                                               \
	})

static __always_inline bool conntrack_skb(struct __sk_buff *ctx)
{
	return LOOKUP(bpf_skb_ct_lookup, ctx);
}

static __always_inline bool conntrack_buff(struct xdp_md *ctx)
{
	return LOOKUP(bpf_xdp_ct_lookup, ctx);
}

FEATURE_XDP(conntrack_buff)
FEATURE_TC(conntrack_skb)
char _license[] SEC("license") = "GPL";
