/* SPDX-License-Identifier: GPL-2.0-only */
/* A BPF object with data and no program. */
#include <linux/types.h>

__u64 lonely = 1;
