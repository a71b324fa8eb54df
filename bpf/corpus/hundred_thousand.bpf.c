/* SPDX-License-Identifier: GPL-2.0-only */
/* Has a hundred thousand instructions, all of which run for every packet. */
#include "bpf/feature.h"

static __always_inline bool hundred_thousand(struct xdp_md *ctx)
{
	int sum = 0;

	(void)ctx;
	asm volatile(".rept 100000\n"
		     "%[sum] += 1\n"
		     ".endr\n"
		     : [sum] "+r"(sum));
	return sum == 100000;
}

FEATURE_XDP(hundred_thousand)
char _license[] SEC("license") = "GPL";
