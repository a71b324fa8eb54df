/* SPDX-License-Identifier: GPL-2.0-only */
/* Do two declarations say the same? */
#include <string.h>

#include "policy/model/layer.h"

static bool same_words(const struct words *a, const struct words *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].text, b->items[i].text) != 0)
			return false;
	return true;
}

static bool same_variable(const struct variable *a, const struct variable *b)
{
	if (a->kind != b->kind || a->list_count != b->list_count)
		return false;
	if (a->kind == VARIABLE_STRING)
		return !strcmp(a->string, b->string);
	if (a->kind == VARIABLE_LIST)
		return !a->list_count ||
		       !memcmp(a->list, b->list, a->list_count * sizeof(*a->list));
	return a->integer == b->integer && a->huge == b->huge;
}

/* One list may set what the other does not; but the empty one clears all. */
static bool same_variables(const struct variables *a, const struct variables *b)
{
	size_t j = 0;

	if (!a->count != !b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		while (j < b->count && strcmp(b->items[j].name, a->items[i].name) < 0)
			j++;
		if (j < b->count && !strcmp(b->items[j].name, a->items[i].name) &&
		    !same_variable(&a->items[i], &b->items[j]))
			return false;
	}
	return true;
}

bool program_agrees(const struct program *a, const struct program *b, size_t key)
{
	size_t offset = schema_program.keys[key].offset;
	const void *x = (const char *)a + offset;
	const void *y = (const char *)b + offset;

	switch (schema_program.keys[key].type) {
	case KEY_STAGE:
	case KEY_PRIORITY:
	case KEY_CHOICE:
		return ((const struct number *)x)->value == ((const struct number *)y)->value;
	case KEY_BOOLEAN:
		return ((const struct flag *)x)->value == ((const struct flag *)y)->value;
	case KEY_NAMES:
	case KEY_VERDICTS:
		return same_words(x, y);
	case KEY_VARIABLES:
		return same_variables(x, y);
	default:
		return false; /* what cannot be overridden is refused where it is read */
	}
}
