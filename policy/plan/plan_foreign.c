/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_foreign.h"

#include "policy/base/text.h"

const char *foreign_words(struct arena *arena, const struct observed_program *program)
{
	if (!program)
		return "another program";
	if (!*program->name)
		return arena_printf(arena, "id %u", program->id);
	return arena_printf(arena, "id %u '%s'", program->id, program->name);
}

const char *foreign_whose(struct arena *arena, const struct observed_program *program)
{
	struct text words = TEXT(arena);

	text_printf(&words, "attached by %s", *program->attached ? program->attached : "unknown");
	if (*program->pins)
		text_printf(&words, ", pinned at %s", program->pins);
	if (*program->holders)
		text_printf(&words, ", held by %s", program->holders);
	return text_string(&words);
}
