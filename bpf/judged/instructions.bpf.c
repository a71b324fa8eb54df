/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into the packet with instructions that no compiler makes of C. */
#include "bpf/judged/raw.h"

NAKED(immediate_byte)
{
	asm volatile(PACKET_IN_R2 ".8byte %[insn];" END
		     :
		     : [insn] "i"(RAW(BPF_ST | BPF_MEM | BPF_B, BPF_REG_2, 0, 5, 0x77)));
}

NAKED(immediate_word)
{
	asm volatile(PACKET_IN_R2 ".8byte %[insn];" END
		     :
		     : [insn] "i"(RAW(BPF_ST | BPF_MEM | BPF_W, BPF_REG_2, 0, 8, 0x77)));
}

NAKED(immediate_double_word)
{
	asm volatile(PACKET_IN_R2 ".8byte %[insn];" END
		     :
		     : [insn] "i"(RAW(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_2, 0, 8, -1)));
}

/* The number is the destination, and becomes a pointer. */
NAKED(number_plus_pointer)
{
	asm volatile(PACKET_IN_R2 "r5 = 3;"
				  "r5 += r2;"
				  "r3 = 0x77;" WRITE_TO("r5") END);
}

NAKED(pointer_minus_number)
{
	asm volatile(PACKET_IN_R2 "r2 += 8;"
				  "r2 -= 4;"
				  "r3 = 0x77;" WRITE_TO("r2") END);
}

/* The stack gives the pointer back in exchange for a zero. */
NAKED(exchanged)
{
	asm volatile(PACKET_IN_R2 "*(u64 *)(r10 - 8) = r2;"
				  "r5 = 0;"
				  ".8byte %[insn];"
				  "r3 = 0x77;" WRITE_TO("r5") END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_5, -8,
				      BPF_XCHG)));
}

/* It comes back in r0. */
NAKED(compared_and_exchanged)
{
	asm volatile(PACKET_IN_R2 "*(u64 *)(r10 - 8) = r2;"
				  "r5 = 0;"
				  "r0 = 0;"
				  ".8byte %[insn];"
				  "r3 = 0x77;" WRITE_TO("r0") END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_5, -8,
				      BPF_CMPXCHG)));
}

NAKED(fetched_and_added)
{
	asm volatile(PACKET_IN_R2 "*(u64 *)(r10 - 8) = r2;"
				  "r5 = 0;"
				  ".8byte %[insn];"
				  "r3 = 0x77;" WRITE_TO("r5") END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_5, -8,
				      BPF_ADD | BPF_FETCH)));
}

/* In the register of a caller, which a call leaves alone. */
NAKED(kept_over_a_call)
{
	asm volatile(PACKET_IN_R2 "r7 = r2;"
				  "call 5;"
				  "r3 = 0x77;" WRITE_TO("r7") END);
}

/* Behind what looks like the end, and is a jump over it. */
NAKED(jumped_over_the_end)
{
	asm volatile(PACKET_IN_R2 "goto 3f;"
				  "2: r0 = 2;"
				  "exit;"
				  "3: r3 = 0x77;" WRITE_TO("r2") "goto 2b;"
								 "1: exit;");
}
