/* SPDX-License-Identifier: GPL-2.0-only */
/* Does as its variables say: stamps the letters, and answers the verdict of its hook. */
#include <stdbool.h>

#include "bpf/stamp.h"

enum { LETTERS = 4 };

const volatile char letters[LETTERS + 1] = "?";
const volatile __s32 verdict_of_tc = TCX_NEXT;
const volatile __u8 verdict_of_xdp = XDP_PASS;
const volatile bool twice;
const volatile __u16 actions[2];
const volatile __u64 wide;

static __always_inline bool is_meant(const struct trace_packet *packet)
{
	return packet &&
	       (!actions[0] || packet->action == actions[0] || packet->action == actions[1]);
}

#define stamp_all(ctx)                                                                             \
	({                                                                                         \
		struct trace_packet *packet_ = trace_of(ctx);                                      \
		for (int i_ = 0; i_ < LETTERS && letters[i_]; i_++)                                \
			packet_ = trace_stamp(ctx, letters[i_]);                                   \
		if (twice)                                                                         \
			packet_ = trace_stamp(ctx, letters[0]);                                    \
		packet_;                                                                           \
	})

SEC("xdp")
int settings_xdp(struct xdp_md *ctx)
{
	return is_meant(stamp_all(ctx)) ? verdict_of_xdp : XDP_PASS;
}

SEC("tc")
int settings_tc(struct __sk_buff *ctx)
{
	trace_pull(ctx);
	return is_meant(stamp_all(ctx)) ? verdict_of_tc : TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
