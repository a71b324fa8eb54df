/* SPDX-License-Identifier: GPL-2.0-only */
/* What has to happen on one hook. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_HOOK_H
#define ORDAIN_POLICY_PLAN_PLAN_HOOK_H

#include "policy/plan/plan.h"

/* The step that the hook needs; ACTION_NONE also where one is needed and nothing can be done. */
enum chain_action plan_hook_action(const struct desired *desired,
				   const struct observed_hook *observed, bool allow_gap);

/* Does somebody else have the place that a link of ours needs? */
bool plan_hook_is_taken(const struct observed_hook *observed);

/*
 * False, and *ret untouched, if nothing of ours is or should be there. `desired` may be NULL. A
 * hook that the kernel does not have is blocked with DIAG_KERNEL_TOO_OLD and no diagnostic: the
 * caller says it once for all of them.
 */
bool plan_hook(struct arena *arena, const struct desired *desired,
	       const struct observed_hook *observed, bool allow_gap, struct planned_chain *ret,
	       struct diags *diags);

/* The object of the first program of ours; nowhere if there is none. */
struct span plan_object_span(const struct desired *desired);

#endif
