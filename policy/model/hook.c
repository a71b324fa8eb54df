/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/hook.h"

#include <stddef.h>
#include <string.h>

#include "policy/base/text.h"

#define NAME(symbol, name) name,
static const char *const hook_names[] = { HOOKS(NAME) };
static const char *const stage_names[] = { STAGES(NAME) };
#undef NAME

/* The values of enum xdp_action, and those of TC_ACT_* that a tcx program may end with. */
static const char *const xdp_verdicts[VERDICT_SLOTS] = {
	"aborted",
	"drop",
	"pass",
	"tx",
	"redirect",
	[VERDICT_OTHER] = "other",
	[VERDICT_MISSED] = "missed",
};
static const char *const tcx_verdicts[VERDICT_SLOTS] = {
	[0] = "pass",
	[1] = "reclassify",
	[2] = "drop",
	[3] = "pipe",
	[4] = "stolen",
	[5] = "queued",
	[6] = "repeat",
	[7] = "redirect",
	[VERDICT_OTHER] = "other",
	[VERDICT_NEXT] = "next",
	[VERDICT_MISSED] = "missed",
};

const char *hook_name(enum hook hook)
{
	return hook_names[hook];
}

const char *stage_name(enum stage stage)
{
	return stage_names[stage];
}

const char *hooks_words(struct arena *arena, unsigned int hooks)
{
	struct text text = TEXT(arena);

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		if (hooks & (1u << hook))
			text_printf(&text, "%s%s", text.length ? " and " : "", hook_name(hook));
	return text_string(&text);
}

static int find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

bool hook_from_name(const char *name, enum hook *ret)
{
	int found = find_name(hook_names, HOOK_COUNT, name);

	if (found >= 0)
		*ret = (enum hook)found;
	return found >= 0;
}

bool stage_from_name(const char *name, enum stage *ret)
{
	int found = find_name(stage_names, STAGE_COUNT, name);

	if (found >= 0)
		*ret = (enum stage)found;
	return found >= 0;
}

const char *verdict_name(enum hook hook, unsigned int slot)
{
	if (slot >= VERDICT_SLOTS)
		return NULL;
	return hook == HOOK_XDP ? xdp_verdicts[slot] : tcx_verdicts[slot];
}

bool verdict_drops(enum hook hook, unsigned int slot)
{
	/* XDP drops what it does not know (XDP_ABORTED, unknown values); tcx passes it on. */
	if (hook == HOOK_XDP)
		return slot <= 1 || slot == VERDICT_OTHER;
	return slot == 2;
}

bool verdict_continues(enum hook hook, unsigned int slot)
{
	return hook == HOOK_XDP ? slot == 2 : slot == VERDICT_NEXT;
}

unsigned int verdicts_continuing(enum hook hook)
{
	unsigned int slots = 0;

	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
		if (verdict_continues(hook, slot))
			slots |= 1u << slot;
	return slots;
}
