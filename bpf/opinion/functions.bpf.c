/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that call functions of the kernel (kernel >= 6.4). */
#include "bpf/opinion.h"

struct bpf_dynptr;
struct bpf_iter_num;

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags,
			       struct bpf_dynptr *dynptr) __ksym __weak;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags,
			       struct bpf_dynptr *dynptr) __ksym __weak;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer,
			      __u32 size) __ksym __weak;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer,
				   __u32 size) __ksym __weak;
extern int bpf_dynptr_copy(struct bpf_dynptr *to, __u32 to_offset, struct bpf_dynptr *from,
			   __u32 from_offset, __u32 size) __ksym __weak;
extern int bpf_dynptr_memset(struct bpf_dynptr *dynptr, __u32 offset, __u32 size,
			     __u8 value) __ksym __weak;
extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;
extern int bpf_iter_num_new(struct bpf_iter_num *iterator, int first, int last) __ksym __weak;
extern int *bpf_iter_num_next(struct bpf_iter_num *iterator) __ksym __weak;
extern void bpf_iter_num_destroy(struct bpf_iter_num *iterator) __ksym __weak;

#define FUNCTION(section, name, context)                                                           \
	SEC(section)                                                                               \
	int name(struct context *ctx)

#define SLICE(family, slice)                                                                       \
	struct bpf_dynptr dynptr;                                                                  \
	__u8 buffer[8];                                                                            \
	__u8 *bytes;                                                                               \
                                                                                                   \
	if (bpf_dynptr_from_##family((void *)ctx, 0, &dynptr))                                     \
		return 0;                                                                          \
	bytes = slice(&dynptr, 0, buffer, sizeof(buffer));                                         \
	if (!bytes)                                                                                \
	return 0

FUNCTION("tc", tc_slice, __sk_buff)
{
	SLICE(skb, bpf_dynptr_slice);
	add(*bytes);
	return 0;
}

FUNCTION("xdp", xdp_slice, xdp_md)
{
	SLICE(xdp, bpf_dynptr_slice);
	add(*bytes);
	return 0;
}

FUNCTION("tc", tc_slice_written, __sk_buff)
{
	SLICE(skb, bpf_dynptr_slice_rdwr);
	*bytes = 1;
	return 0;
}

/* The verifier does not see that these are writers: the kernel looks only when they run. */
FUNCTION("tc", tc_dynptr_written, __sk_buff)
{
	struct bpf_dynptr dynptr;
	__u32 bytes = 1;

	if (!bpf_dynptr_from_skb(ctx, 0, &dynptr))
		bpf_dynptr_write(&dynptr, 0, &bytes, sizeof(bytes), 0);
	return 0;
}

FUNCTION("tc", tc_dynptr_copied, __sk_buff)
{
	struct bpf_dynptr dynptr;

	if (!bpf_dynptr_from_skb(ctx, 0, &dynptr))
		bpf_dynptr_copy(&dynptr, 0, &dynptr, 4, 4);
	return 0;
}

FUNCTION("tc", tc_dynptr_set, __sk_buff)
{
	struct bpf_dynptr dynptr;

	if (!bpf_dynptr_from_skb(ctx, 0, &dynptr))
		bpf_dynptr_memset(&dynptr, 0, 4, 1);
	return 0;
}

FUNCTION("tc", tc_dynptr_buffer, __sk_buff)
{
	__u8 *packet = (void *)(long)ctx->data;
	struct bpf_dynptr dynptr;

	if (packet + 64 > (__u8 *)(long)ctx->data_end || bpf_dynptr_from_skb(ctx, 0, &dynptr))
		return 0;
	bpf_dynptr_slice(&dynptr, 32, packet, 16);
	return 0;
}

FUNCTION("tc", tc_iterator, __sk_buff)
{
	struct bpf_iter_num iterator;
	int *number;

	bpf_iter_num_new(&iterator, 0, 10);
	while ((number = bpf_iter_num_next(&iterator)))
		add(*number);
	bpf_iter_num_destroy(&iterator);
	return 0;
}

FUNCTION("xdp", xdp_iterator, xdp_md)
{
	struct bpf_iter_num iterator;
	int *number;

	bpf_iter_num_new(&iterator, 0, 10);
	while ((number = bpf_iter_num_next(&iterator)))
		add(*number);
	bpf_iter_num_destroy(&iterator);
	return 0;
}

FUNCTION("xdp", xdp_kernel_context, xdp_md)
{
	if (bpf_cast_to_kern_ctx(ctx))
		add(1);
	return 0;
}

char _license[] SEC("license") = "GPL";
