/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs do to packets and to what the kernel knows of them. */
#include "bpf/mixture/mixture.h"

PROGRAM(writes_byte)
{
	__u8 *bytes = packet(ctx);

	if (bytes)
		bytes[20] += 7;
	return GO_ON;
}

PROGRAM(writes_by_position)
{
	__u8 *bytes = packet(ctx);

	if (bytes)
		bytes[21] = (__u8)(bytes[21] * 3 + 1);
	return GO_ON;
}

PROGRAM(reverses)
{
	__u8 *bytes = packet(ctx);

	if (!bytes)
		return GO_ON;
	for (int i = 0; i < SEEN / 2; i++) {
		__u8 byte = bytes[i];

		bytes[i] = bytes[SEEN - 1 - i];
		bytes[SEEN - 1 - i] = byte;
	}
	return GO_ON;
}

PROGRAM(sums)
{
	__u8 *bytes = packet(ctx);
	__u16 sum = 0;

	if (!bytes)
		return GO_ON;
	for (int i = 0; i < 32; i += 2)
		sum += *(__u16 *)(bytes + i);
	*(__u16 *)(bytes + 40) = sum;
	return GO_ON;
}

/* A checksum helper reads the program's stack. */
PROGRAM(checksums)
{
	__u8 *bytes = packet(ctx);
	__be32 words[8];

	if (!bytes)
		return GO_ON;
	__builtin_memcpy(words, bytes, sizeof(words));
	*(__u16 *)(bytes + 42) = (__u16)bpf_csum_diff(0, 0, words, sizeof(words), 0);
	return GO_ON;
}

PROGRAM(reads_length)
{
	__u8 *bytes = packet(ctx);

	if (bytes)
		bytes[22] = (__u8)(ctx->data_end - ctx->data);
	return GO_ON;
}

#ifdef MIXTURE_XDP
PROGRAM(grows_head)
{
	__u8 *data;

	if (bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	data = (__u8 *)(long)ctx->data;
	if (data + 18 > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (int i = 0; i < 14; i++)
		data[i] = data[i + 4];
	*(__u32 *)(data + 14) = 0x01020304;
	return XDP_PASS;
}

PROGRAM(shrinks_tail)
{
	if (ctx->data_end - ctx->data > 80)
		bpf_xdp_adjust_tail(ctx, -3);
	return XDP_PASS;
}

PROGRAM(grows_tail)
{
	if (ctx->data_end - ctx->data < 110)
		bpf_xdp_adjust_tail(ctx, 5);
	return XDP_PASS;
}

PROGRAM(adds_metadata)
{
	__u32 *meta;

	if (ctx->data - ctx->data_meta > 16 || bpf_xdp_adjust_meta(ctx, -4))
		return XDP_PASS;
	meta = (__u32 *)(long)ctx->data_meta;
	if (meta + 1 <= (__u32 *)(long)ctx->data)
		*meta = 0xabcd1234;
	return XDP_PASS;
}

PROGRAM(reads_metadata)
{
	__u32 *meta = (__u32 *)(long)ctx->data_meta;

	if (meta + 1 > (__u32 *)(long)ctx->data)
		return XDP_PASS;
	return *meta & 64 ? XDP_PASS : XDP_DROP;
}

PROGRAM(loads_bytes)
{
	__u8 room[12];

	if (bpf_xdp_load_bytes(ctx, 30, room, sizeof(room)))
		return XDP_ABORTED;
	room[0] += 1;
	bpf_xdp_store_bytes(ctx, 40, room, sizeof(room));
	return verdict_of(room[5]);
}

PROGRAM(asks_for_length)
{
	return verdict_of((__u8)bpf_xdp_get_buff_len(ctx));
}
#else
PROGRAM(marks)
{
	ctx->mark = ctx->mark * 3 + 1;
	return TCX_NEXT;
}

PROGRAM(looks_at_mark)
{
	return ctx->mark % 7 == 3 ? TCX_DROP : TCX_NEXT;
}

PROGRAM(sets_priority)
{
	ctx->priority += 5;
	return TCX_NEXT;
}

PROGRAM(passes_word_on)
{
	ctx->cb[0] += ctx->cb[1] + 1;
	ctx->cb[4] ^= ctx->mark;
	return TCX_NEXT;
}

PROGRAM(looks_at_word)
{
	return verdict_of((__u8)ctx->cb[0]);
}

PROGRAM(loads_bytes)
{
	__u8 room[12];

	if (bpf_skb_load_bytes(ctx, 30, room, sizeof(room)))
		return TCX_DROP;
	room[0] += 1;
	bpf_skb_store_bytes(ctx, 40, room, sizeof(room), 0);
	return verdict_of(room[5]);
}

PROGRAM(shrinks_tail)
{
	if (ctx->len > 80)
		bpf_skb_change_tail(ctx, ctx->len - 3, 0);
	return TCX_NEXT;
}

PROGRAM(grows_tail)
{
	if (ctx->len < 110)
		bpf_skb_change_tail(ctx, ctx->len + 5, 0);
	return TCX_NEXT;
}

PROGRAM(pulls)
{
	__u8 *bytes;

	if (bpf_skb_pull_data(ctx, HEADER + SEEN))
		return TCX_PASS;
	bytes = packet(ctx);
	if (bytes)
		bytes[23] ^= 0x55;
	return TCX_NEXT;
}

unsigned long long load_byte(void *ctx, unsigned long long at) asm("llvm.bpf.load.byte");

PROGRAM(loads_absolutely)
{
	return load_byte(ctx, HEADER + 24) & 1 ? TCX_NEXT : verdict_of((__u8)load_byte(ctx, 40));
}

/* Behind the end of short packets, which ends it. */
PROGRAM(loads_behind_the_end)
{
	return load_byte(ctx, 90) ? TCX_NEXT : TCX_PASS;
}

static __noinline int load_below(struct __sk_buff *ctx)
{
	return (int)load_byte(ctx, 95) & 1;
}

PROGRAM(loads_in_subprogram)
{
	return load_below(ctx) ? TCX_NEXT : TCX_PASS;
}
#endif

char _license[] SEC("license") = "GPL";
