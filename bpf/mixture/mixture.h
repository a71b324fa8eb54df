/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs of all kinds whose every effect can be compared: the verdict, the packet, its metadata
 * and their maps depend on those alone. One source for both hooks: with MIXTURE_XDP for xdp, else
 * for tcx.
 */
#ifndef ORDAIN_BPF_MIXTURE_MIXTURE_H
#define ORDAIN_BPF_MIXTURE_MIXTURE_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#ifdef MIXTURE_XDP
#define PROGRAM(name)                                                                              \
	SEC("xdp")                                                                                 \
	int name(struct xdp_md *ctx)
typedef struct xdp_md context;
enum { GO_ON = XDP_PASS, DROPPED = XDP_DROP, REDIRECTED = XDP_REDIRECT };
#else
#define PROGRAM(name)                                                                              \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)
typedef struct __sk_buff context;
enum { GO_ON = TCX_NEXT, DROPPED = TCX_DROP, REDIRECTED = TCX_REDIRECT };
#endif

/* The Ethernet header stays as it is, so that the packet can be sent through again. */
enum { HEADER = 14, SEEN = 48 };

/* The first bytes behind the header; NULL: it is shorter. */
static __always_inline __u8 *packet(context *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data;

	return data + HEADER + SEEN <= (__u8 *)(long)ctx->data_end ? data + HEADER : (__u8 *)0;
}

/* Mostly on; the compiler must not fold the cases. */
static __always_inline int verdict_of(__u8 byte)
{
	switch (byte & 31) {
	case 3:
		return DROPPED;
	case 5:
		return REDIRECTED;
	case 7:
		return 0;
	case 11:
		return 1;
	case 13:
		return 5;
	case 17:
		return 77;
	default:
		return GO_ON;
	}
}

#define HIDE(value) asm volatile("" : "+r"(value))

#endif
