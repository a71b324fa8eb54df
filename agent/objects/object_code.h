/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program's instructions, read from its object without a kernel: the main function, behind it
 * what it calls, in the order in which libbpf puts them, with what each refers to and the source
 * line that it comes from. CO-RE relocations are left as the compiler wrote them.
 */
#ifndef ORDAIN_AGENT_OBJECTS_OBJECT_CODE_H
#define ORDAIN_AGENT_OBJECTS_OBJECT_CODE_H

#include "agent/objects/object_lines.h"
#include "agent/system/error.h"
#include "policy/analysis/analysis.h"

/* Four arrays of `count`, one item for each instruction. */
struct object_code {
	struct bpf_insn *insns;
	struct insn_target *targets;
	struct object_line *lines;
	bool *adjusted; /* by a CO-RE relocation: what it is depends on the kernel */
	size_t count;
};

/*
 * 0 with everything in the arena (names included); -ENOENT: no such function; -EINVAL: not an
 * object that can be followed; `ret_error` has one line that says why.
 */
int object_code_read(struct arena *arena, const void *bytes, size_t length, const char *function,
		     struct object_code *ret, struct error *ret_error);

/*
 * Are these, loaded by libbpf, the same instructions but for what loading changes (numbers of maps
 * and functions, CO-RE)? Then what `targets` and `lines` say holds for them, one by one.
 */
bool object_code_matches(const struct object_code *code, const struct bpf_insn *loaded,
			 size_t count);

/* A function that can be loaded by itself. */
struct object_function {
	const char *name;
	const char *section;
	int hook; /* what its section says that it is for: an enum hook; -1: none of those */
};

struct object_functions {
	struct object_function *items; /* as they stand in the file */
	size_t count;
};

/* 0 with the names in the arena, or -EINVAL as above. */
int object_code_functions(struct arena *arena, const void *bytes, size_t length,
			  struct object_functions *ret, struct error *ret_error);

#endif
