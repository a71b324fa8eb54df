/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/applying.h"

static int undo(struct session *session)
{
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	struct applying applying = { .session = session };

	decision = session_decide(session, DECIDE_BACK, false);
	if (!decision)
		return EXIT_ERROR;
	if (decision->basis != BASIS_BACK)
		return say_error("there is no generation to go back to; nothing was changed");
	if (decision->detached.all)
		say_error("everything was detached by hand and stays so until `ordain resume`");
	applying.decision = decision;
	return applying_run(&applying);
}

int command_undo(const struct options *options)
{
	return applying_locked(options, -1, undo);
}
