/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which elements of a chain are inlined, and which are called. An inlined element's main function
 * becomes a part of the chain's: it costs next to nothing, and its stack is shared with the other
 * inlined ones. What does not fit is called, and the reason is kept in plain words.
 *
 * The same elements and rules give the same choice.
 */
#ifndef ORDAIN_AGENT_LINK_CHOICE_H
#define ORDAIN_AGENT_LINK_CHOICE_H

#include "agent/link/link.h"

/* How the kernel adds up the stack of nested calls. */
struct stack_rules {
	unsigned int unit; /* each frame is rounded up to a multiple of it */
	bool empty_costs; /* a frame without any stack counts as one unit */
};

/* What this kernel does, found out by loading a program: asked once. */
struct stack_rules stack_rules_of_kernel(void);

struct choice {
	struct linking *items; /* one for each element */
	size_t count;
	unsigned int frame; /* bytes of stack that the inlined elements share, a multiple of 8 */
	bool keeps_verdict; /* the chain has to keep a verdict while inlined elements run */
	/* Its own. */
	struct arena *arena;
	const struct link_request *request;
	struct stack_rules rules;
	struct shape *shapes;
};

/* What the chain keeps on its stack for itself, below what its elements share. */
enum {
	CHOICE_SLOT = 8,
	CHOICE_SLOTS = 2, /* context, zero */
};

struct choice choice_make(struct arena *arena, const struct link_request *request,
			  struct stack_rules rules);

/* Is any element inlined? */
bool choice_inlines(const struct choice *choice);

/*
 * The kernel refused the chain as chosen: fewer elements are inlined from now on. Each does
 * something if any element was inlined.
 */
void choice_refused_stack(struct choice *choice); /* for want of stack */
void choice_refused_steps(struct choice *choice); /* it takes the verifier too long */
void choice_refused(struct choice *choice, size_t element, const char *words); /* the kernel's */
void choice_refused_all(struct choice *choice, const char *words);

#endif
