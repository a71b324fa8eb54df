/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs after which nothing comes: each stamps 'z' and returns one verdict. Packets that are not
 * ours pass, so that the device stays usable.
 *
 * A veth takes what XDP sends to it (TX, redirect) only while its receiving end has an XDP program
 * of its own, or GRO.
 */
#include "bpf/stamp.h"

/* Where the redirecting programs send packets: an interface's index. */
const volatile __u32 target = 0;

#define is_ours(ctx) (trace_stamp(ctx, 'z') != 0)

SEC("tc")
int ok_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	is_ours(ctx);
	return TC_ACT_OK;
}

SEC("tc")
int drop_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	return is_ours(ctx) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc")
int redirect_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	return is_ours(ctx) ? bpf_redirect(target, 0) : TC_ACT_OK;
}

/* Ends tcx and is none of its verdicts. */
SEC("tc")
int pipe_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	return is_ours(ctx) ? TC_ACT_PIPE : TC_ACT_OK;
}

SEC("xdp")
int drop_xdp(struct xdp_md *ctx)
{
	return is_ours(ctx) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int aborted_xdp(struct xdp_md *ctx)
{
	return is_ours(ctx) ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int tx_xdp(struct xdp_md *ctx)
{
	return is_ours(ctx) ? XDP_TX : XDP_PASS;
}

SEC("xdp")
int redirect_xdp(struct xdp_md *ctx)
{
	return is_ours(ctx) ? bpf_redirect(target, 0) : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
