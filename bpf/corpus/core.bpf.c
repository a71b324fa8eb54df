/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the kernel's own structures; where in them, libbpf finds out when it loads the object. */
#include "bpf/feature.h"

#include <bpf/bpf_core_read.h>

struct sk_buff {
	unsigned int len;
} __attribute__((preserve_access_index));

struct xdp_buff {
	void *data;
	void *data_end;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *object) __ksym;
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;

static __always_inline bool core_skb(struct __sk_buff *ctx)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(ctx);
	struct sk_buff *same = bpf_rdonly_cast(skb, bpf_core_type_id_kernel(struct sk_buff));

	return skb->len == ctx->len && same->len == ctx->len;
}

static __always_inline bool core_buff(struct xdp_md *ctx)
{
	struct xdp_buff *buff = bpf_cast_to_kern_ctx(ctx);

	return buff->data_end - buff->data == ctx->data_end - ctx->data;
}

FEATURE_XDP(core_buff)
FEATURE_TC(core_skb)
char _license[] SEC("license") = "GPL";
