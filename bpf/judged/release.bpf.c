/* SPDX-License-Identifier: GPL-2.0-only */
/* Would store into the packet with release semantics, which the kernel refuses. */
#include "bpf/judged/raw.h"

enum { STORE_RELEASE = 0x110 };

NAKED(released)
{
	asm volatile(PACKET_IN_R2 "r5 = 0x77;"
				  ".8byte %[insn];" END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_B, BPF_REG_2, BPF_REG_5, 8,
				      STORE_RELEASE)));
}
