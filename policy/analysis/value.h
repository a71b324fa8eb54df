/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about a register or eight bytes of the stack: the kinds of things that it can be,
 * over all paths. A set, since after a branch it may be one or the other. What cannot happen in a
 * program that the kernel took, arithmetic on two pointers say, may give anything.
 *
 * A value is compared by its bytes: what does not apply is 0.
 */
#ifndef ORDAIN_POLICY_ANALYSIS_VALUE_H
#define ORDAIN_POLICY_ANALYSIS_VALUE_H

#include <string.h>

#include "policy/analysis/constants.h"

enum {
	KIND_SCALAR =
		1 << 0, /* no pointer; to the verifier, nothing that memory is reached through */
	KIND_CONTEXT = 1 << 1,
	KIND_PACKET = 1 << 2,
	KIND_METADATA = 1 << 3, /* from data_meta: the bytes before the packet */
	KIND_PACKET_END = 1 << 4,
	KIND_STACK = 1 << 5,
	KIND_MAP = 1 << 6, /* the map itself */
	KIND_MEMORY =
		1 << 7, /* map values, ring buffer records, what was allocated: never a packet */
	KIND_OBJECT = 1 << 8, /* sockets, tasks and other things of the kernel: never a packet */
	KIND_ARENA = 1 << 9,
	KIND_FUNCTION = 1 << 10, /* its first instruction is in `constants` */
	KIND_PACKET_DYNPTR = 1 << 11, /* a dynptr over the packet */
	KIND_OTHER_DYNPTR = 1 << 12, /* over anything else */
	KIND_UNKNOWN = 1 << 13, /* may be any of them */

	KINDS_DYNPTR = KIND_PACKET_DYNPTR | KIND_OTHER_DYNPTR,
	KINDS_WITH_OFFSET = KIND_CONTEXT | KIND_PACKET | KIND_METADATA | KIND_STACK,
	KINDS_WITH_CONSTANTS = KIND_SCALAR | KIND_FUNCTION,
};

enum { OFFSET_ANY = INT16_MIN, FRAME_ANY = 15 };

struct value {
	uint16_t kinds;
	int16_t offset; /* of KINDS_WITH_OFFSET; on the stack from the frame's end, so negative */
	uint32_t constants : 28; /* of KINDS_WITH_CONSTANTS */
	uint32_t frame : 4; /* of KIND_STACK: 0 is the outermost function's */
};

/* A pointer at offset 0, or a scalar that may have any value. */
static inline struct value value_of(unsigned int kinds)
{
	return (struct value){ .kinds = (uint16_t)kinds };
}

static inline bool value_equal(struct value a, struct value b)
{
	return !memcmp(&a, &b, sizeof(a));
}

/* Can it be nothing else than these? */
static inline bool value_only(struct value value, unsigned int kinds)
{
	return !(value.kinds & ~kinds);
}

struct value value_constant(struct constants *constants, int64_t constant);
struct value value_join(struct constants *constants, struct value a, struct value b);

/* The offset of an access `more` bytes behind the pointer, or OFFSET_ANY. */
int value_offset(struct value pointer, int more);

/* The result of an instruction of class BPF_ALU or BPF_ALU64: its operation (BPF_ADD, ...). */
struct value value_compute(struct constants *constants, unsigned int operation, bool is_64,
			   struct value a, struct value b);

/* Its lowest 8, 16 or 32 bits, extended with or without sign; with !is_64 to 32 bits only. */
struct value value_extend(struct constants *constants, struct value value, unsigned int bits,
			  bool is_signed, bool is_64);

#endif
