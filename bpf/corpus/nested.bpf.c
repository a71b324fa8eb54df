/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls six functions deep: with itself and the chain that calls it, as deep as the kernel lets it. */
#include "bpf/feature.h"

static __noinline int depth_6(int number)
{
	return number + bpf_get_smp_processor_id() * 0;
}

#define DEPTH(number, next)                                                                        \
	static __noinline int depth_##number(int value)                                            \
	{                                                                                          \
		return next(value + 1) + 1;                                                        \
	}

DEPTH(5, depth_6)
DEPTH(4, depth_5)
DEPTH(3, depth_4)
DEPTH(2, depth_3)
DEPTH(1, depth_2)

static __always_inline bool nested(void *ctx)
{
	(void)ctx;
	return depth_1(0) == 10;
}

FEATURE(nested);
