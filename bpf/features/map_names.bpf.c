/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps whose names differ in one sign; each packet needs all of them to pass. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} names_bss SEC(".maps");

const volatile int limit = 1;
int count;
int with_dot SEC(".data.a.b") = 2;
int with_line SEC(".data.a_b") = 3;

SEC("xdp")
int map_names(struct xdp_md *ctx)
{
	__u32 key = 3;

	(void)ctx;
	if (!bpf_map_lookup_elem(&names_bss, &key))
		return XDP_DROP;
	count++;
	return limit == 1 && with_dot == 2 && with_line == 3 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
