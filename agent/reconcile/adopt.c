/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/adopt.h"

#include <string.h>

/* What comes back, or is in force already, is not to be kept out. */
static void keep_out(const struct decision *decision, struct names *digests, const char *digest)
{
	if (strcmp(digest, decision->back->digest) != 0)
		*list_push(decision->arena, digests) = digest;
}

/*
 * Killed on the way, the next pass does the same again: what is kept out is not in force yet, and
 * the trial is that of the generation in force.
 */
static int adopt_back(const struct decision *decision, const struct paths *paths,
		      struct error *ret_error)
{
	struct names digests = { 0 };
	int result;

	keep_out(decision, &digests, decision->accepted->digest);
	if (strcmp(decision->digest, decision->accepted->digest) != 0)
		keep_out(decision, &digests, decision->digest);
	result = state_set_taken_back(paths, decision->accepted->generation, &digests, ret_error);
	if (!result)
		result = state_accept(paths, &decision->back->sources, &decision->back->objects,
				      decision->generation, 0, ret_error);
	return result ? result : state_end_trial(paths, ret_error);
}

/* A trial behind a trial leads back to where the first one came from. */
static uint64_t way_back(const struct decision *decision)
{
	if (decision->trial.generation)
		return decision->trial.back;
	return decision->accepted ? decision->accepted->generation : 0;
}

/* Until the next one is accepted, the one before stays on trial. */
static uint64_t first_on_trial(const struct decision *decision)
{
	return decision->trial.generation ? decision->trial.first : decision->generation;
}

/* Begun by somebody who died before its generation was accepted, it would be of the one that comes. */
static int forget_unborn_trial(const struct decision *decision, const struct paths *paths,
			       struct error *ret_error)
{
	struct trial unborn;

	if (decision->trial.generation ||
	    state_trial(decision->arena, paths, decision->generation, &unborn) ||
	    !unborn.generation)
		return 0;
	return state_end_trial(paths, ret_error);
}

int adopt(const struct decision *decision, const struct paths *paths,
	  const struct trial_terms *trial, struct error *ret_error)
{
	uint64_t back = way_back(decision);
	int result = 0;

	if (!decision_is_new(decision))
		return 0;
	if (!trial)
		result = forget_unborn_trial(decision, paths, ret_error);
	if (result)
		return result;
	if (decision->basis == BASIS_BACK)
		return adopt_back(decision, paths, ret_error);
	if (trial)
		result = state_begin_trial(paths, first_on_trial(decision), decision->generation,
					   back, trial, ret_error);
	if (!result)
		result = state_accept(paths, &decision->files, &decision->contents,
				      decision->generation, back, ret_error);
	return result ? result : state_forget_taken_back(paths, ret_error);
}
