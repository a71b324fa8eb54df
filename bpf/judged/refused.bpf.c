/* SPDX-License-Identifier: GPL-2.0-only */
/* Would write into the packet or its context, and is refused by the kernel, whoever asks. */
#include "bpf/judged/raw.h"

/* Put there by an exchange, taken by a load. */
NAKED(exchanged_for_a_number)
{
	asm volatile(PACKET_IN_R2 "r5 = 0;"
				  "*(u64 *)(r10 - 8) = r5;"
				  "r5 = r2;"
				  ".8byte %[insn];"
				  "r5 = *(u64 *)(r10 - 8);"
				  "r3 = 0x77;" WRITE_TO("r5") END
		     :
		     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_5, -8,
				      BPF_XCHG)));
}

/* Atomic operations on the packet itself. */
#define ATOMIC(name, size, operation)                                                              \
	NAKED(name)                                                                                \
	{                                                                                          \
		asm volatile(PACKET_IN_R2 "r3 = 1;"                                                \
					  ".8byte %[insn];" END                                    \
			     :                                                                     \
			     : [insn] "i"(RAW(BPF_STX | BPF_ATOMIC | (size), BPF_REG_2, BPF_REG_3, \
					      8, (operation))));                                   \
	}

ATOMIC(atomic_add, BPF_W, BPF_ADD)
ATOMIC(atomic_or, BPF_DW, BPF_OR)
ATOMIC(atomic_exchange, BPF_W, BPF_XCHG)
ATOMIC(atomic_compare, BPF_DW, BPF_CMPXCHG)

/* Stored one half after the other: what is loaded again is no pointer any more. */
NAKED(in_two_halves)
{
	asm volatile(PACKET_IN_R2 "*(u32 *)(r10 - 8) = r2;"
				  "r5 = r2;"
				  "r5 >>= 32;"
				  "*(u32 *)(r10 - 4) = r5;"
				  "r5 = *(u64 *)(r10 - 8);"
				  "r3 = 0x77;" WRITE_TO("r5") END);
}

/* A pointer into the packet, loaded from the stack at a place that is computed. */
NAKED(from_a_computed_place)
{
	asm volatile(PACKET_IN_R2 "*(u64 *)(r10 - 8) = r2;"
				  "*(u64 *)(r10 - 16) = r2;"
				  "r5 = *(u32 *)(r6 + 16);"
				  "r5 &= 8;"
				  "r5 += r10;"
				  "r5 = *(u64 *)(r5 - 16);"
				  "r3 = 0x77;" WRITE_TO("r5") END);
}

/* From the end of the packet back into it. */
NAKED(back_from_the_end)
{
	asm volatile(PACKET_IN_R2 "r3 += -8;"
				  "r5 = 0x77;"
				  "*(u8 *)(r3 + 0) = r5;" END);
}

/* To an address in the context that is the packet's, with the context moved. */
NAKED(context_moved)
{
	asm volatile("r6 = r1;"
		     "r6 += 4;"
		     "r2 = *(u32 *)(r6 - 4);"
		     "r3 = *(u32 *)(r6 + 0);"
		     "r4 = r2;"
		     "r4 += 16;"
		     "r0 = 2;"
		     "if r4 > r3 goto 1f;"
		     "r3 = 0x77;" WRITE_TO("r2") END);
}

#define WRITES(name, field)                                                                        \
	SEC("tc")                                                                                  \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		ctx->field = 2;                                                                    \
		return TCX_NEXT;                                                                   \
	}

WRITES(ifindex, ifindex)
WRITES(len, len)
WRITES(vlan_tci, vlan_tci)
WRITES(hash, hash)

SEC("xdp")
int rx_queue_index(struct xdp_md *ctx)
{
	ctx->rx_queue_index = 2;
	return XDP_PASS;
}
