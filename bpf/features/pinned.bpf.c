/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks libbpf to share its map with whoever pinned one of that name under /sys/fs/bpf. A loader
 * that follows it opens, and writes, another application's map. */
#include "bpf/stamp.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u64);
} ordain_shared SEC(".maps");

SEC("xdp")
int pinned(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&ordain_shared, &zero);

	if (count)
		__sync_fetch_and_add(count, 1);
	trace_stamp(ctx, 'p');
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
