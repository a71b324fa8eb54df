/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs of others become elements of our chain on an XDP hook. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_ABSORB_H
#define ORDAIN_POLICY_PLAN_PLAN_ABSORB_H

#include "policy/plan/plan.h"

struct absorption {
	/* What is desired, with the programs of others where the order has them; NULL: no chain. */
	const struct manifest *target;
	const struct observed_program *newcomer; /* holds the hook, and is to be taken over; NULL */
	const struct observed_program *gives_back; /* absorbed, and not to be any more; NULL: none */
	const struct observed_program *stuck; /* not wanted, but others are called from its place */
	const struct observed_program *lost; /* not wanted, and its place goes to `gives_back` */
	const struct observed_program *withdrawn; /* absorbed, and its owner took it off; NULL */
	bool guessed; /* nobody knows whether it was that one */
	bool unlocked; /* the chain is held by no link of ours */
};

/* Does the policy absorb whatever comes to the hook (door.h)? */
bool absorb_has_door(const struct desired *desired);

/* Does the policy absorb anything on that XDP hook, so that changes there are to be seen at once? */
bool absorb_watches(const struct desired *desired);

/* Is anything of others an element there, or may become one? */
bool absorb_concerns(const struct desired *desired, const struct observed_hook *observed);

/*
 * `desired` may be NULL. A look without details, as a poll makes it, leads to no newcomer: whoever
 * polls asks plan_guests(), too.
 */
struct absorption absorb_decide(struct arena *arena, const struct desired *desired,
				const struct observed_hook *observed);

/*
 * Why the hook is not held as the policy wants it, which no swap can change: a lock that is to be a
 * door, or the other way round. NULL: it is.
 */
const char *absorb_held_wrong(const struct desired *desired, const struct observed_hook *observed,
			      const struct absorption *absorption);

/* What comes with it that nobody may expect: diagnostics (plan_exposed.c). */
void absorb_report(const struct planned_chain *chain, const struct absorption *absorption,
		   struct diags *diags);

/* A warning for each door that is opened, however many hooks it is. */
void doors_report(const struct plan *plan, struct diags *diags);

#endif
