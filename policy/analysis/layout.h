/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where functions and blocks of a program begin, and which instructions are none at all. A block
 * begins where a jump goes to, where a function begins, and at calls of functions; it ends where
 * the next one begins, or at an unconditional jump or an exit.
 */
#ifndef ORDAIN_POLICY_ANALYSIS_LAYOUT_H
#define ORDAIN_POLICY_ANALYSIS_LAYOUT_H

#include "policy/analysis/analysis.h"

struct layout {
	const struct analysis_input *input;
	/* For each instruction and one more: how many blocks (functions) begin before it. */
	uint32_t *blocks_before;
	uint32_t *functions_before;
	size_t *functions; /* the first instruction of each, in order; and `count` at the end */
	size_t function_count;
};

/* `input` has instructions, fewer than 2^31. */
const struct layout *layout_new(struct arena *arena, const struct analysis_input *input);

static inline bool layout_begins_block(const struct layout *layout, size_t insn)
{
	return layout->blocks_before[insn + 1] != layout->blocks_before[insn];
}

/* The function that an instruction is in; the one that begins there. */
static inline size_t layout_function(const struct layout *layout, size_t insn)
{
	return layout->functions_before[insn + 1] - 1;
}

static inline bool layout_begins_function(const struct layout *layout, size_t insn)
{
	return layout->functions_before[insn + 1] != layout->functions_before[insn];
}

/* Is it a call of a function of the program? Or the address of one? A call of a kernel function? */
bool layout_calls_function(const struct analysis_input *input, size_t insn);
bool layout_takes_function(const struct analysis_input *input, size_t insn);
bool layout_calls_kfunc(const struct analysis_input *input, size_t insn);

/* Where it jumps to, calls, or takes the address of; -1: outside of the program. */
long layout_target(const struct analysis_input *input, size_t insn);

/* Registers that exist, and none written that cannot be. */
bool layout_has_registers(const struct bpf_insn *insn);

#endif
