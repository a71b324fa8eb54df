/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What registers and the stack hold at one place of the program: the frames of all functions that
 * are being called there, the outermost first, each in slots of eight bytes.
 *
 * A store at a known place replaces what was there. One that could be at several adds to each of
 * them. Half a pointer, or a pointer of which half was overwritten, is KIND_UNKNOWN.
 */
#ifndef ORDAIN_POLICY_ANALYSIS_MACHINE_H
#define ORDAIN_POLICY_ANALYSIS_MACHINE_H

#include <linux/bpf.h>

#include "policy/analysis/value.h"

/* What kernels allow: calls nest this deep, and each function has 512 bytes of stack. */
enum { FRAMES_MOST = 8, STACK_SIZE = 512, STACK_SLOTS = STACK_SIZE / 8, REGISTERS = 11 };

struct machine {
	union {
		struct {
			struct value registers[REGISTERS];
			struct value stack[FRAMES_MOST][STACK_SLOTS];
		};
		struct value values[REGISTERS + FRAMES_MOST * STACK_SLOTS]; /* all of them */
	};
	unsigned int frames;
	struct constants *constants;
};

/* How many values a machine with so many frames has: registers, then slots. */
static inline size_t machine_values(unsigned int frames)
{
	return REGISTERS + (size_t)frames * STACK_SLOTS;
}

/* Begins a function: one frame more, of which nothing is known; no register has anything. */
void machine_enter(struct machine *machine);

/* The value and the dynptrs that `size` bytes at `pointer` (KIND_STACK) + offset hold. */
struct value machine_load(const struct machine *machine, struct value pointer, int offset,
			  unsigned int size);

/* false: outside of the stack, and nothing is changed. */
bool machine_store(struct machine *machine, struct value pointer, int offset, unsigned int size,
		   struct value value);

/* Something else wrote bytes, no pointers, there or behind. */
void machine_fill(struct machine *machine, struct value pointer);

/* The dynptr, two slots, that `pointer` is to becomes one of `kinds`. false: outside. */
bool machine_put_dynptr(struct machine *machine, struct value pointer, unsigned int kinds);

#endif
