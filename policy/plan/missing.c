/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/missing.h"

#include <string.h>

#include "policy/base/text.h"

const struct missing_program *missing_find(const struct missing *missing, const char *name)
{
	for (size_t i = 0; i < missing->count; i++)
		if (!strcmp(missing->items[i].name, name))
			return &missing->items[i];
	return NULL;
}

/* The first of those that say the strictest; NULL if there are none. */
static const struct missing_program *find_strictest(const struct missing *missing)
{
	const struct missing_program *strictest = NULL;

	for (size_t i = 0; i < missing->count; i++)
		if (!strictest || missing->items[i].says > strictest->says)
			strictest = &missing->items[i];
	return strictest;
}

enum if_missing missing_decides(const struct missing *missing)
{
	const struct missing_program *strictest = find_strictest(missing);

	return strictest ? strictest->says : IF_MISSING_SKIP;
}

const struct manifest *missing_manifest(struct arena *arena, const struct manifest *whole,
					const struct missing *missing)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));

	if (missing_decides(missing) == IF_MISSING_EMPTY)
		return NULL;
	manifest->hook = whole->hook;
	manifest->call_all = whole->call_all;
	for (size_t i = 0; i < whole->count; i++) {
		const char *name = whole->items[i].name;
		const struct missing_program *program = missing_find(missing, name);

		if (!program)
			*list_push(arena, manifest) = whole->items[i];
		else if (program->says == IF_MISSING_DROP)
			*list_push(arena, manifest) = manifest_element_missing(whole->hook, name);
	}
	return manifest->count ? manifest : NULL;
}

bool missing_runs(const struct missing *missing, const struct manifest *running)
{
	for (size_t i = 0; running && i < running->count; i++)
		if (!running->items[i].missing && missing_find(missing, running->items[i].name))
			return true;
	return false;
}

const char *missing_effect(struct arena *arena, const struct missing *missing,
			   const struct missing_program *program)
{
	const struct missing_program *strictest = find_strictest(missing);

	switch (program->says) {
	case IF_MISSING_DROP:
		return "drops every packet (if_missing: drop)";
	case IF_MISSING_SKIP:
		return "left out (if_missing: skip)";
	case IF_MISSING_EMPTY:
		break;
	}
	if (strictest->says == IF_MISSING_EMPTY)
		return "nothing of ours runs here (if_missing: empty)";
	return arena_printf(arena, "left out (if_missing: empty, but %s drops every packet)",
			    strictest->name);
}

const char *missing_words(struct arena *arena, const struct missing *missing, const char *name)
{
	const struct missing_program *program = missing_find(missing, name);
	const struct missing_program *strictest = find_strictest(missing);

	if (program)
		return arena_printf(arena, "cannot run: %s",
				    missing_effect(arena, missing, program));
	if (!strictest || strictest->says != IF_MISSING_EMPTY)
		return NULL;
	return arena_printf(arena, "left out: %s cannot run (if_missing: empty)", strictest->name);
}

const char *missing_summary(struct arena *arena, const struct missing *missing)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; i < missing->count; i++)
		text_printf(&text, "%s%s %s", i ? "; " : "", missing->items[i].name,
			    missing_words(arena, missing, missing->items[i].name));
	return text_string(&text);
}
