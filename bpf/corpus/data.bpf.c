/* SPDX-License-Identifier: GPL-2.0-only */
/* Global data of every section that there is, with what the object put into it. */
#include "bpf/feature.h"

const volatile __u32 constant = 1;
volatile __u32 data = 2;
volatile __u32 zeroed[3];
static volatile __u32 hidden = 3;
volatile __u32 custom SEC(".data.custom") = 4;
volatile __u32 emptied SEC(".bss.custom");
const volatile __u32 table[4] SEC(".rodata.table") = { 0, 0, 0, 5 };

static __always_inline bool data_is_there(void *ctx)
{
	(void)ctx;
	data += zeroed[2];
	custom += emptied;
	return constant == 1 && data == 2 && hidden == 3 && custom == 4 && table[3] == 5;
}

FEATURE(data_is_there);
