/* SPDX-License-Identifier: GPL-2.0-only */
/* What explain knows beyond the chain itself; its text and its JSON are made from these. */
#ifndef ORDAIN_POLICY_RENDER_EXPLAIN_H
#define ORDAIN_POLICY_RENDER_EXPLAIN_H

#include "policy/order/absence.h"
#include "policy/order/graph.h"
#include "policy/render/render.h"

/* A program that somebody could look for on a hook, but that is not there. */
struct absentee {
	const struct program *program;
	struct absence absence;
};

struct absentees {
	struct absentee *items; /* by (kind, name) */
	size_t count;
};

/* Programs of the same hook, and those that are on another hook of the same interface. */
struct absentees explain_absentees(struct arena *arena, const struct policy *policy,
				   const struct chain *chain);

/* Finds out which statements beat the overridden ones of a chain. */
struct contest {
	const struct chain *chain;
	struct graph stronger;
	size_t next; /* of the applied statements: those before it are in the graph */
	const struct statement **between; /* between[from * count + to]: the strongest; or NULL */
};

struct contest contest_new(struct arena *arena, const struct chain *chain);

/*
 * The stronger statements that contradict an overridden one: a path from its `second` to its
 * `first`, never empty. To be asked about the overridden statements in their order.
 */
struct statements contest_winners(struct arena *arena, struct contest *contest,
				  const struct statement *overridden);

/* Where one program stands on one hook of one interface, or why it is on none of them. */
struct position {
	const struct interface *interface;
	const struct chain *chain; /* NULL: it is not there, see `absence` */
	size_t at; /* its index among the elements; not an order if the chain is blocked */
	const char *linked; /* how it is linked where it runs: "inlined", ...; NULL: unknown */
	struct absence absence;
};

struct positions {
	struct position *items; /* by (interface name, hook), at least one for each interface */
	size_t count;
};

struct positions explain_positions(struct arena *arena, const struct resolution *resolution,
				   const struct interfaces *interfaces,
				   const struct observed *observed, const struct program *program);

/* Does the program wait for interfaces of this pattern? */
bool explain_waits(const struct waiting *waiting, const struct program *program);

/* What is desired of the hook of that chain if something of it cannot run; else NULL. */
const struct desired *explain_missing(const struct desires *desires, const struct chain *chain);

/* What becomes of one of those: "left out (if_missing: skip)", "its hook keeps generation 4". */
const char *explain_missing_words(struct arena *arena, const struct desired *desired,
				  const struct missing_program *program);

void explain_chains_json(struct text *out, const struct report *report, const struct policy *policy,
			 const struct desires *desires, const struct chain *chains, size_t count);
void explain_program_json(struct text *out, const struct report *report,
			  const struct resolution *resolution, const struct interfaces *interfaces,
			  const struct observed *observed, const struct program *program);

#endif
