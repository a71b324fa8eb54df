/* SPDX-License-Identifier: GPL-2.0-only */
/* `others: refuse`: foreign programs that no entry names, where nobody can keep them off. Part of
 * plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_REFUSED_H
#define ORDAIN_POLICY_PLAN_PLAN_REFUSED_H

#include "policy/plan/plan.h"

/* Is it a hook to which others may come, though the policy wants none that it does not name? */
bool refuses_foreign(const struct chain *chain);

/* Where `others: refuse` is said of the hook; nowhere if it is not. */
struct span refused_span(const struct planned_chain *chain);

/* Sets `refused` of the elements, which are complete otherwise, and counts the violation. */
void plan_refused(struct arena *arena, struct planned_chain *chain);

/* A warning for each entry that refuses in vain, however many hooks and programs it is. */
void refused_report(const struct plan *plan, struct diags *diags);

#endif
