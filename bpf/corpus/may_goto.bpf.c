/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A loop that the verifier does not follow to its end, since the kernel itself may leave it: the
 * instruction may_goto (0xe5), which compilers of before Linux 6.9 cannot spell.
 */
#include "bpf/feature.h"

static __always_inline bool may_goto(void *ctx)
{
	__u64 rounds = 0;

	(void)ctx;
	asm volatile(".8byte 0x300e5\n" /* may_goto +3 */
		     "if %[rounds] > 99 goto +2\n"
		     "%[rounds] += 1\n"
		     "goto -4\n"
		     : [rounds] "+r"(rounds));
	return rounds == 100;
}

FEATURE(may_goto);
