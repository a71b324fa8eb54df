/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks whether the packet is of a cgroup of an array that nobody has filled. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cgroups SEC(".maps");

static __always_inline bool cgroup_array(struct __sk_buff *ctx)
{
	return bpf_skb_under_cgroup(ctx, &cgroups, 0) < 0;
}

FEATURE_TC(cgroup_array)
char _license[] SEC("license") = "GPL";
