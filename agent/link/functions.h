/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of a program: where each starts, and the type information without which the kernel
 * takes no callbacks and no global functions.
 */
#ifndef ORDAIN_AGENT_LINK_FUNCTIONS_H
#define ORDAIN_AGENT_LINK_FUNCTIONS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/system/error.h"
#include "policy/base/arena.h"

struct function {
	size_t start; /* its first instruction */
	const char *name; /* a C identifier */
	bool global; /* verified on its own, whoever calls it */
};

/* Does it have a second half? */
bool is_wide(const struct bpf_insn *insn);

/* Is it a call of another function of the program, or a callback's address? `imm` says which. */
bool refers_to_function(const struct bpf_insn *insn);

/*
 * For each instruction, does a function start there? That is the first one, and what others call
 * or take the address of.
 */
const bool *function_starts(struct arena *arena, const struct bpf_insn *insns, size_t count);

/* Where an instruction comes from; it holds until the next one. */
struct source_line {
	size_t insn;
	const char *file;
	const char *text;
	unsigned int line;
	unsigned int column;
};

struct source_lines {
	struct source_line *items; /* by instruction; one for the first of each function */
	size_t count;
};

/* What goes with a load beside the BTF itself. */
struct function_info {
	struct bpf_func_info *functions; /* one record for each */
	struct bpf_line_info *lines;
	size_t line_count;
};

/*
 * BTF that names the functions, each `int NAME(struct CONTEXT *ctx)`, and has the lines. Loads it
 * and returns its descriptor, with *ret_info in the arena. -errno on failure.
 */
int function_btf(struct arena *arena, const char *context, const struct function *functions,
		 size_t count, const struct source_lines *lines, struct function_info *ret_info,
		 struct error *ret_error);

#endif
