/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process of its own that goes back when a trial is over and no agent has done so: whatever became
 * of the command that began it, its terminal and its session.
 */
#ifndef ORDAIN_AGENT_COMMANDS_GUARD_H
#define ORDAIN_AGENT_COMMANDS_GUARD_H

#include "agent/commands/options.h"

/*
 * Before anything was opened that must not stay open. The guard waits until the descriptor that is
 * returned is closed, which a process cannot help to do in the end, and looks then whether a trial was
 * begun. Negative errno.
 */
int guard_start(const struct options *options);

#endif
