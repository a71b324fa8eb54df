/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tallied *find(struct tally *tally, const char *interface, enum hook hook)
{
	struct tallied *items;

	for (size_t i = 0; i < tally->count; i++)
		if (!hook_compare(tally->items[i].interface, tally->items[i].hook, interface, hook))
			return &tally->items[i];
	items = reallocarray(tally->items, tally->count + 1, sizeof(*items));
	if (!items)
		abort();
	tally->items = items;
	items[tally->count] = (struct tallied){ .hook = hook };
	snprintf(items[tally->count].interface, IF_NAMESIZE, "%s", interface);
	return &items[tally->count++];
}

void tally_repair(struct tally *tally, const char *interface, enum hook hook, enum own_state own)
{
	find(tally, interface, hook)->counts[own]++;
	tally->changed = true;
}

static bool is_planned(const struct plan *plan, const struct tallied *tallied)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!hook_compare(plan->chains[i].interface, plan->chains[i].hook,
				  tallied->interface, tallied->hook))
			return true;
	return false;
}

static void keep_planned(struct tally *tally, const struct plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < tally->count; i++)
		if (is_planned(plan, &tally->items[i]))
			tally->items[kept++] = tally->items[i];
	tally->changed |= kept != tally->count;
	tally->count = kept;
}

/* In a pause or a trial nothing is taken up, nor is what may only be half replaced. */
static bool takes_up(const struct pass *pass)
{
	const struct decision *decision = pass->decision;

	if (decision->pause.paused || pass->stale)
		return false;
	return decision->held || (decision->policy && decision->basis == BASIS_FILES);
}

static bool is_successful(const struct pass *pass, int result)
{
	return !result && !diags_have_errors(&pass->decision->diags) &&
	       !diags_have_errors(&pass->diags) && !pass->failed && !plan_blocked(pass->plan);
}

bool tally_pass(struct tally *tally, const struct pass *pass, int result, int64_t now)
{
	const char *files = pass->decision->digest;
	bool changed;

	if (pass->plan)
		keep_planned(tally, pass->plan);
	if (takes_up(pass)) {
		bool successful = is_successful(pass, result);
		bool reloaded = strcmp(tally->files, files) != 0;

		tally->changed |= reloaded || tally->reload.successful != successful;
		if (reloaded)
			tally->reload.at = now;
		tally->reload.successful = successful;
		snprintf(tally->files, sizeof(tally->files), "%s", files);
	}
	changed = tally->changed;
	tally->changed = false;
	return changed;
}

struct repairs_list tally_repairs(struct arena *arena, const struct tally *tally)
{
	struct repairs_list list = { 0 };

	for (size_t i = 0; i < tally->count; i++) {
		struct repairs *item = list_push(arena, &list);

		item->interface = arena_strdup(arena, tally->items[i].interface);
		item->hook = tally->items[i].hook;
		memcpy(item->counts, tally->items[i].counts, sizeof(item->counts));
	}
	return list;
}

void tally_free(struct tally *tally)
{
	free(tally->items);
	*tally = (struct tally){ 0 };
}
