/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One analysis. First every function is followed, once for each way in which it is called, until
 * nothing new comes to be known of any block (run.c decides what is walked next). Then each block
 * is walked once more, with all that is known, and what it does is noted.
 */
#ifndef ORDAIN_POLICY_ANALYSIS_RUN_H
#define ORDAIN_POLICY_ANALYSIS_RUN_H

#include "policy/analysis/callee.h"
#include "policy/analysis/layout.h"
#include "policy/analysis/machine.h"
#include "policy/analysis/opcodes.h"
#include "policy/analysis/record.h"

struct run;

/* A function as it is called at one place, from one chain of callers. */
struct activation;

/* Where a walk is. It starts where a block begins and ends where the next one does. */
struct walk {
	struct run *run;
	const struct layout *layout;
	struct activation *activation;
	struct block *block;
	struct record *record; /* NULL: not yet */
	struct machine machine;
	size_t at; /* the instruction */
	size_t next; /* the one that follows, where the walk goes on */
};

/* Does the walk go on behind the instruction? */
enum flow { FLOW_ON, FLOW_END };

/* For the instructions of one group each: what becomes of the machine, and what is noted. */
enum flow execute_data(struct walk *walk); /* arithmetic, loads, stores: data.c */
enum flow execute_jump(struct walk *walk); /* jump.c */
enum flow execute_call(struct walk *walk); /* calls of helpers and kernel functions: call.c */

/* memory.c: through `pointer`; the value is what is stored, or was loaded. */
struct value access_load(struct walk *walk, struct value pointer, int offset, unsigned int size);
void access_store(struct walk *walk, struct value pointer, int offset, unsigned int size,
		  struct value value);

/* A helper or kernel function, called `name`, writes there. */
void access_fill(struct walk *walk, struct value pointer, const char *name);

/* Notes what is no instruction, and ends the walk. */
enum flow walk_unknown(struct walk *walk, const char *what);

/*
 * What the machine is now is what it may be at a block's beginning, which may be of a later
 * instruction or an earlier one, in the same function.
 */
void walk_reach(struct walk *walk, size_t insn);

/*
 * Calls a function of the program, with the arguments in the registers. ON: it returns, and the
 * machine is as it leaves it. END: it was not seen to return; the block is walked again when it is.
 */
enum flow walk_call(struct walk *walk, size_t function);

/*
 * A function that is called any number of times, with these arguments (registers 1 to 5), on top of
 * the stack as it is; or `later`, with a stack of its own. The machine becomes what it may be then.
 */
void walk_callback(struct walk *walk, size_t function, const struct value *arguments, bool later);

/* The function returns this. */
void walk_return(struct walk *walk, struct value value);

#endif
