/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program asks of the stack, and what in it stands against being inlined. */
#ifndef ORDAIN_AGENT_LINK_SHAPE_H
#define ORDAIN_AGENT_LINK_SHAPE_H

#include "agent/link/choice.h"

struct shape {
	size_t main; /* instructions of its main function */
	unsigned int own; /* bytes of stack of the main function */
	/* Those of all that is nested below it, each frame rounded as the kernel does. */
	unsigned int below;
	/* Of the frames between the main function and one with a tail call; -1: none has one. */
	int before_jump;
	bool jumps; /* its main function has a tail call */
	unsigned int frames; /* calls nested in each other, its own included */
	const char *bar; /* why it cannot be inlined in any chain; NULL: it can */
};

/* Bytes of a frame with so much stack. */
unsigned int stack_frame(struct stack_rules rules, unsigned int bytes);

struct shape shape_of(struct arena *arena, const struct link_element *element,
		      struct stack_rules rules);

#endif
