/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives the packet the metadata of a tunnel, and changes its type. */
#include "bpf/feature.h"

enum { PACKET_BROADCAST = 1 };

static __always_inline bool tunnel_key(struct __sk_buff *ctx)
{
	struct bpf_tunnel_key key = { .tunnel_id = 7, .remote_ipv4 = 1 };

	return !bpf_skb_set_tunnel_key(ctx, &key, sizeof(key), 0) &&
	       !bpf_skb_change_type(ctx, PACKET_BROADCAST);
}

FEATURE_TC(tunnel_key)
char _license[] SEC("license") = "GPL";
