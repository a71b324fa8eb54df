/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include "agent/commands/applying.h"
#include "agent/reconcile/say.h"

/* Somebody may have confirmed it already; whoever does it again has what he wants. */
static int confirm_nothing(const struct decision *decision)
{
	if (decision->basis != BASIS_FILES || !decision->accepted || decision_is_new(decision))
		return say_error("nothing is on trial%s",
				 decision->basis == BASIS_TAKEN_BACK
					 ? ", and what the files say was taken back"
					 : "");
	printf("Nothing is on trial; generation %llu is in force.\n",
	       (unsigned long long)decision->generation);
	return EXIT_OK;
}

static int confirm(struct session *session)
{
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	struct error error;

	decision = applying_decide(session);
	if (!decision)
		return EXIT_ERROR;
	if (!decision->trial.generation)
		return confirm_nothing(decision);
	if (state_confirm_trial(session->paths, decision->trial.generation, &error))
		return say_error("%s", error.text);
	say_order(session->journal, "confirm",
		  arena_printf(decision->arena, "generation %llu confirmed",
			       (unsigned long long)decision->trial.generation),
		  NULL);
	printf("Confirmed: generation %llu stays.\n",
	       (unsigned long long)decision->trial.generation);
	return EXIT_OK;
}

int command_confirm(const struct options *options)
{
	return applying_locked(options, -1, confirm);
}
