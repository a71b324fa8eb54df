/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where our elements stand among the programs of others on a hook, and the segments that this makes
 * of them: one for each run of ours between two foreign programs. Depends on the policy and on the
 * order of the foreign programs alone.
 *
 * The order that foreign programs have among themselves is a fact, stronger than all statements.
 * Statements count one after the other, the strongest first; one that contradicts what counts
 * already is left out: the plan says which do not hold (plan_verify.h). The rest is the resolver's
 * order, in which a foreign program that no entry means has the default stage.
 *
 * Where the policy absorbs foreign programs and their order contradicts it, those between the first
 * and the last that have to move become elements of ours, in the gap behind them (takeover.h).
 */
#ifndef ORDAIN_POLICY_PLAN_PLACEMENT_H
#define ORDAIN_POLICY_PLAN_PLACEMENT_H

#include "policy/plan/plan.h"

struct placed_segment {
	size_t gap; /* so many foreign programs run before it */
	const struct manifest *manifest;
};

struct placement {
	struct placed_segment *items; /* by gap, each gap once */
	size_t count;
	unsigned int
		*marks; /* of foreign programs that are elements, in their order; NULL: none is */
	const struct manifest *whole; /* all of them; NULL: none */
};

/*
 * Of desired->manifest, and of what the policy absorbs. What the policy does not order now, a last good chain,
 * stays where its elements are, or else comes to the head.
 */
struct placement placement_of(struct arena *arena, const struct desired *desired,
			      const struct observed_hook *hook);

/* What runs, where it is. */
struct placement placement_running(struct arena *arena, const struct observed_hook *hook);

/* Has it anything that is to be on the hook? */
bool placement_wanted(const struct desired *desired);

/* How many foreign programs the hook has, and how many of them run before that program. */
size_t foreign_count(const struct observed_hook *hook);
size_t foreign_before(const struct observed_hook *hook, size_t program);

#endif
