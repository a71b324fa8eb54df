/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Redirects to what slot 0 of a map of the type TYPE leads to, which user space fills in; while it
 * is empty, the packet goes on.
 */
#include "bpf/stamp.h"

struct {
	__uint(type, TYPE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

SEC("xdp")
int redirect_map(struct xdp_md *ctx)
{
	trace_stamp(ctx, '+');
	return bpf_redirect_map(&target, 0, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
