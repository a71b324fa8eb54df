/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains that are on an XDP hook by no link of ours: attached by netlink, where the door is open to
 * loaders that force their way in, or in the link of somebody whose program they absorbed. What
 * tells that such a chain is ours is that its program is pinned for the hook.
 */
#ifndef ORDAIN_AGENT_KERNEL_UNLOCKED_H
#define ORDAIN_AGENT_KERNEL_UNLOCKED_H

#include "agent/kernel/kernel_state.h"

/* The id of our chain there; 0: none, as far as the hook is held by no link of ours. */
uint32_t unlocked_program(struct kernel_linux *linux, struct pinned_hook hook);

/* The manifest of that pinned chain; NULL if it cannot be read. */
const struct manifest *hook_manifest(struct kernel_linux *linux, struct arena *arena,
				     struct pinned_hook hook, uint32_t program);

/*
 * What of ours is on that hook, or was, where no link of ours is: sets own, unlocked, manifest,
 * since and absorbed. False, and nothing is set, if there is nothing of ours.
 */
bool unlocked_look(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
		   const struct hook_state *state, struct observed_hook *ret);

/*
 * Attaches, takes over or updates, as the step says: the new chain goes where the program
 * `step->expected_program` is. Errors as kernel_execute() has them.
 */
int unlocked_put(struct kernel_linux *linux, const struct step *step, const struct linked *linked,
		 struct error *ret_error);

/* Puts the program of others back that the step names, or nothing; and removes the pins. */
int unlocked_leave(struct kernel_linux *linux, const struct step *step, struct error *ret_error);

#endif
