/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks that live where the pins live, BPFFS/ordain/netns-COOKIE, so that two agents that would
 * touch the same chains meet whatever their --root is. flock(2) on directories of bpffs, which
 * must be there: bpffs_ensure() comes first.
 */
#ifndef ORDAIN_AGENT_SYSTEM_LOCK_H
#define ORDAIN_AGENT_SYSTEM_LOCK_H

#include <stdbool.h>

#include "agent/system/paths.h"

enum lock_kind {
	LOCK_AGENT, /* for an agent's lifetime */
	LOCK_PASS, /* for one pass, of whoever makes it */
};

/*
 * Takes the lock and returns a descriptor that holds it until closed. LOCK_AGENT is never waited
 * for: -EWOULDBLOCK, and the error names the process that has it. LOCK_PASS is waited for, up to
 * ten seconds, and then -EWOULDBLOCK too.
 */
int lock_take(const struct paths *paths, enum lock_kind kind, struct error *ret_error);

/*
 * Is what the descriptor locks still what others would lock? Not when somebody removed the
 * directory: then it has to be taken anew.
 */
bool lock_stands(const struct paths *paths, enum lock_kind kind, int lock);

/*
 * The process that holds the agent's lock; 0 if none, or none that our namespace of process ids
 * has. Makes nothing and locks nothing.
 */
int lock_agent_pid(const struct paths *paths);

#endif
