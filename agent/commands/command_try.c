/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/commands/applying.h"
#include "agent/commands/guard.h"

enum { DEFAULT_SECONDS = 120 };

static int nothing_new(const struct applying *applying)
{
	const struct decision *decision = applying->decision;
	const struct trial *trial = &decision->trial;
	unsigned long long generation = decision->generation;

	if (trial->generation && !trial->left_ms)
		return say_error("the trial of generation %llu is over: it is being taken back",
				 generation);
	if (applying->session->options->output != OUTPUT_TABLE)
		return applying_run(applying);
	if (trial->generation)
		printf("Generation %llu is on trial already, for another %lld s: `ordain confirm` "
		       "keeps it.\n",
		       generation, (long long)(trial->left_ms + 999) / 1000);
	else
		printf("Nothing to try: what the files say is in force as generation %llu.\n",
		       generation);
	return EXIT_OK;
}

/*
 * An agent takes up an edit within a moment: whoever edits and then tries means that edit all the
 * same. *ret_back: where that trial goes back to.
 */
static bool was_just_accepted(const struct session *session, const struct decision *decision,
			      const struct trial_terms *terms, uint64_t *ret_back)
{
	const struct accepted *accepted = decision->accepted;

	if (decision->trial.generation || decision->trial.confirmed ||
	    time(NULL) - accepted->time >= terms->seconds)
		return false;
	*ret_back = state_generation_before(session->paths, accepted->generation);
	return *ret_back || accepted->generation == 1;
}

static int try_accepted(const struct applying *applying, uint64_t back)
{
	const struct session *session = applying->session;
	const struct accepted *accepted = applying->decision->accepted;
	struct error error;

	if (state_begin_trial(session->paths, accepted->generation, accepted->generation, back,
			      applying->trial, &error))
		return say_error("%s", error.text);
	if (session->options->output == OUTPUT_TABLE)
		printf("Generation %llu was accepted %lld s ago, and is on trial from now on.\n\n",
		       (unsigned long long)accepted->generation,
		       (long long)(time(NULL) - accepted->time));
	return applying_run(applying);
}

static int try(struct session *session)
{
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	const struct options *options = session->options;
	const struct trial_terms terms = {
		.seconds = options->timeout_seconds ? options->timeout_seconds : DEFAULT_SECONDS,
		.allow_gap = options->allow_gap,
	};
	struct applying applying = { .session = session, .trial = &terms };
	uint64_t back;

	decision = session_decide(session, DECIDE_FILES, false);
	if (!decision || !applying_may(session, decision))
		return EXIT_ERROR;
	applying.decision = decision;
	if (decision_is_new(decision) || decision->held)
		return applying_run(&applying);
	if (was_just_accepted(session, decision, &terms, &back))
		return try_accepted(&applying, back);
	return nothing_new(&applying);
}

int command_try(const struct options *options)
{
	int guard = guard_start(options);

	if (guard < 0)
		return say_error("cannot start what would go back: %s; nothing was changed",
				 strerror(-guard));
	return applying_locked(options, guard, try);
}
