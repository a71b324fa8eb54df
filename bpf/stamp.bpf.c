/* SPDX-License-Identifier: GPL-2.0-only */
/* Appends the letter STAMP to a packet's trace and lets it go on. Other packets pass untouched. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/trace.h"

static __always_inline void stamp(void *data, void *data_end)
{
	struct trace_packet *packet = data;
	__u32 at;

	if (data + sizeof(*packet) > data_end)
		return;
	if (packet->ethertype != bpf_htons(TRACE_ETHERTYPE))
		return;
	at = packet->length;
	if (at >= TRACE_LETTERS)
		return;
	packet->letters[at] = STAMP;
	packet->length = at + 1;
}

SEC("xdp")
int stamp_xdp(struct xdp_md *ctx)
{
	stamp((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	return XDP_PASS;
}

SEC("tc")
int stamp_tc(struct __sk_buff *ctx)
{
	bpf_skb_pull_data(ctx, sizeof(struct trace_packet));
	stamp((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
