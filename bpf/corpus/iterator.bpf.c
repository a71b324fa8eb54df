/* SPDX-License-Identifier: GPL-2.0-only */
/* An open-coded iterator: bpf_for(), from Linux 6.4 on. */
#include "bpf/feature.h"

static __always_inline bool iterator(void *ctx)
{
	int number, sum = 0;

	(void)ctx;
	bpf_for(number, 0, 10) sum += number;
	return sum == 45;
}

FEATURE(iterator);
