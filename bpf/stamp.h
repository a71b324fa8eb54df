/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's side of trace.h: finds a traced packet and writes into it. */
#ifndef ORDAIN_BPF_STAMP_H
#define ORDAIN_BPF_STAMP_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/trace.h"

/* For any context with data and data_end. NULL: not one of ours, leave it alone. */
#define trace_of(ctx) trace_between((void *)(long)(ctx)->data, (void *)(long)(ctx)->data_end)

static __always_inline struct trace_packet *trace_between(void *data, void *data_end)
{
	struct trace_packet *packet = data;

	if (data + sizeof(*packet) > data_end)
		return 0;
	if (packet->ethertype != bpf_htons(TRACE_ETHERTYPE))
		return 0;
	return packet;
}

/* The same, and appends a letter if there is room. */
#define trace_stamp(ctx, letter)                                                                   \
	trace_append((void *)(long)(ctx)->data, (void *)(long)(ctx)->data_end, letter)

static __always_inline struct trace_packet *trace_append(void *data, void *data_end, char letter)
{
	struct trace_packet *packet = trace_between(data, data_end);
	char *slot;

	if (!packet || packet->length >= TRACE_LETTERS)
		return packet;
	slot = packet->letters + packet->length;
	/* The verifier forgets what it knew of a packet once an unknown number is added to it. */
	if ((void *)(slot + 1) > data_end)
		return packet;
	*slot = letter;
	packet->length++;
	return packet;
}

/* To be called first on an skb: what is sent from user space is not always linear. */
static __always_inline void trace_pull(struct __sk_buff *ctx)
{
	bpf_skb_pull_data(ctx, sizeof(struct trace_packet));
}

#endif
