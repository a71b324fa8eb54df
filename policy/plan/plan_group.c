/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_group.h"

struct groups {
	struct hook_group *items;
	size_t count;
};

static struct hook_group *find_group(const struct groups *groups, const struct grouping *grouping,
				     const struct planned_chain *chain)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct planned_chain *first = groups->items[i].items[0];

		if (first->hook == chain->hook && grouping->same(first, chain))
			return &groups->items[i];
	}
	return NULL;
}

void plan_report_grouped(const struct plan *plan, const struct grouping *grouping,
			 struct diags *diags)
{
	struct groups groups = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];
		struct hook_group *group;

		if (!grouping->applies(chain))
			continue;
		group = find_group(&groups, grouping, chain);
		if (!group)
			group = list_push(diags->arena, &groups);
		*list_push(diags->arena, group) = chain;
	}
	for (size_t i = 0; i < groups.count; i++)
		grouping->report(&groups.items[i], diags);
}

const char *hook_group_words(struct arena *arena, const struct hook_group *group)
{
	const char **names = arena_array(arena, const char *, group->count);
	struct text text = TEXT(arena);

	for (size_t i = 0; i < group->count; i++)
		names[i] = group->items[i]->interface;
	text_add_few(&text, names, group->count);
	text_printf(&text, " %s", hook_name(group->items[0]->hook));
	return text_string(&text);
}
