/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes what the kernel knows of connections, and has the kernel write into the packet. */
#include "bpf/conntrack.h"
#include "bpf/judged/judged.h"

extern struct nf_conn *bpf_skb_ct_alloc(struct __sk_buff *ctx, struct bpf_sock_tuple *tuple,
					__u32 tuple_size, struct options *options,
					__u32 size) __ksym;
extern struct nf_conn *bpf_ct_insert_entry(struct nf_conn *connection) __ksym;
extern void bpf_ct_set_timeout(struct nf_conn *connection, __u32 timeout) __ksym;

SEC("tc")
int mark_connection(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 1, .daddr = 2 } };
	struct options options = { .netns = -1, .protocol = IPPROTO_UDP };
	struct nf_conn *found =
		bpf_skb_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4), &options, sizeof(options));

	if (found) {
		found->mark = 77;
		bpf_ct_release(found);
	}
	return TCX_NEXT;
}

SEC("tc")
int new_connection(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 1, .daddr = 2 } };
	struct options options = { .netns = -1, .protocol = IPPROTO_UDP };
	struct nf_conn *made =
		bpf_skb_ct_alloc(ctx, &tuple, sizeof(tuple.ipv4), &options, sizeof(options));

	if (made) {
		bpf_ct_set_timeout(made, 1000);
		made = bpf_ct_insert_entry(made);
		if (made)
			bpf_ct_release(made);
	}
	return TCX_NEXT;
}

/* The options are an argument that the function writes to: an error, into the packet. */
SEC("tc")
int error_into_packet(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 1, .daddr = 2 } };
	__u8 *data = DATA(ctx);
	struct nf_conn *found;

	if (!HAS(ctx, data, 64))
		return TCX_NEXT;
	found = bpf_skb_ct_lookup(ctx, &tuple, 3, (struct options *)(data + 8),
				  sizeof(struct options));
	if (found)
		bpf_ct_release(found);
	return TCX_NEXT;
}

/* Asks, and gives back. */
SEC("tc")
int asks(struct __sk_buff *ctx)
{
	struct bpf_sock_tuple tuple = { .ipv4 = { .saddr = 1, .daddr = 2 } };
	struct options options = { .netns = -1, .protocol = IPPROTO_UDP };
	struct nf_conn *found =
		bpf_skb_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4), &options, sizeof(options));

	if (found)
		bpf_ct_release(found);
	return TCX_NEXT;
}
