/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel's routing table for a way, and whether the packet fits the device. */
#include "bpf/feature.h"

enum { LOOPBACK = 1, IPV4 = 2, SHORT = 100 };

static __always_inline bool routing(void *ctx)
{
	struct bpf_fib_lookup way = { .family = IPV4, .ifindex = LOOPBACK, .ipv4_dst = 1 };
	__u32 mtu = SHORT;

	return bpf_fib_lookup(ctx, &way, sizeof(way), 0) >= 0 &&
	       !bpf_check_mtu(ctx, LOOPBACK, &mtu, 0, 0) && mtu > SHORT;
}

FEATURE(routing);
