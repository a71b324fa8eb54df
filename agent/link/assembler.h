/* SPDX-License-Identifier: GPL-2.0-only */
/* The program while it is put together. Part of link_code.c and link_inline.c. */
#ifndef ORDAIN_AGENT_LINK_ASSEMBLER_H
#define ORDAIN_AGENT_LINK_ASSEMBLER_H

#include "agent/link/link_code.h"

struct assembler {
	struct arena *arena;
	const struct link_request *request;
	const struct choice *choice; /* NULL: nothing is inlined, nor are there slots */
	struct link_code code;
	size_t *begins; /* where the main function of inlined element i begins; or its call */
	size_t *leaves; /* jump taken when element i ended the chain; 0 none */
	unsigned int used; /* bytes of the shared stack that somebody may have written */
	bool verdict_kept; /* what the last element that counted returned; else it is: */
	int verdict;
};

size_t assembler_emit(struct assembler *as, struct bpf_insn insn);

/* Points a jump at the next instruction to be emitted. */
void assembler_land(struct assembler *as, size_t jump);

/* Emits instructions of an element; what they refer to in it is left as it is. */
void assembler_copy(struct assembler *as, size_t element, size_t from, size_t end);

bool is_inlined(const struct assembler *as, size_t element);

/* Where the dispatcher keeps what elements must not change. */
int slot_of_context(const struct assembler *as);
int slot_of_zero(const struct assembler *as);
int slot_of_verdict(const struct assembler *as);

/* Once, before the first element: r1 is the context, before and after. */
void inline_begin(struct assembler *as);

/* With r1 the context: leaves the element's verdict in r0, and in the other registers anything. */
void inline_main(struct assembler *as, size_t element);

/* Makes r0 a number that the verifier does not know. */
void inline_hide_verdict(struct assembler *as);

/* Behind the dispatcher: what its main function calls. */
void inline_subprograms(struct assembler *as, size_t element);

#endif
