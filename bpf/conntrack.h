/* SPDX-License-Identifier: GPL-2.0-only */
/* The functions of connection tracking that only look: Linux 5.19, often in a module. */
#ifndef ORDAIN_BPF_CONNTRACK_H
#define ORDAIN_BPF_CONNTRACK_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct nf_conn {
	unsigned long status;
	__u32 mark;
} __attribute__((preserve_access_index));

struct options {
	__s32 netns;
	__s32 error;
	__u8 protocol;
	__u8 direction;
	__u8 reserved[2];
};

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *ctx, struct bpf_sock_tuple *tuple,
					 __u32 tuple_size, struct options *options,
					 __u32 size) __ksym;
extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					 __u32 tuple_size, struct options *options,
					 __u32 size) __ksym;
extern void bpf_ct_release(struct nf_conn *connection) __ksym;

#endif
