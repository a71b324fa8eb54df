/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads a pointer to the packet with acquire semantics, from Linux 6.15 on, and writes through it. */
#include "bpf/judged/raw.h"

enum { LOAD_ACQUIRE = 0x100, STORE_RELEASE = 0x110 };

NAKED(acquired)
{
	asm volatile(PACKET_IN_R2 "*(u64 *)(r10 - 8) = r2;"
				  ".8byte %[insn];"
				  "r3 = 0x77;" WRITE_TO("r5") END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_5, BPF_REG_10, -8,
				      LOAD_ACQUIRE)));
}

/* The stack takes the pointer with release semantics. */
NAKED(released_to_the_stack)
{
	asm volatile(PACKET_IN_R2 ".8byte %[insn];"
				  "r5 = *(u64 *)(r10 - 8);"
				  "r3 = 0x77;" WRITE_TO("r5") END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_2, -8,
				      STORE_RELEASE)));
}
