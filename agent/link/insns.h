/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions as C values. */
#ifndef ORDAIN_AGENT_LINK_INSNS_H
#define ORDAIN_AGENT_LINK_INSNS_H

#include <linux/bpf.h>

#define INSN(code_, dst, src, offset, immediate)                                                   \
	((struct bpf_insn){ .code = (code_),                                                       \
			    .dst_reg = (dst),                                                      \
			    .src_reg = (src),                                                      \
			    .off = (offset),                                                       \
			    .imm = (immediate) })
#define MOV_REG(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV32_REG(dst, src) INSN(BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV32_IMM(dst, value) INSN(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD32_REG(dst, src) INSN(BPF_ALU | BPF_ADD | BPF_X, dst, src, 0, 0)
#define ADD_REG(dst, src) INSN(BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0)
#define ADD_IMM(dst, value) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define SHIFT_LEFT_IMM(dst, value) INSN(BPF_ALU64 | BPF_LSH | BPF_K, dst, 0, 0, value)
#define JUMP(offset) INSN(BPF_JMP | BPF_JA, 0, 0, offset, 0)
#define JUMP32_IF(operation, dst, value, offset)                                                   \
	INSN(BPF_JMP32 | (operation) | BPF_K, dst, 0, offset, value)
#define JUMP_IF(operation, dst, value, offset)                                                     \
	INSN(BPF_JMP | (operation) | BPF_K, dst, 0, offset, value)
#define SHIFT_RIGHT32_REG(dst, src) INSN(BPF_ALU | BPF_RSH | BPF_X, dst, src, 0, 0)
#define STORE64(dst, offset, src) INSN(BPF_STX | BPF_MEM | BPF_DW, dst, src, offset, 0)
#define STORE64_IMM(dst, offset, value) INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, offset, value)
#define STORE32_IMM(dst, offset, value) INSN(BPF_ST | BPF_MEM | BPF_W, dst, 0, offset, value)
#define SHIFT_RIGHT_IMM(dst, value) INSN(BPF_ALU64 | BPF_RSH | BPF_K, dst, 0, 0, value)
#define AND_IMM(dst, value) INSN(BPF_ALU64 | BPF_AND | BPF_K, dst, 0, 0, value)
#define OR_REG(dst, src) INSN(BPF_ALU64 | BPF_OR | BPF_X, dst, src, 0, 0)
#define LOAD64(dst, src, offset) INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, offset, 0)
#define CALL_HELPER(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define CALL_FUNCTION(offset) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, offset)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif
