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

/*
 * BTF that names the functions, each `int NAME(struct CONTEXT *ctx)`. Loads it and returns its
 * descriptor, with *ret_info one record for each function. -errno on failure.
 */
int function_btf(struct arena *arena, const char *context, const struct function *functions,
		 size_t count, struct bpf_func_info **ret_info, struct error *ret_error);

#endif
