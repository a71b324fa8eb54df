/* SPDX-License-Identifier: GPL-2.0-only */
/* How a link of ours comes to a hook, and how it goes there again in another mode. */
#ifndef ORDAIN_AGENT_KERNEL_ATTACH_H
#define ORDAIN_AGENT_KERNEL_ATTACH_H

#include "agent/kernel/kernel_state.h"

/* Where the step's link goes. */
struct attach_place {
	unsigned int number; /* of the link, among those of ours on the hook */
	struct hook_place place;
};

struct attach_place attach_place(const struct step *step, const struct step_part *part);

/*
 * Attaches a program to the hook of the step in that mode, pins the link and holds it. The pins of
 * the program's chain have to be complete: a link that shows up leads to its chain. On failure no
 * link is left; errors as kernel_execute() has them.
 */
int attach_link(struct kernel_linux *linux, const struct step *step,
		const struct attach_place *place, int program, enum xdp_mode mode,
		struct error *ret_error);

/* Why the kernel did not `verb` the step's chain, and what that means; the code to go on with. */
int attach_refused(const struct step *step, const char *verb, int result, struct error *ret_error);

/*
 * Detaches our link, whose program is `old`, and attaches `program` in the step's mode. If that
 * fails, `old` is put back in the other mode. `held` is let go of.
 */
int attach_again(struct kernel_linux *linux, const struct step *step, struct held_link *held,
		 int old, int program, struct error *ret_error);

#endif
