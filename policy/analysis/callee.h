/* SPDX-License-Identifier: GPL-2.0-only */
/* What helpers and functions of the kernel do: tables, one row each. What has no row is unknown. */
#ifndef ORDAIN_POLICY_ANALYSIS_CALLEE_H
#define ORDAIN_POLICY_ANALYSIS_CALLEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To the packet. */
enum effect {
	EFFECT_UNKNOWN,
	EFFECT_NONE,
	EFFECT_READS, /* through the context */
	EFFECT_WRITES_PACKET,
	EFFECT_WRITES_CONTEXT, /* or what else the stack knows about the packet */
	EFFECT_RESIZES, /* or moves */
	EFFECT_ENCAPSULATES,
	EFFECT_REDIRECTS,
	EFFECT_CLONES,
	EFFECT_TAIL_CALL,
	EFFECT_THROWS,
};

/* What it returns. */
enum result {
	RESULT_SCALAR, /* or nothing */
	RESULT_MEMORY,
	RESULT_OBJECT,
	RESULT_ARENA,
	RESULT_OF_DYNPTR, /* a pointer into what argument 1 is over */
	RESULT_UNKNOWN,
};

/* A function of the program that it calls. Arguments and registers count from 1; 0 means none. */
struct callback {
	unsigned char function; /* the argument that is its address */
	unsigned char data; /* the argument that is handed on to it */
	unsigned char data_register; /* where the callback finds that */
	bool later; /* not during the call, and without its stack */
	uint16_t kinds[3]; /* what its first arguments are (value.h), where they are not `data` */
};

struct callee {
	const char *name;
	enum effect effect;
	enum result result;
	unsigned char writes; /* ARGUMENT(n): memory that it may write through */
	unsigned char dynptr; /* the argument that becomes a dynptr */
	enum { OVER_OTHER, OVER_PACKET, OVER_SAME } over; /* over what; SAME: as argument 1 */
	unsigned char writes_dynptr; /* ARGUMENT(n): a dynptr whose memory it may write */
	const char *field; /* of the context, which it writes */
	unsigned char asks; /* the argument that is 0 where it does nothing but ask */
	const struct callback *callback;
};

#define ARGUMENT(n) (1u << (n))

/* NULL: not known. A row of a helper that XDP and TC programs cannot call has no effect known. */
const struct callee *callee_helper(uint32_t number);
const struct callee *callee_kfunc(const char *name);

#endif
