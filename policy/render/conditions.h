/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be said about a chain, once, for the text and the JSON of status. */
#ifndef ORDAIN_POLICY_RENDER_CONDITIONS_H
#define ORDAIN_POLICY_RENDER_CONDITIONS_H

#include "policy/render/render.h"

#define CONDITIONS(X)                                                                              \
	X(IN_SYNC, "InSync")                                                                       \
	X(BLOCKED, "Blocked")                                                                      \
	X(INCOMPLETE, "Incomplete")                                                                \
	X(DRIFT, "Drift")                                                                          \
	X(VERIFY_ONLY, "VerifyOnly")                                                               \
	X(EXCLUSIVE, "ExclusiveViolated")                                                          \
	X(REFUSED, "ForeignRefused")                                                               \
	X(LOCKED_OUT, "LoaderLockedOut")                                                           \
	X(WAITING, "Waiting")

enum condition_type {
#define CONDITION_ENUM(symbol, name) CONDITION_##symbol,
	CONDITIONS(CONDITION_ENUM)
#undef CONDITION_ENUM
		CONDITION_COUNT
};

struct condition {
	bool status;
	const char *reason; /* one word for scripts; "" when there is nothing to say */
	const char *message; /* for people; "" when there is nothing to say */
};

const char *condition_name(enum condition_type type);

/* What has to be put right, in one word: "overwritten"; NULL: nothing. */
const char *drift_reason(enum own_state own);

/*
 * One for each type. A chain never waits: what waits has no hook yet. Who is locked out is another
 * question (below).
 */
void conditions_judge(struct arena *arena, const struct planned_chain *chain,
		      struct condition ret[CONDITION_COUNT]);

/* Whether any of these is about the chain's hook. It is in sync all the same. */
struct condition condition_locked_out(struct arena *arena, const struct planned_chain *chain,
				      const struct locked_outs *locked_out);

/* Who could not attach when, why, and what would let it in. */
const char *locked_out_words(struct arena *arena, const struct locked_out *locked_out);

#endif
