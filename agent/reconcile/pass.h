/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One pass: look at the kernel, plan, try what is new, and carry it out. `plan` stops before the
 * last; `apply` and the agent go through. The same code, so a plan shows what apply would do.
 */
#ifndef ORDAIN_AGENT_RECONCILE_PASS_H
#define ORDAIN_AGENT_RECONCILE_PASS_H

#include "agent/decide/decision.h"

struct pass {
	struct arena *arena;
	struct decision *decision;
	const struct observed *observed;
	const struct plan *plan;
	struct diags diags; /* what the kernel's state or the machine stands in the way of */
	size_t executed; /* steps carried out */
	size_t failed; /* steps that the machine refused */
	bool stale; /* somebody was faster: another pass is needed at once */
};

/* Free with pass_end(). The decision must outlive the pass, and may get hooks blocked by it. */
struct pass pass_begin(struct decision *decision);
void pass_end(struct pass *pass);

/* Plans from pass->observed, anew if there is a plan already. */
void pass_plan(struct pass *pass);

/* Observes and plans, nothing more. */
int pass_look(struct pass *pass, struct kernel *kernel, const unsigned int *wanted,
	      enum detail detail, struct error *ret_error);

/*
 * After pass_look(): prepares each chain that a step needs. What cannot run changes what the
 * decision desires of its hook (fallback_refused()), with a diagnostic there at the place of the
 * program's object, and the plan is made again.
 */
int pass_try(struct pass *pass, const struct paths *paths, struct kernel *kernel,
	     struct error *ret_error);

struct pass_options {
	const struct paths *paths;
	struct kernel *kernel;
	struct objects *objects;
	const struct trial_terms *trial; /* NULL: a new policy is accepted for good */
	bool (*may)(void *context, const struct planned_chain *chain); /* NULL: every step may */
	void (*done)(void *context, const struct planned_chain *chain, bool success); /* or NULL */
	void *context;
};

/*
 * After pass_try(): accepts the policy if it is new, carries out the steps, settles the kernel and
 * saves the last good chains. A step that fails is a diagnostic, and the others go on. Negative
 * errno: the state could not be written, and nothing was changed in the kernel.
 */
int pass_execute(struct pass *pass, const struct pass_options *options, struct error *ret_error);

/* Which hooks of the decision's interfaces a poll has to look at; beside interfaces.items. */
const unsigned int *pass_wanted(struct arena *arena, const struct decision *decision);

#endif
