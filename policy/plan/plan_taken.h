/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks that somebody else holds: by whom, and how to get him off. That is XDP, where there is room
 * for one; and tcx where a chain of ours runs whose pins are not here, since what it runs would run
 * twice. Part of plan.c.
 */
#ifndef ORDAIN_POLICY_PLAN_PLAN_TAKEN_H
#define ORDAIN_POLICY_PLAN_PLAN_TAKEN_H

#include "policy/plan/plan.h"

/* Who holds a hook on which no link of ours is known; NULL: nobody. */
const struct observed_program *taken_holder(const struct observed_hook *hook);

/* "held by id 66 'xdp_foo' (link 12), what 'foo' means": the note of a hook that is taken. */
const char *taken_words(struct arena *arena, const struct desired *desired,
			const struct observed_hook *hook);

/* An error for the hooks of a plan that are taken; those that are so alike share one. */
void taken_report(const struct plan *plan, struct diags *diags);

#endif
