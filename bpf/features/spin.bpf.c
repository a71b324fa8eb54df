/* SPDX-License-Identifier: GPL-2.0-only */
/* Jumps to itself as often as the kernel lets it, which leaves no jumps for anybody behind it. */
#include "bpf/stamp.h"

int spin(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} again SEC(".maps") = {
	.values = { [0] = (void *)&spin },
};

SEC("xdp")
int spin(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &again, 0);
	trace_stamp(ctx, 's');
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
