/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the policy foreign programs leave unfulfilled. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_VERIFY_H
#define ORDAIN_POLICY_PLAN_PLAN_VERIFY_H

#include "policy/plan/plan.h"

/*
 * Sets the violations of the chain's elements, which are complete otherwise, and their number, and
 * warns of them. Nothing is ever blocked by what a foreign program does.
 */
void plan_verify(struct arena *arena, struct planned_chain *chain, struct diags *diags);

#endif
