/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks for a socket, which is not there, and gives back what it might have found. */
#include "bpf/feature.h"

static __always_inline bool socket_lookup(void *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 1, .daddr = 2 } };
	struct bpf_sock *found =
		bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (found)
		bpf_sk_release(found);
	found = bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (found)
		bpf_sk_release(found);
	return true;
}

FEATURE(socket_lookup);
