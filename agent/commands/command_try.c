/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "agent/commands/applying.h"
#include "agent/commands/guard.h"

enum { DEFAULT_SECONDS = 120 };

static int nothing_new(const struct decision *decision)
{
	if (decision->trial.generation)
		printf("Generation %llu is on trial already.\n",
		       (unsigned long long)decision->trial.generation);
	else
		printf("Nothing to try: what the files say is in force as generation %llu.\n",
		       (unsigned long long)decision->generation);
	return EXIT_OK;
}

static int try(const struct session *session)
{
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	const struct options *options = session->options;
	const struct trial_terms terms = {
		.seconds = options->timeout_seconds ? options->timeout_seconds : DEFAULT_SECONDS,
		.allow_gap = options->allow_gap,
	};
	struct applying applying = { .session = session, .trial = &terms };

	decision = session_decide(session, DECIDE_FILES, false);
	if (!decision || !applying_may(session, decision))
		return EXIT_ERROR;
	if (!decision_is_new(decision) && !decision->held)
		return nothing_new(decision);
	applying.decision = decision;
	return applying_run(&applying);
}

int command_try(const struct options *options)
{
	int guard = guard_start(options);

	if (guard < 0)
		return say_error("cannot start what would go back: %s; nothing was changed",
				 strerror(-guard));
	return applying_locked(options, try);
}
