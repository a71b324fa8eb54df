/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs around a function that tries one feature and says whether it did what it should: the
 * packet gets '+' if so and '!' if not, and goes on. It runs before the packet is looked at, so it
 * may change where that is.
 */
#ifndef ORDAIN_BPF_FEATURE_H
#define ORDAIN_BPF_FEATURE_H

#include <stdbool.h>

#include "bpf/stamp.h"

#define FEATURE_XDP(name)                                                                          \
	SEC("xdp")                                                                                 \
	int name##_xdp(struct xdp_md *ctx)                                                         \
	{                                                                                          \
		char letter = name(ctx) ? '+' : '!';                                               \
                                                                                                   \
		trace_stamp(ctx, letter);                                                          \
		return XDP_PASS;                                                                   \
	}

#define FEATURE_TC(name)                                                                           \
	SEC("tc")                                                                                  \
	int name##_tc(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		char letter = name(ctx) ? '+' : '!';                                               \
                                                                                                   \
		trace_pull(ctx);                                                                   \
		trace_stamp(ctx, letter);                                                          \
		return TCX_NEXT;                                                                   \
	}

/* For a function that takes either context, as a void pointer. */
#define FEATURE(name)                                                                              \
	FEATURE_XDP(name)                                                                          \
	FEATURE_TC(name)                                                                           \
	char _license[] SEC("license") = "GPL"

#endif
