/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel knows of time, chance, and where it is. */
#include "bpf/feature.h"

static __always_inline bool clocks(void *ctx)
{
	__u64 before = bpf_ktime_get_ns();
	__u32 chance = bpf_get_prandom_u32() | bpf_get_prandom_u32();

	(void)ctx;
	return bpf_get_smp_processor_id() < 1U << 20 && bpf_get_numa_node_id() >= 0 &&
	       bpf_jiffies64() && bpf_ktime_get_coarse_ns() && bpf_ktime_get_boot_ns() &&
	       (chance || before) && bpf_ktime_get_ns() >= before;
}

FEATURE(clocks);
