/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be said about a chain, once, for the text and the JSON of status. */
#ifndef ORDAIN_POLICY_RENDER_CONDITIONS_H
#define ORDAIN_POLICY_RENDER_CONDITIONS_H

#include "policy/plan/plan.h"

#define CONDITIONS(X)                                                                              \
	X(IN_SYNC, "InSync")                                                                       \
	X(BLOCKED, "Blocked")                                                                      \
	X(INCOMPLETE, "Incomplete")                                                                \
	X(DRIFT, "Drift")                                                                          \
	X(VERIFY_ONLY, "VerifyOnly")                                                               \
	X(EXCLUSIVE, "ExclusiveViolated")                                                          \
	X(REFUSED, "ForeignRefused")                                                               \
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

/* One for each type. A chain never waits: what waits has no hook yet. */
void conditions_judge(struct arena *arena, const struct planned_chain *chain,
		      struct condition ret[CONDITION_COUNT]);

#endif
