/* SPDX-License-Identifier: GPL-2.0-only */
/* Has a helper write into the packet that only ever reads packets, as far as its name goes. */
#include "bpf/judged/judged.h"

#define MAP(name_, type_)                                                                          \
	struct {                                                                                   \
		__uint(type, type_);                                                               \
		__uint(max_entries, 4);                                                            \
		__uint(value_size, 8);                                                             \
	} name_ SEC(".maps")

MAP(queue, BPF_MAP_TYPE_QUEUE);
MAP(stack, BPF_MAP_TYPE_STACK);

#define INTO(name, call)                                                                           \
	SEC("xdp")                                                                                 \
	int name(struct xdp_md *ctx)                                                               \
	{                                                                                          \
		__u64 value = 0x7777777777777777;                                                  \
		__u8 *data = DATA(ctx);                                                            \
                                                                                                   \
		bpf_map_push_elem(&queue, &value, BPF_EXIST);                                      \
		bpf_map_push_elem(&stack, &value, BPF_EXIST);                                      \
		if (HAS(ctx, data, 32))                                                            \
			call;                                                                      \
		return XDP_PASS;                                                                   \
	}                                                                                          \
	SEC("tc")                                                                                  \
	int tc_##name(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		__u64 value = 0x7777777777777777;                                                  \
		__u8 *data = DATA(ctx);                                                            \
                                                                                                   \
		bpf_map_push_elem(&queue, &value, BPF_EXIST);                                      \
		bpf_map_push_elem(&stack, &value, BPF_EXIST);                                      \
		if (HAS(ctx, data, 32))                                                            \
			call;                                                                      \
		return TCX_NEXT;                                                                   \
	}

INTO(peek, bpf_map_peek_elem(&queue, data + 8))
INTO(pop, bpf_map_pop_elem(&stack, data + 8))
INTO(probe_read, bpf_probe_read_kernel(data + 8, 8, (void *)1))
INTO(comm, bpf_get_current_comm(data + 8, 8))
INTO(fib, bpf_fib_lookup(ctx, (struct bpf_fib_lookup *)data, 32, 0))
INTO(number, bpf_strtol("77", 2, 0, (long *)(data + 8)))
INTO(print, bpf_snprintf((char *)data, 16, "seven", 0, 0))
INTO(mtu, bpf_check_mtu(ctx, 0, (__u32 *)(data + 8), 0, 0))

SEC("xdp")
int load(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 32))
		bpf_xdp_load_bytes(ctx, 0, data + 8, 8);
	return XDP_PASS;
}

SEC("tc")
int tc_load(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 32))
		bpf_skb_load_bytes(ctx, 0, data + 8, 8);
	return TCX_NEXT;
}

SEC("tc")
int tc_tunnel(struct __sk_buff *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 64))
		bpf_skb_get_tunnel_key(ctx, (struct bpf_tunnel_key *)data, 28, 0);
	return TCX_NEXT;
}
