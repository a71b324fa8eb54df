/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/news.h"

#include <string.h>

/* What holds of a hook now. */
struct news_item {
	const char *interface;
	enum hook hook;
	enum condition_type type;
	const char *message;
};

static const struct {
	enum condition_type type;
	const char *over; /* what is said when it holds no more */
} told[] = {
	{ CONDITION_INCOMPLETE, "complete again" },
	{ CONDITION_EXCLUSIVE, "alone again" },
	{ CONDITION_REFUSED, "no intruder any more" },
};

static const struct news_item *find(const struct news *news, const struct news_item *wanted)
{
	for (size_t i = 0; i < news->count; i++)
		if (news->items[i].type == wanted->type &&
		    !hook_compare(news->items[i].interface, news->items[i].hook, wanted->interface,
				  wanted->hook))
			return &news->items[i];
	return NULL;
}

static void keep(struct news *news, const struct news_item *item)
{
	struct news_item copy = *item;

	copy.interface = arena_strdup(news->arena, item->interface);
	copy.message = arena_strdup(news->arena, item->message);
	*list_push(news->arena, news) = copy;
}

static struct news collect(const struct plan *plan)
{
	struct news news = { .arena = arena_new() };

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];
		struct condition conditions[CONDITION_COUNT];

		conditions_judge(news.arena, chain, conditions);
		for (size_t j = 0; j < sizeof(told) / sizeof(told[0]); j++)
			if (conditions[told[j].type].status)
				keep(&news, &(struct news_item){
						    chain->interface, chain->hook, told[j].type,
						    conditions[told[j].type].message });
	}
	return news;
}

static const struct planned_chain *find_chain(const struct plan *plan, const struct news_item *item)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!hook_compare(plan->chains[i].interface, plan->chains[i].hook, item->interface,
				  item->hook))
			return &plan->chains[i];
	return NULL;
}

/* A hook that is blocked now, or not spoken of any more, has other news. */
static bool is_well(const struct planned_chain *chain)
{
	return chain && chain->action != ACTION_BLOCKED && chain->desired;
}

static const char *over(enum condition_type type)
{
	size_t at = 0;

	while (told[at].type != type)
		at++;
	return told[at].over;
}

/* Who it was, behind what is said of the foreign programs of a hook. */
static const char *who(struct arena *arena, const struct deeds *deeds, const struct plan *plan,
		       const struct news_item *item)
{
	const struct planned_chain *chain = find_chain(plan, item);
	const char *words = NULL;

	if (chain && item->type != CONDITION_INCOMPLETE)
		words = deeds_company(arena, deeds, chain->observed);
	return words ? arena_printf(arena, "; %s", words) : "";
}

static struct news_line line_of(struct arena *arena, const struct news_item *item, const char *what,
				const char *who)
{
	return (struct news_line){
		.interface = arena_strdup(arena, item->interface),
		.hook = item->hook,
		.text = arena_printf(arena, "%s %s: %s%s", item->interface, hook_name(item->hook),
				     what, who),
		.over = what != item->message,
	};
}

struct news_lines news_tell(struct news *news, const struct plan *plan, const struct deeds *deeds,
			    bool done, struct arena *arena)
{
	struct news now = collect(plan);
	struct news_lines lines = { 0 };

	for (size_t i = 0; i < news->count; i++) {
		const struct news_item *item = &news->items[i];

		if (find(&now, item))
			continue;
		if (!done && item->type == CONDITION_INCOMPLETE)
			keep(&now, item);
		else if (is_well(find_chain(plan, item)))
			*list_push(arena, &lines) = line_of(arena, item, over(item->type),
							    who(arena, deeds, plan, item));
	}
	for (size_t i = 0; i < now.count; i++) {
		const struct news_item *item = &now.items[i];
		const struct news_item *before = find(news, item);

		if (!before || strcmp(before->message, item->message) != 0)
			*list_push(arena, &lines) =
				line_of(arena, item, item->message, who(arena, deeds, plan, item));
	}
	news_free(news);
	*news = now;
	return lines;
}

void news_free(struct news *news)
{
	arena_free(news->arena);
	*news = (struct news){ 0 };
}
