/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes each field of an skb's context that may be written. */
#include "bpf/judged/judged.h"

#define WRITES(name, field, value)                                                                 \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		ctx->field = (value);                                                              \
		return AS(__u32, &ctx->field) == (__u32)(value) ? SEEN : TCX_NEXT;                 \
	}

WRITES(mark, mark, 77)
WRITES(priority, priority, 77)
WRITES(tc_index, tc_index, 77)
WRITES(tc_classid, tc_classid, 0x77)
WRITES(queue_mapping, queue_mapping, 7)
WRITES(cb_0, cb[0], 77)
WRITES(cb_4, cb[4], 77)

SEC("tc")
int tstamp(struct __sk_buff *ctx)
{
	ctx->tstamp = 4711;
	return AS(__u64, &ctx->tstamp) == 4711 ? SEEN : TCX_NEXT;
}

/* One byte of it, where the kernel allows that. */
SEC("tc")
int cb_byte(struct __sk_buff *ctx)
{
	AS(__u8, (__u8 *)ctx->cb + 3) = 77;
	return AS(__u8, (__u8 *)ctx->cb + 3) == 77 ? SEEN : TCX_NEXT;
}

static __noinline void mark_it(struct __sk_buff *ctx, __u32 mark)
{
	ctx->mark |= mark;
}

SEC("tcx/ingress")
int mark_in_subprogram(struct __sk_buff *ctx)
{
	mark_it(ctx, ctx->ifindex | 0x100);
	return TCX_NEXT;
}

/* The context, from the stack. */
SEC("tcx/egress")
int mark_of_spilled_context(struct __sk_buff *ctx)
{
	struct __sk_buff *volatile slot = ctx;

	bpf_ktime_get_ns();
	slot->mark = 0x77;
	return TCX_NEXT;
}
