/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links of others on a tcx hook that hold placeholders (placeholder.h), while what they held is an
 * element of our chain. Their links are never held or pinned here: they go when their owners do.
 */
#ifndef ORDAIN_AGENT_KERNEL_TAKEOVER_H
#define ORDAIN_AGENT_KERNEL_TAKEOVER_H

#include "agent/kernel/kernel_state.h"

/*
 * The placeholder with that program id on that hook, which is held from then on, so that what it
 * stands for outlives the loss of our pins. `quick`: only of those held. NULL: there is none.
 */
const struct placeholder *takeover_find(struct kernel_linux *linux, struct pinned_hook hook,
					uint32_t id, bool quick);

/*
 * The marks of a hook's placeholders: those pinned, or new ones, which the first placeholder pins.
 * A descriptor that stays the handle's, or -errno.
 */
int takeover_marks_of(struct kernel_linux *linux, struct pinned_hook hook);

/* A link of somebody else and what it is about to get. */
struct taken {
	int link;
	int before; /* the program that it has */
	int after; /* a new placeholder, pinned and held, or what the old one stood for */
};

#define TAKEN_NONE ((struct taken){ -1, -1, -1 })

/* Opens what a part is about. -ESTALE: it is not as it was seen. *ret is to be closed in any case. */
int takeover_open(struct kernel_linux *linux, struct pinned_hook hook, const struct step_part *part,
		  struct taken *ret, struct error *ret_error);
void takeover_close(struct taken *taken);

/* Carries out such a part alone. */
int takeover_put(struct kernel_linux *linux, struct pinned_hook hook, const struct step_part *part,
		 struct error *ret_error);

/*
 * Puts what they stand for back into all links of the hook that hold placeholders, one after the
 * other, wherever the interface is now.
 */
int takeover_give_back(struct kernel_linux *linux, struct pinned_hook hook,
		       struct error *ret_error);

/* Lets go of placeholders that are in no link any more, and pins the others if they are not. */
int takeover_settle(struct kernel_linux *linux, struct pinned_hook hook, struct error *ret_error);

void takeover_drop_all(struct kernel_linux *linux);

#endif
