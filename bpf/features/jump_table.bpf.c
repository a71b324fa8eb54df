/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Goes on in a program of its own jump table: the packet's action says in which. Slot 2 is left
 * empty for somebody else to fill.
 */
#include "bpf/stamp.h"

static __always_inline int stamp(struct xdp_md *ctx, char letter)
{
	trace_stamp(ctx, letter);
	return XDP_PASS;
}

SEC("xdp")
int jump_x(struct xdp_md *ctx)
{
	return stamp(ctx, 'x');
}

SEC("xdp")
int jump_y(struct xdp_md *ctx)
{
	return stamp(ctx, 'y');
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = { [0] = (void *)&jump_x, [1] = (void *)&jump_y },
};

SEC("xdp")
int jump(struct xdp_md *ctx)
{
	struct trace_packet *packet = trace_stamp(ctx, 'j');
	__u32 slot = packet ? packet->action : 3;

	bpf_tail_call(ctx, &jumps, slot);
	return stamp(ctx, '-');
}

char _license[] SEC("license") = "GPL";
