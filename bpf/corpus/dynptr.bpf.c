/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes packets through dynptrs, which know their bounds at run time. */
#include "bpf/feature.h"

enum { ACTION_AT = 14 };

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ret) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ret) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *from, __u32 at, void *buffer,
			      __u32 size) __ksym;

static __always_inline bool rewrite(struct bpf_dynptr *packet)
{
	__u8 buffer[2];
	const __u8 *bytes = bpf_dynptr_slice(packet, 12, buffer, sizeof(buffer));
	__u8 action;

	if (!bytes || bytes[0] != TRACE_ETHERTYPE >> 8)
		return false;
	return !bpf_dynptr_read(&action, sizeof(action), packet, ACTION_AT, 0) &&
	       !bpf_dynptr_write(packet, ACTION_AT, &action, sizeof(action), 0);
}

static __always_inline bool dynptr_skb(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;

	return !bpf_dynptr_from_skb(ctx, 0, &packet) && rewrite(&packet);
}

static __always_inline bool dynptr_buff(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;

	return !bpf_dynptr_from_xdp(ctx, 0, &packet) && rewrite(&packet);
}

FEATURE_XDP(dynptr_buff)
FEATURE_TC(dynptr_skb)
char _license[] SEC("license") = "GPL";
