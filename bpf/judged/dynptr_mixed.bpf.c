/* SPDX-License-Identifier: GPL-2.0-only */
/* One dynptr that is now of the packet, now of a map. */
#include "bpf/judged/dynptr.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[8]);
} values SEC(".maps");

static const __u64 bytes = 0x7777777777777777;

/* Which of them it is, only the packet says. */
SEC("tc")
int tc_either(struct __sk_buff *ctx)
{
	struct bpf_dynptr target;
	__u32 zero = 0;
	void *value = bpf_map_lookup_elem(&values, &zero);

	if (!value)
		return TCX_NEXT;
	if (ctx->len == 61)
		bpf_dynptr_from_mem(value, 64, 0, &target);
	else
		bpf_dynptr_from_skb(ctx, 0, &target);
	bpf_dynptr_write(&target, 8, (void *)&bytes, sizeof(bytes), 0);
	return TCX_NEXT;
}

/* A map's at first, and then the packet's, in the same place. */
SEC("tc")
int tc_after_a_map(struct __sk_buff *ctx)
{
	struct bpf_dynptr target;
	__u32 zero = 0;
	void *value = bpf_map_lookup_elem(&values, &zero);

	if (!value)
		return TCX_NEXT;
	bpf_dynptr_from_mem(value, 64, 0, &target);
	bpf_dynptr_write(&target, 8, (void *)&bytes, sizeof(bytes), 0);
	bpf_dynptr_from_skb(ctx, 0, &target);
	bpf_dynptr_write(&target, 8, (void *)&bytes, sizeof(bytes), 0);
	return TCX_NEXT;
}

/* The buffer for what is not linear is the packet itself. */
SEC("tc")
int tc_buffer_in_packet(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;
	__u8 *data = DATA(ctx);

	if (!HAS(ctx, data, 32) || bpf_dynptr_from_skb(ctx, 0, &packet))
		return TCX_NEXT;
	data = DATA(ctx);
	if (HAS(ctx, data, 32))
		bpf_dynptr_slice(&packet, 32, data, 16);
	return TCX_NEXT;
}

/* Nothing but a map is ever written to. */
SEC("tc")
int tc_map_alone(struct __sk_buff *ctx)
{
	struct bpf_dynptr target;
	__u32 zero = 0;
	void *value = bpf_map_lookup_elem(&values, &zero);
	__u64 length = ctx->len;

	if (!value)
		return TCX_NEXT;
	bpf_dynptr_from_mem(value, 64, 0, &target);
	bpf_dynptr_write(&target, 8, &length, sizeof(length), 0);
	return TCX_NEXT;
}
