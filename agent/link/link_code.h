/* SPDX-License-Identifier: GPL-2.0-only */
/* The linked program before it is loaded: instructions, and which of them are whose. */
#ifndef ORDAIN_AGENT_LINK_LINK_CODE_H
#define ORDAIN_AGENT_LINK_LINK_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/link/choice.h"
#include "agent/link/functions.h"

/* The first instruction of a function; its element, or DISPATCHER. */
struct link_function {
	size_t start;
	size_t element;
	bool entry; /* what the dispatcher calls; else a subprogram of the element */
};

/* Instructions of an element, from its own `from` on. */
struct link_piece {
	size_t start;
	size_t count;
	size_t element;
	size_t from;
};

#define DISPATCHER SIZE_MAX

struct link_code {
	struct {
		struct bpf_insn *items;
		size_t count;
	} insns;
	struct {
		struct link_function *items; /* by start */
		size_t count;
	} functions;
	struct {
		struct link_piece *items; /* by start; what is in none of them is the dispatcher's */
		size_t count;
	} pieces;
	struct {
		__u32 *items; /* of BTF; each once, and the off of a call is one more than its index */
		size_t count;
	} modules;
	int keys;
};

/*
 * Assembles the whole program; maps are referred to by the descriptors in the instructions. `keys`
 * is a map whose value is the numbers 0, 1, 2 ... (u32), one for each counter; -1 if none counts.
 * `choice` NULL: all elements are called.
 */
struct link_code link_assemble(struct arena *arena, const struct link_request *request,
			       const struct choice *choice, int keys);

/* The element whose instruction that is; DISPATCHER for the dispatcher's own. */
size_t link_element_at(const struct link_code *code, size_t instruction);

/* The source lines, each with the name of its element before it: "[lb] int key = 0;". */
struct source_lines link_lines(struct arena *arena, const struct link_request *request,
			       const struct link_code *code);

/*
 * BTF that names the functions: the dispatcher after the hook, elements (global) and their
 * subprograms (static) after the programs; with the source lines. Loads it and returns its
 * descriptor, with what goes with the load in *ret_info. -errno on failure.
 */
int link_btf(struct arena *arena, const struct link_request *request, const struct link_code *code,
	     struct function_info *ret_info, struct error *ret_error);

#endif
