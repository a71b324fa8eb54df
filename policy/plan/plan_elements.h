/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of each element of one hook. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_ELEMENTS_H
#define ORDAIN_POLICY_PLAN_PLAN_ELEMENTS_H

#include "policy/plan/placement.h"

/*
 * Fills in the elements and the violations of a chain whose hook, desire and action are set.
 * `target` is what the hook holds of ours afterwards, and where. Statements that foreign
 * programs leave unfulfilled are warned of.
 */
void plan_elements(struct arena *arena, struct planned_chain *chain, const struct placement *target,
		   struct diags *diags);

#endif
