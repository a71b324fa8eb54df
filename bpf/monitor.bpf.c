/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches and leaves packets alone: how many came, by their first action byte in a map that its own
 * tools could read, and in all. One object for all hooks, with one set of maps.
 */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} by_action SEC(".maps");

/* One packet counts as that many: a constant that a policy may set. */
const volatile __u64 weight = 1;

__u64 seen; /* not per CPU, and so only about right */

static __always_inline void watch(struct trace_packet *packet)
{
	__u32 action;
	__u64 *count;

	if (!packet)
		return;
	action = packet->action;
	count = bpf_map_lookup_elem(&by_action, &action);
	if (count)
		*count += weight;
	seen += weight;
}

SEC("xdp")
int monitor_xdp(struct xdp_md *ctx)
{
	watch(trace_of(ctx));
	return XDP_PASS;
}

SEC("tc")
int monitor_tc(struct __sk_buff *ctx)
{
	watch(trace_of(ctx));
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
