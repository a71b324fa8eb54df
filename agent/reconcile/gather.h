/* SPDX-License-Identifier: GPL-2.0-only */
/* What a status shows beside its plan: counters, and what the agent alone knows. */
#ifndef ORDAIN_AGENT_RECONCILE_GATHER_H
#define ORDAIN_AGENT_RECONCILE_GATHER_H

#include "agent/kernel/kernel.h"
#include "agent/state/state.h"
#include "policy/render/render.h"

/* Of status->plan, in `arena`. */
void gather_counters(struct arena *arena, struct kernel *kernel, struct status *status);

/* `words` have to stay for as long as the other two. */
void gather_words(struct arena *arena, const struct agent_words *words, struct report *report,
		  struct status *status);

#endif
