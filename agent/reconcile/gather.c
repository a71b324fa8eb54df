/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/gather.h"

#include <time.h>

#include "agent/notice/lockouts.h"

void gather_counters(struct arena *arena, struct kernel *kernel, struct status *status)
{
	const struct plan *plan = status->plan;

	status->counters = arena_array(arena, const struct counters *, plan->count);
	for (size_t i = 0; i < plan->count; i++)
		kernel_counters(kernel, arena, plan->chains[i].ifindex, plan->chains[i].hook,
				&status->counters[i]);
}

/* The agent does not write anew only since time has passed. */
static struct locked_outs recent(struct arena *arena, const struct locked_outs *all)
{
	struct locked_outs list = { 0 };

	for (size_t i = 0; i < all->count; i++)
		if (time(NULL) - all->items[i].at < LOCKOUT_SECONDS)
			*list_push(arena, &list) = all->items[i];
	return list;
}

void gather_words(struct arena *arena, const struct agent_words *words, struct report *report,
		  struct status *status)
{
	report->noticing = words->noticing;
	status->agent_told = true;
	status->locked_out = recent(arena, &words->locked_out);
	status->repairs = words->repairs;
	status->reload = words->reload;
}
