/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks of several interfaces that are in trouble for the same reason share one diagnostic. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_GROUP_H
#define ORDAIN_POLICY_PLAN_PLAN_GROUP_H

#include "policy/plan/plan.h"

/* Hooks of one kind with one cause, in the order of the plan; never empty. */
struct hook_group {
	const struct planned_chain **items;
	size_t count;
};

/* What is told of, when two of them have the same cause, and how it is told. */
struct grouping {
	bool (*applies)(const struct planned_chain *chain);
	/* Only asked for two of the same kind of hook, to both of which it applies. */
	bool (*same)(const struct planned_chain *a, const struct planned_chain *b);
	void (*report)(const struct hook_group *group, struct diags *diags);
};

/* Reports each group once, in the order of their first hooks. */
void plan_report_grouped(const struct plan *plan, const struct grouping *grouping,
			 struct diags *diags);

/* "eth0, eth1 and 7 more tcx-ingress" */
const char *hook_group_words(struct arena *arena, const struct hook_group *group);

#endif
