/* SPDX-License-Identifier: GPL-2.0-only */
/* The closed vocabularies of the language: hooks, stages, verdicts. */
#ifndef ORDAIN_POLICY_MODEL_HOOK_H
#define ORDAIN_POLICY_MODEL_HOOK_H

#include <stdbool.h>

#include "policy/base/arena.h"

#define HOOKS(X)                                                                                   \
	X(XDP, "xdp")                                                                              \
	X(TCX_INGRESS, "tcx-ingress")                                                              \
	X(TCX_EGRESS, "tcx-egress")

enum hook {
#define HOOK_ENUM(symbol, name) HOOK_##symbol,
	HOOKS(HOOK_ENUM)
#undef HOOK_ENUM
		HOOK_COUNT
};

/* In the order in which packets are meant to meet them. */
#define STAGES(X)                                                                                  \
	X(TAP, "tap")                                                                              \
	X(SCRUB, "scrub")                                                                          \
	X(FILTER, "filter")                                                                        \
	X(REWRITE, "rewrite")                                                                      \
	X(ROUTE, "route")                                                                          \
	X(ACCOUNT, "account")

enum stage {
#define STAGE_ENUM(symbol, name) STAGE_##symbol,
	STAGES(STAGE_ENUM)
#undef STAGE_ENUM
		STAGE_COUNT
};

#define STAGE_DEFAULT STAGE_FILTER

const char *hook_name(enum hook hook);
const char *stage_name(enum stage stage);

/* "xdp", "tcx-ingress and tcx-egress": those whose bits (1 << enum hook) are set. */
const char *hooks_words(struct arena *arena, unsigned int hooks);

/* Exact names only; false and *ret untouched otherwise. */
bool hook_from_name(const char *name, enum hook *ret);
bool stage_from_name(const char *name, enum stage *ret);

/*
 * Counter slots: what a chain's counters distinguish for each element. The first VERDICT_OTHER are
 * the kernel's own values (XDP_ABORTED.. and TC_ACT_OK..), then everything else, then "ran off the
 * end" (TCX_NEXT), then "did not run at all": the kernel did not jump to it.
 */
enum { VERDICT_OTHER = 8, VERDICT_NEXT = 9, VERDICT_MISSED = 10, VERDICT_SLOTS = 11 };

/* "pass", "drop", "redirect", ... for a slot; NULL for a slot that the hook does not use. */
const char *verdict_name(enum hook hook, unsigned int slot);

/* Did the packet die here, and did it go on along the chain (or, at its end, up the stack)? */
bool verdict_drops(enum hook hook, unsigned int slot);
bool verdict_continues(enum hook hook, unsigned int slot);

/* The slots, bit (1 << slot), that continue a chain where nobody says otherwise. */
unsigned int verdicts_continuing(enum hook hook);

#endif
