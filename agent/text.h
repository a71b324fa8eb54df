/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program's instructions, read from its object without a kernel: the main function, behind it
 * what it calls, in the order in which libbpf puts them, with what each refers to and the source
 * line that it comes from. CO-RE relocations are left as the compiler wrote them.
 */
#ifndef ORDAIN_AGENT_TEXT_H
#define ORDAIN_AGENT_TEXT_H

#include "error.h"
#include "policy/analysis.h"

struct text_line {
	const char *file; /* NULL: the object has no line info for it */
	unsigned int line;
};

struct text {
	struct bpf_insn *insns;
	struct insn_target *targets;
	struct text_line *lines;
	size_t count;
};

/*
 * 0 with everything in the arena (names included); -ENOENT: no such function; -EINVAL: not an
 * object that can be followed; `ret_error` has one line that says why.
 */
int text_read(struct arena *arena, const void *bytes, size_t length, const char *function,
	      struct text *ret, struct error *ret_error);

/*
 * Are these, loaded by libbpf, the same instructions but for what loading changes (numbers of maps
 * and functions, CO-RE)? Then what `targets` and `lines` say holds for them, one by one.
 */
bool text_matches(const struct text *text, const struct bpf_insn *loaded, size_t count);

#endif
