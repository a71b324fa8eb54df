/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes an skb's context with stores that compilers make of no field, from Linux 6.3 on. */
#include "bpf/judged/raw.h"

#define MARK_AT 8
#define CB_AT 48

SEC("tc")
__attribute__((naked)) int immediate_mark(void)
{
	asm volatile(".8byte %[insn];"
		     "r0 = 0;"
		     "exit;"
		     :
		     : [insn] "i"(RAW(BPF_ST | BPF_MEM | BPF_W, BPF_REG_1, 0, MARK_AT, 77)));
}

SEC("tc")
__attribute__((naked)) int immediate_cb(void)
{
	asm volatile(".8byte %[insn];"
		     "r0 = 0;"
		     "exit;"
		     :
		     : [insn] "i"(RAW(BPF_ST | BPF_MEM | BPF_H, BPF_REG_1, 0, CB_AT + 10, 77)));
}

/* Two words at once. */
SEC("tc")
__attribute__((naked)) int double_cb(void)
{
	asm volatile("r2 = 0x77;"
		     "*(u64 *)(r1 + 48) = r2;"
		     "r0 = 0;"
		     "exit;");
}

/* The stack gives the context back in exchange for a zero. */
SEC("tc")
__attribute__((naked)) int exchanged_context(void)
{
	asm volatile("*(u64 *)(r10 - 8) = r1;"
		     "r5 = 0;"
		     ".8byte %[insn];"
		     "r2 = 0x77;"
		     "*(u32 *)(r5 + 8) = r2;"
		     "r0 = 0;"
		     "exit;"
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_5, -8,
				      BPF_XCHG)));
}
