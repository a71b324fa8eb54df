/* SPDX-License-Identifier: GPL-2.0-only */
/* Knows the kernel's version, which libbpf writes into a map of its own making. */
#include "bpf/feature.h"

enum { VERSION_5_10 = 0x50a00 };

extern int LINUX_KERNEL_VERSION __kconfig;

static __always_inline bool kconfig(void *ctx)
{
	(void)ctx;
	return LINUX_KERNEL_VERSION >= VERSION_5_10;
}

FEATURE(kconfig);
