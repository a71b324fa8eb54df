/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks packets where arithmetic on constants comes out as it does. Whoever computes otherwise takes
 * the mark for dead code.
 */
#include "bpf/judged/raw.h"

/* "goto 1f" in `code` is the way to the mark; others leave without. */
#define FOLDED(name, code, ...)                                                                    \
	SEC("tc")                                                                                  \
	__attribute__((naked)) int name(void)                                                      \
	{                                                                                          \
		asm volatile(code "r0 = 0;"                                                        \
				  "exit;"                                                          \
				  "1: r3 = 0x77;"                                                  \
				  "*(u32 *)(r1 + 8) = r3;"                                         \
				  "r0 = 0;"                                                        \
				  "exit;" ::__VA_ARGS__);                                          \
	}

FOLDED(sign_of_32_bits, "r2 = 0x80000000 ll; if w2 s< 0 goto 1f;", )
FOLDED(no_sign_of_64_bits, "r2 = 0x80000000 ll; if r2 s> 0 goto 1f;", )
FOLDED(low_half, "r2 = 0x100000000 ll; if w2 == 0 goto 1f;", )
FOLDED(whole, "r2 = 0x100000000 ll; if r2 != 0 goto 1f;", )
FOLDED(zero_extended, "r2 = -1; w2 = w2; r3 = 0xffffffff ll; if r2 == r3 goto 1f;", )
FOLDED(zero_extended_sum, "r2 = -1; w2 += 1; if r2 == 0 goto 1f;", )
FOLDED(zero_extended_move, "w2 = -1; if r2 s> 0 goto 1f;", )
FOLDED(sign_extended_immediate, "r2 = 0; r2 += -1; if r2 s< 0 goto 1f;", )
FOLDED(sign_extended_comparison, "r2 = 0xffffffffffffffff ll; if r2 == -1 goto 1f;", )
FOLDED(not_sign_extended, "r2 = 0xffffffff ll; if r2 != -1 goto 1f;", )
FOLDED(unsigned_comparison, "r2 = -1; if r2 > 7 goto 1f;", )
FOLDED(shifted_into_the_sign, "r2 = 1; r2 <<= 63; if r2 s< 0 goto 1f;", )
FOLDED(shifted_out, "r2 = 1; w2 <<= 31; w2 <<= 1; if r2 == 0 goto 1f;", )
FOLDED(shifted_by_too_much, "r2 = 1; r3 = 33; w2 <<= w3; if w2 == 2 goto 1f;", )
FOLDED(shifted_with_sign, "r2 = -8; r2 s>>= 1; if r2 == -4 goto 1f;", )
FOLDED(shifted_half_with_sign, "w2 = -8; w2 s>>= 1; if w2 == -4 goto 1f;", )
FOLDED(shifted_right, "r2 = -1; w2 >>= 4; if r2 == 0xfffffff goto 1f;", )
FOLDED(negated, "r2 = 5; r2 = -r2; if r2 s< 0 goto 1f;", )
FOLDED(negated_half, "w2 = 5; w2 = -w2; if r2 s> 0 goto 1f;", )
FOLDED(bits, "r2 = 6; .8byte %[insn];", [insn] "i"(RAW(BPF_JMP | BPF_JSET, BPF_REG_2, 0, 2, 4)))
FOLDED(no_bits,
       "r2 = 6; .8byte %[insn]; goto 1f;", [insn] "i"(RAW(BPF_JMP | BPF_JSET, BPF_REG_2, 0, 1, 1)))
FOLDED(divided_by_zero, "r2 = 7; r3 = 0; r2 /= r3; if r2 == 0 goto 1f;", )
FOLDED(rest_by_zero, "r2 = 7; r3 = 0; .8byte %[insn]; if r2 == 7 goto 1f;",
       [insn] "i"(RAW(BPF_ALU64 | BPF_MOD | BPF_X, BPF_REG_2, BPF_REG_3, 0, 0)))
FOLDED(other_byte_order, "r2 = 1; r2 = be16 r2; if r2 == 0x100 goto 1f;", )
FOLDED(multiplied, "r2 = 0x10000; w2 *= 0x10000; if r2 == 0 goto 1f;", )
FOLDED(exclusive, "r2 = -1; r2 ^= 0x7fffffff; if r2 s< 0 goto 1f;", )
FOLDED(spilled_half,
       "r2 = 7; *(u64 *)(r10 - 8) = r2; w3 = 9; *(u32 *)(r10 - 4) = r3;"
       "r2 = *(u64 *)(r10 - 8); r2 >>= 32; if r2 == 9 goto 1f;", )
FOLDED(spilled_byte,
       "r2 = 0; *(u64 *)(r10 - 8) = r2; r3 = 1; *(u8 *)(r10 - 5) = r3;"
       "r2 = *(u64 *)(r10 - 8); if r2 != 0 goto 1f;", )
FOLDED(loaded_byte,
       "r2 = 0x100; *(u64 *)(r10 - 8) = r2; r3 = *(u8 *)(r10 - 7);"
       "if r3 == 1 goto 1f;", )
FOLDED(between_two_slots,
       "r2 = 0; *(u64 *)(r10 - 8) = r2; *(u64 *)(r10 - 16) = r2; r3 = 1;"
       "*(u32 *)(r10 - 8) = r3; r2 = *(u64 *)(r10 - 8);"
       "if r2 == 1 goto 1f;", )
FOLDED(stored_immediate,
       "r2 = 0; *(u64 *)(r10 - 8) = r2; .8byte %[insn];"
       "r2 = *(u64 *)(r10 - 8); if r2 s< 0 goto 1f;",
       [insn] "i"(RAW(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, -1)))
FOLDED(sign_extending_move, "r2 = 0xff; .8byte %[insn]; if r2 s< 0 goto 1f;",
       [insn] "i"(RAW(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_2, 8, 0)))
FOLDED(sign_extending_load,
       "r2 = 0x80; *(u64 *)(r10 - 8) = r2; .8byte %[insn];"
       "if r2 s< 0 goto 1f;",
       [insn] "i"(RAW(BPF_LDX | 0x80 | BPF_B, BPF_REG_2, BPF_REG_10, -8, 0)))
FOLDED(divided_with_sign, "r2 = -7; .8byte %[insn]; if r2 == -3 goto 1f;",
       [insn] "i"(RAW(BPF_ALU64 | BPF_DIV | BPF_K, BPF_REG_2, 0, 1, 2)))
FOLDED(swapped, "r2 = 1; .8byte %[insn]; if r2 != 1 goto 1f;",
       [insn] "i"(RAW(BPF_ALU64 | BPF_END, BPF_REG_2, 0, 0, 16)))
FOLDED(far_jump, "r2 = 7; if r2 != 7 goto 2f; .8byte %[insn]; 2:",
       [insn] "i"(RAW(BPF_JMP32 | BPF_JA, 0, 0, 0, 2)))
