/* SPDX-License-Identifier: GPL-2.0-only */
/* As flags.bpf.c: the flag is set by functions of the kernel, from Linux 6.5 on. */
#include "bpf/conntrack.h"
#include "bpf/judged/dynptr.h"

enum { MARK = 0x77 };

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

SEC("tc")
int by_dynptr(struct __sk_buff *ctx)
{
	struct bpf_dynptr packet;
	__u64 flag = 0;

	if (bpf_dynptr_from_skb(ctx, 0, &packet))
		return TCX_NEXT;
	bpf_dynptr_read(&flag, sizeof(flag), &packet, 0, 0);
	if (AS(__u64, &flag))
		ctx->mark = MARK;
	return TCX_NEXT;
}

SEC("tc")
int by_options(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 3, .daddr = 4 } };
	struct options options = { .netns = -1, .protocol = IPPROTO_UDP };
	struct nf_conn *found =
		bpf_skb_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4), &options, sizeof(options));

	if (found)
		bpf_ct_release(found);
	if (AS(__s32, &options.error))
		ctx->mark = MARK;
	return TCX_NEXT;
}

SEC("tc")
int by_iterator(struct __sk_buff *ctx)
{
	volatile __u64 flag = 0;
	struct bpf_iter_num it;
	int *i;

	bpf_iter_num_new(&it, 0, 100);
	while ((i = bpf_iter_num_next(&it)))
		if (*i == 70)
			flag = 1;
	bpf_iter_num_destroy(&it);
	if (flag)
		ctx->mark = MARK;
	return TCX_NEXT;
}
