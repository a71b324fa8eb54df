/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what was decided, for the commands that do. */
#ifndef ORDAIN_AGENT_COMMANDS_APPLYING_H
#define ORDAIN_AGENT_COMMANDS_APPLYING_H

#include "agent/commands/command.h"

/* What is to be put in force, and how. */
struct applying {
	struct session *session;
	struct decision *decision;
	const struct trial_terms *trial; /* NULL: a new policy is accepted for good */
	bool silent; /* nothing is printed but what goes wrong */
};

/* False after a message: nothing can be used, or somebody forbade it. */
bool applying_may(const struct session *session, const struct decision *decision);

/* One pass under the lock for it, and again where somebody was faster. Prints; an exit code. */
int applying_run(const struct applying *applying);

/*
 * Decides what is to be now. Where a trial is over and nobody has gone back yet, that comes first. NULL
 * after a message.
 */
struct decision *applying_decide(struct session *session);

/*
 * What a command does between taking the lock and giving it back, which is in the end at the latest.
 * `guard`: see guard_start(), or -1.
 */
int applying_locked(const struct options *options, int guard, int (*run)(struct session *session));

/*
 * All is done that needs the lock, and a trial has begun if one was to. Before anything long is
 * written: a terminal that takes no more must hold up nobody who goes back.
 */
void applying_done(struct session *session);

#endif
