/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/marks/readonly.h"

const char *readonly_name(enum readonly readonly)
{
	static const char *const names[] = {
		[READONLY_UNPROVEN] = "unproven",
		[READONLY_PROVEN] = "proven",
		[READONLY_REFUTED] = "refuted",
	};

	return names[readonly];
}

enum readonly readonly_from(enum opinion analysis, enum opinion kernel)
{
	if (analysis == OPINION_REFUTED)
		return READONLY_REFUTED;
	if (analysis == OPINION_READONLY && kernel == OPINION_READONLY)
		return READONLY_PROVEN;
	return READONLY_UNPROVEN;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

struct judgement *judgement_copy(struct arena *arena, const struct judgement *judgement)
{
	struct judgement *copy = arena_memdup(arena, judgement, sizeof(*judgement));

	copy->function = copy_text(arena, judgement->function);
	copy->kernel_words = copy_text(arena, judgement->kernel_words);
	copy->details = NULL;
	copy->reasons = arena_memdup(arena, judgement->reasons,
				     judgement->count * sizeof(*judgement->reasons));
	for (size_t i = 0; i < copy->count; i++) {
		copy->reasons[i].file = copy_text(arena, judgement->reasons[i].file);
		copy->reasons[i].what = copy_text(arena, judgement->reasons[i].what);
	}
	return copy;
}

const char *opinion_name(enum opinion opinion)
{
	static const char *const names[] = {
		[OPINION_NOT_ASKED] = "not asked",
		[OPINION_READONLY] = "readonly",
		[OPINION_REFUTED] = "refuted",
		[OPINION_UNKNOWN] = "unknown",
	};

	return names[opinion];
}
