/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/basis.h"

#include <string.h>

#include "agent/decide/contents.h"
#include "policy/render/render_common.h"

static void note_held(struct decision *decision)
{
	if (decision->state_hidden)
		return;
	if (decision->accepted)
		diag_note(&decision->diags, DIAG_POLICY_HELD, (struct span){ 0 },
			  "the running policy (generation %llu) stays in force",
			  (unsigned long long)decision->accepted->generation);
	else
		diag_note(&decision->diags, DIAG_POLICY_HELD, (struct span){ 0 },
			  "no policy is in force, and nothing was changed");
}

static bool is_taken_back(const struct decide_options *options, struct decision *decision)
{
	char digest[65];

	if (!decision->taken_back.digests.count || !decision->written || !decision->accepted)
		return false;
	contents_identify(options, decision, digest);
	return strcmp(digest, decision->accepted->digest) != 0 &&
	       taken_back_has(&decision->taken_back, digest);
}

/*
 * As a rule an object that was replaced belongs to the policy at once, whichever that is. Not so while
 * edits wait: an object is one.
 */
static bool is_pinned(const struct decide_options *options, struct decision *decision)
{
	return decision->basis == BASIS_BACK || decision->trial.generation ||
	       is_taken_back(options, decision);
}

/* It parsed once without error; one that does not now was damaged on disk. */
static void use(const struct decide_options *options, struct decision *decision,
		const struct accepted *accepted)
{
	struct diags ignored = DIAGS(decision->arena);
	const struct policy *policy;

	if (!accepted)
		return;
	policy = policy_build(decision->arena, &accepted->sources, &ignored);
	if (diags_have_errors(&ignored)) {
		diags_append(&decision->diags, &ignored);
		return;
	}
	decision->policy = policy;
	if (is_pinned(options, decision))
		decision->pinned = &accepted->objects;
	decision->generation = decision->accepted->generation;
}

static const struct accepted *nothing(struct arena *arena)
{
	struct accepted *accepted = arena_alloc(arena, sizeof(*accepted));

	policy_digest(&accepted->sources, &accepted->objects, accepted->digest);
	return accepted;
}

/* Where nothing was in force before, an empty policy is. */
static int read_back(const struct decide_options *options, struct decision *decision,
		     struct error *ret_error)
{
	uint64_t generation = decision->trial.back;

	if (!decision->trial.generation)
		generation =
			state_generation_before(options->paths, decision->accepted->generation);
	if (generation)
		return state_generation(decision->arena, options->paths, generation,
					&decision->back, ret_error);
	if (decision->trial.generation)
		decision->back = nothing(decision->arena);
	return 0;
}

static void say_no_way_back(struct decision *decision)
{
	struct diag *diag =
		diag_error(&decision->diags, DIAG_ON_TRIAL, (struct span){ 0 },
			   "the trial of generation %llu is over, but generation %llu is damaged",
			   (unsigned long long)decision->trial.generation,
			   (unsigned long long)decision->trial.back);

	diag_help(&decision->diags, diag, "`ordain confirm` keeps what runs; `ordain try` others");
}

static int go_back(const struct decide_options *options, struct decision *decision,
		   struct error *ret_error)
{
	int result = read_back(options, decision, ret_error);

	decision->basis = BASIS_BACK;
	if (!result && decision->back)
		use(options, decision, decision->back);
	if (!decision->policy) {
		decision->basis = BASIS_ACCEPTED;
		decision->back = NULL;
		use(options, decision, decision->accepted);
		if (decision->trial.generation)
			say_no_way_back(decision);
		return result;
	}
	decision->desires.allow_gap = decision->trial.allow_gap;
	decision->generation = decision->accepted->generation + 1;
	return 0;
}

static const char *time_words(struct decision *decision, int64_t seconds)
{
	struct text text = TEXT(decision->arena);

	text_time(&text, seconds);
	return text_string(&text);
}

static void say_trial(struct decision *decision)
{
	diag_note(&decision->diags, DIAG_ON_TRIAL, (struct span){ 0 },
		  "generation %llu is on trial until %s: the files wait for `ordain confirm` or "
		  "`ordain undo`",
		  (unsigned long long)decision->trial.generation,
		  time_words(decision, decision->trial.until));
}

static void say_taken_back(struct decision *decision)
{
	struct diag *diag = diag_add(&decision->diags, SEVERITY_WARNING, DIAG_TAKEN_BACK,
				     (struct span){ 0 },
				     "what the files say was taken back at %s (generation %llu), "
				     "and is not applied again",
				     time_words(decision, decision->taken_back.at),
				     (unsigned long long)decision->taken_back.generation);

	diag_help(&decision->diags, diag,
		  "change a file or an object, or insist: `ordain try`, then `ordain confirm`");
}

/* What stands between the files and the kernel; false: nothing does. */
static bool must_wait(const struct decide_options *options, struct decision *decision,
		      struct error *ret_error, int *ret_result)
{
	const struct trial *trial = &decision->trial;

	*ret_result = 0;
	if (options->from != DECIDE_NOW)
		return false;
	if (trial->generation && !trial->left_ms) {
		*ret_result = go_back(options, decision, ret_error);
		return true;
	}
	if (trial->generation) {
		decision->basis = BASIS_TRIAL;
		say_trial(decision);
	} else if (is_taken_back(options, decision)) {
		decision->basis = BASIS_TAKEN_BACK;
		say_taken_back(decision);
	} else {
		return false;
	}
	use(options, decision, decision->accepted);
	return true;
}

int basis_choose(const struct decide_options *options, struct decision *decision,
		 struct error *ret_error)
{
	int result;

	if (options->from == DECIDE_BACK && decision->accepted)
		return go_back(options, decision, ret_error);
	if (must_wait(options, decision, ret_error, &result))
		return result;
	if (decision->held)
		note_held(decision);
	if (options->from == DECIDE_ACCEPTED || decision->held) {
		decision->basis = BASIS_ACCEPTED;
		use(options, decision, decision->accepted);
	} else {
		decision->policy = decision->written;
	}
	return 0;
}
