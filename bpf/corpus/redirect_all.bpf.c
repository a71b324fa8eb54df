/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends packets to all interfaces of a map that user space fills in. */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

SEC("xdp")
int redirect_all(struct xdp_md *ctx)
{
	trace_stamp(ctx, '+');
	return bpf_redirect_map(&target, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}

char _license[] SEC("license") = "GPL";
