/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF instructions, as their assembler would have them. */
#ifndef ORDAIN_TESTS_SUPPORT_INSNS_H
#define ORDAIN_TESTS_SUPPORT_INSNS_H

#include <linux/bpf.h>

enum { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 };

#define INSN(code_, dst, src, off_, imm_)                                                          \
	((struct bpf_insn){ .code = (code_)&0xff,                                                  \
			    .dst_reg = (dst)&15,                                                   \
			    .src_reg = (src)&15,                                                   \
			    .off = (off_),                                                         \
			    .imm = (imm_) })

#define MOV(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV32(dst, src) INSN(BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define SET32(dst, imm) INSN(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define OP(operation, dst, src) INSN(BPF_ALU64 | (operation) | BPF_X, dst, src, 0, 0)
#define OP32(operation, dst, src) INSN(BPF_ALU | (operation) | BPF_X, dst, src, 0, 0)
#define OPK(operation, dst, imm) INSN(BPF_ALU64 | (operation) | BPF_K, dst, 0, 0, imm)
#define OPK32(operation, dst, imm) INSN(BPF_ALU | (operation) | BPF_K, dst, 0, 0, imm)

#define LOAD(size, dst, src, off) INSN(BPF_LDX | BPF_MEM | (size), dst, src, off, 0)
#define STORE(size, dst, off, src) INSN(BPF_STX | BPF_MEM | (size), dst, src, off, 0)
#define STOREK(size, dst, off, imm) INSN(BPF_ST | BPF_MEM | (size), dst, 0, off, imm)
#define ATOMIC(size, operation, dst, off, src)                                                     \
	INSN(BPF_STX | BPF_ATOMIC | (size), dst, src, off, operation)

/* Two instructions each. */
#define WIDE(dst, source, imm)                                                                     \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, source, 0, imm), INSN(0, 0, 0, 0, 0)
#define MAP(dst) WIDE(dst, BPF_PSEUDO_MAP_FD, 0)
#define FUNCTION(dst, off) WIDE(dst, BPF_PSEUDO_FUNC, off)

#define JUMP(off) INSN(BPF_JMP | BPF_JA, 0, 0, off, 0)
#define JUMPIF(operation, dst, imm, off) INSN(BPF_JMP | (operation) | BPF_K, dst, 0, off, imm)
#define JUMPIF32(operation, dst, imm, off) INSN(BPF_JMP32 | (operation) | BPF_K, dst, 0, off, imm)
#define JUMPIFX(operation, dst, src, off) INSN(BPF_JMP | (operation) | BPF_X, dst, src, off, 0)
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define CALLF(off) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, off)
#define CALLK() INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif
