/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/file_changes.h"

#include <string.h>

#include "policy/base/utf8.h"

/* The order of both lists. */
static int compare(const struct source *a, const struct source *b)
{
	int order = strcmp(a->name, b->name);

	return order ? order : (int)a->tier - (int)b->tier;
}

static bool same_text(const struct source *a, const struct source *b)
{
	return a->unread == b->unread && a->length == b->length &&
	       (!a->length || !memcmp(a->text, b->text, a->length));
}

static void add(struct text *words, char symbol, const struct source *source)
{
	text_printf(words, "%s%c ", words->length ? ", " : "", symbol);
	utf8_show_string(words, source->tier == TIER_ETC ? source->name : source->path);
}

const char *file_changes(struct arena *arena, const struct sources *before,
			 const struct sources *now)
{
	const struct sources none = { 0 };
	struct text words = TEXT(arena);
	size_t i = 0, j = 0;

	before = before ? before : &none;
	while (i < before->count || j < now->count) {
		int order = i == before->count ? 1
			    : j == now->count  ? -1
					       : compare(&before->items[i], &now->items[j]);

		if (order < 0) {
			add(&words, '-', &before->items[i++]);
		} else if (order > 0) {
			add(&words, '+', &now->items[j++]);
		} else {
			if (!same_text(&before->items[i], &now->items[j]))
				add(&words, '~', &now->items[j]);
			i++;
			j++;
		}
	}
	return text_string(&words);
}
