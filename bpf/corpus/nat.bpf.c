/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes a connection with an address translated: functions of two modules, where they are modules. */
#include "bpf/conntrack.h"
#include "bpf/feature.h"

enum { UDP = 17, TIMEOUT_MS = 1000, TRANSLATE_SOURCE = 0 };

struct nf_conn___init {
	struct nf_conn ct;
};

union nf_inet_addr {
	__u32 all[4];
	__be32 ip;
};

enum nf_nat_manip_type { MANIP };

extern struct nf_conn___init *bpf_xdp_ct_alloc(struct xdp_md *ctx, struct bpf_sock_tuple *tuple,
					       __u32 tuple_size, struct options *options,
					       __u32 size) __ksym;
extern struct nf_conn___init *bpf_skb_ct_alloc(struct __sk_buff *ctx, struct bpf_sock_tuple *tuple,
					       __u32 tuple_size, struct options *options,
					       __u32 size) __ksym;
extern int bpf_ct_set_nat_info(struct nf_conn___init *connection, union nf_inet_addr *address,
			       int port, enum nf_nat_manip_type manip) __ksym;
extern void bpf_ct_set_timeout(struct nf_conn___init *connection, __u32 timeout) __ksym;
extern struct nf_conn *bpf_ct_insert_entry(struct nf_conn___init *connection) __ksym;

/* The second packet finds the connection there, and leaves it. */
#define TRANSLATE(alloc, ctx)                                                                      \
	({                                                                                         \
		struct bpf_sock_tuple tuple_ = { .ipv4 = { .saddr = 1, .daddr = 2, .sport = 3 } }; \
		struct options options_ = { .netns = -1, .protocol = UDP };                        \
		union nf_inet_addr address_ = { .ip = 7 };                                         \
		struct nf_conn___init *new_ =                                                      \
			alloc(ctx, &tuple_, sizeof(tuple_.ipv4), &options_, sizeof(options_));     \
		bool done_ = false;                                                                \
		if (new_) {                                                                        \
			struct nf_conn *made_;                                                     \
			done_ = !bpf_ct_set_nat_info(new_, &address_, 0, TRANSLATE_SOURCE);        \
			bpf_ct_set_timeout(new_, TIMEOUT_MS);                                      \
			made_ = bpf_ct_insert_entry(new_);                                         \
			if (made_)                                                                 \
				bpf_ct_release(made_);                                             \
		}                                                                                  \
		done_;                                                                             \
	})

static __always_inline bool nat_skb(struct __sk_buff *ctx)
{
	return TRANSLATE(bpf_skb_ct_alloc, ctx);
}

static __always_inline bool nat_buff(struct xdp_md *ctx)
{
	return TRANSLATE(bpf_xdp_ct_alloc, ctx);
}

FEATURE_XDP(nat_buff)
FEATURE_TC(nat_skb)
char _license[] SEC("license") = "GPL";
