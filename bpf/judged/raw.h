/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that are written instruction by instruction. */
#ifndef ORDAIN_BPF_RAW_H
#define ORDAIN_BPF_RAW_H

#include "bpf/judged/judged.h"

/* One instruction, for the constraint "i". */
#define RAW(code, dst, src, off, imm)                                                              \
	((__u64)(code) | (__u64)(dst) << 8 | (__u64)(src) << 12 | (__u64)(__u16)(off) << 16 |      \
	 (__u64)(__u32)(imm) << 32)

/* Finds 16 bytes of packet, in r2; another register says why not. */
#define PACKET_IN_R2                                                                               \
	"r6 = r1;"                                                                                 \
	"r2 = *(u32 *)(r1 + 0);"                                                                   \
	"r3 = *(u32 *)(r1 + 4);"                                                                   \
	"r4 = r2;"                                                                                 \
	"r4 += 16;"                                                                                \
	"r0 = 2;"                                                                                  \
	"if r4 > r3 goto 1f;"

#define WRITE_TO(register) "*(u8 *)(" register " + 5) = r3;"

#define END "r0 = 2; 1: exit;"

#define NAKED(name)                                                                                \
	SEC("xdp")                                                                                 \
	__attribute__((naked)) int name(void)

#endif
