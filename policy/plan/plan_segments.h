/* SPDX-License-Identifier: GPL-2.0-only */
/* Which links of ours on a tcx hook have to change, come or go. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_SEGMENTS_H
#define ORDAIN_POLICY_PLAN_PLAN_SEGMENTS_H

#include "policy/plan/placement.h"

/* A program between links of ours that may bring packets to the hook again. */
struct reentrant {
	const struct observed_program *program; /* one that is there, ours or not; NULL */
	const char *element; /* one of ours that comes; NULL */
	const char *why; /* NULL: there is none */
};

struct parts {
	struct step_part *items; /* in the order of the hook */
	size_t count;
	size_t added; /* new links among them */
	struct reentrant reentrant; /* between the first and the last */
};

/* What happens while links are changed one after the other. */
extern const char segments_gap[];

/* Does it take more than a look at our only link to tell what has to happen there? */
bool segments_matter(const struct observed_hook *hook);

/*
 * Has something happened to ours there? All that can be told without the names of others, from
 * which their places follow. Allocates nothing.
 */
bool segments_drifted(const struct desired *desired, const struct observed_hook *hook);

/* As plan_hook_action() for such a hook, of which something is desired. */
enum chain_action segments_action(const struct desired *desired, const struct observed_hook *hook,
				  bool allow_gap);

/*
 * Empty: all is as it should be. `chain` is what the policy says of what comes; NULL: nothing.
 */
struct parts parts_of(struct arena *arena, const struct placement *placement,
		      const struct observed_hook *hook, const struct chain *chain);

#endif
