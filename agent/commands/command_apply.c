/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/applying.h"

/* Neither is broken off by an `apply`, which some cron job may say. */
static bool may_follow_files(const struct decision *decision)
{
	switch (decision->basis) {
	case BASIS_TRIAL:
		say_error(
			"generation %llu is on trial: `ordain confirm` or `ordain undo` first, or "
			"`ordain try` the files as they are now; nothing was changed",
			(unsigned long long)decision->trial.generation);
		return false;
	case BASIS_TAKEN_BACK:
		say_error("what the files say was taken back with generation %llu; change it, or "
			  "insist with `ordain try` and `ordain confirm`; generation %llu stays",
			  (unsigned long long)decision->taken_back.generation,
			  (unsigned long long)decision->generation);
		return false;
	default:
		return true;
	}
}

static int apply(struct session *session)
{
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	struct applying applying = { .session = session };

	decision = applying_decide(session);
	if (!decision)
		return EXIT_ERROR;
	applying.decision = decision;
	if (!may_follow_files(decision)) {
		/* What stays may have to be put back: after a boot there is none of it. */
		if (decision->basis == BASIS_TAKEN_BACK && !decision->detached.all)
			applying_run(&applying);
		return EXIT_ERROR;
	}
	if (!applying_may(session, decision))
		return EXIT_ERROR;
	return applying_run(&applying);
}

int command_apply(const struct options *options)
{
	return applying_locked(options, -1, apply);
}
