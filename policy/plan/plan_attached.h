/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of the foreign programs on a hook the policy means. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_ATTACHED_H
#define ORDAIN_POLICY_PLAN_PLAN_ATTACHED_H

#include "policy/plan/plan.h"

/* Does the entry mean it, by its full name and by where it is pinned, as far as it says so? */
bool attached_means(const struct program *entry, const struct observed_program *program);

/*
 * Beside hook->programs: the entry of the policy that means it, the first by name if several do;
 * NULL for ours, and for what no entry means. All NULL where the policy has no chain.
 */
const struct program **attached_entries(struct arena *arena, const struct desired *desired,
					const struct observed_hook *hook);

/* One foreign program that two entries mean. */
struct ambiguity {
	const struct observed_program *program; /* NULL: there is none */
	const struct program *entries[2];
};

struct ambiguity attached_ambiguity(const struct desired *desired,
				    const struct observed_hook *hook);

/* Notes which entries mean nothing that is attached: one for each, however many hooks it is. */
void attached_report_waiting(const struct plan *plan, struct diags *diags);

#endif
