/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends packets to the interface whose number user space has put into a map. */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

static __always_inline __u32 interface(void)
{
	__u32 zero = 0;
	__u32 *number = bpf_map_lookup_elem(&target, &zero);

	return number ? *number : 0;
}

static __always_inline __u32 stamp(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	trace_stamp(ctx, '+');
	return interface();
}

SEC("xdp")
int redirect_xdp(struct xdp_md *ctx)
{
	trace_stamp(ctx, '+');
	return bpf_redirect(interface(), 0);
}

SEC("tc")
int redirect_tc(struct __sk_buff *ctx)
{
	return bpf_redirect(stamp(ctx), 0);
}

SEC("tc")
int redirect_peer(struct __sk_buff *ctx)
{
	return bpf_redirect_peer(stamp(ctx), 0);
}

/* For IP packets only: the kernel drops others. */
SEC("tc")
int redirect_neigh(struct __sk_buff *ctx)
{
	return bpf_redirect_neigh(stamp(ctx), 0, 0, 0);
}

SEC("tc")
int redirect_clone(struct __sk_buff *ctx)
{
	return bpf_clone_redirect(ctx, stamp(ctx), 0) ? TCX_DROP : TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
