/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that call a helper which leaves packets alone and which not every type may call. */
#include "bpf/opinion.h"

#define CALLS(section, name, context, ...)                                                         \
	SEC(section)                                                                               \
	int name(struct context *ctx)                                                              \
	{                                                                                          \
		__VA_ARGS__                                                                        \
		return 0;                                                                          \
	}

#define CALLS_XDP(name, ...) CALLS("xdp", xdp_##name, xdp_md, __VA_ARGS__)
#define CALLS_TC(name, ...) CALLS("tc", tc_##name, __sk_buff, __VA_ARGS__)
#define CALLS_BOTH(name, ...) CALLS_XDP(name, __VA_ARGS__) CALLS_TC(name, __VA_ARGS__)

CALLS_XDP(get_buff_len, add(bpf_xdp_get_buff_len(ctx));)
CALLS_XDP(load_bytes, __u64 word = 0; if (!bpf_xdp_load_bytes(ctx, 14, &word, 8)) add(word);)
CALLS_TC(load_bytes, __u64 word = 0; if (!bpf_skb_load_bytes(ctx, 14, &word, 8)) add(word);)
CALLS_TC(load_bytes_relative, __u64 word = 0;
	 if (!bpf_skb_load_bytes_relative(ctx, 0, &word, 8, BPF_HDR_START_NET)) add(word);)
CALLS_TC(socket_cookie, add(bpf_get_socket_cookie(ctx));)
CALLS_TC(socket_uid, add(bpf_get_socket_uid(ctx));)
CALLS_TC(netns_cookie, add(bpf_get_netns_cookie(ctx));)
CALLS_TC(cgroup_classid, add(bpf_get_cgroup_classid(ctx));)
CALLS_TC(skb_cgroup_classid, add(bpf_skb_cgroup_classid(ctx));)
CALLS_TC(skb_cgroup_id, add(bpf_skb_cgroup_id(ctx));)
CALLS_TC(ancestor_cgroup_id, add(bpf_skb_ancestor_cgroup_id(ctx, 1));)
CALLS_TC(route_realm, add(bpf_get_route_realm(ctx));)
CALLS_TC(hash_recalc, add(bpf_get_hash_recalc(ctx));)
CALLS_TC(tunnel_key, struct bpf_tunnel_key key = {};
	 if (!bpf_skb_get_tunnel_key(ctx, &key, sizeof(key), 0)) add(key.tunnel_id);)
CALLS_TC(tunnel_opt, __u64 option[4] = {};
	 if (bpf_skb_get_tunnel_opt(ctx, option, sizeof(option)) > 0) add(option[1]);)
CALLS_TC(xfrm_state, struct bpf_xfrm_state state = {};
	 if (!bpf_skb_get_xfrm_state(ctx, 0, &state, sizeof(state), 0)) add(state.spi);)
CALLS_BOTH(fib_lookup, struct bpf_fib_lookup fib = {}; fib.family = 2;
	   fib.ifindex = ctx->ingress_ifindex;
	   if (!bpf_fib_lookup(ctx, &fib, sizeof(fib), 0)) add(fib.ifindex);)
CALLS_BOTH(check_mtu, __u32 mtu = 0; if (!bpf_check_mtu(ctx, 0, &mtu, 0, 0)) add(mtu);)
CALLS_BOTH(
	sk_lookup, struct bpf_sock_tuple tuple = {}; struct bpf_sock * sk;
	sk = bpf_sk_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0); if (sk) {
		add(sk->family);
		bpf_sk_release(sk);
	})
CALLS_TC(sk_fullsock, struct bpf_sock *sk = ctx->sk; if (sk) sk = bpf_sk_fullsock(sk);
	 if (sk) add(sk->priority);)
CALLS_BOTH(clocks,
	   add(bpf_ktime_get_ns() + bpf_ktime_get_boot_ns() + bpf_jiffies64() +
	       bpf_get_prandom_u32() + bpf_get_smp_processor_id() + bpf_get_numa_node_id());)
CALLS_BOTH(printk, static const char words[] = "seen\n"; bpf_trace_printk(words, sizeof(words));)

/* The old way to read a packet. */
unsigned long long load_half(void *skb, unsigned long long offset) asm("llvm.bpf.load.half");
unsigned long long load_byte(void *skb, unsigned long long offset) asm("llvm.bpf.load.byte");

CALLS_TC(ld_abs, add(load_half(ctx, 12));)
CALLS_TC(ld_ind, add(load_byte(ctx, 14 + (ctx->len & 7)));)

/* Where it fails, the subprogram returns 0, and that is where the packet is written. */
static __noinline int loads(struct __sk_buff *ctx)
{
	int result = load_half(ctx, 12) ? 1 : 2;

	asm volatile("" : "+r"(result));
	return result;
}

CALLS_TC(
	ld_abs_in_subprogram, if (!loads(ctx)) {
		__u8 *packet = (void *)(long)ctx->data;

		if (packet + 1 <= (__u8 *)(long)ctx->data_end)
			*packet = 1;
	})

char _license[] SEC("license") = "GPL";
