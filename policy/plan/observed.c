/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/observed.h"

#include <stddef.h>
#include <string.h>

int hook_compare(const char *interface_a, enum hook a, const char *interface_b, enum hook b)
{
	int order = strcmp(interface_a, interface_b);

	return order ? order : (a > b) - (a < b);
}

const struct observed_hook *observed_find(const struct observed *observed, const char *interface,
					  enum hook hook)
{
	size_t low = 0;
	size_t high = observed->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct observed_hook *candidate = &observed->hooks[middle];
		int order = hook_compare(interface, hook, candidate->interface, candidate->hook);

		if (!order)
			return candidate;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct observed_program *observed_own(const struct observed_hook *hook)
{
	for (size_t i = 0; i < hook->program_count; i++)
		if (hook->programs[i].ours && observed_segment(hook, i).chain)
			return &hook->programs[i];
	return NULL;
}

/* Several links, or one whose fellows are gone. */
static bool has_segments(const struct observed_hook *hook)
{
	for (size_t i = 0; i < hook->program_count; i++)
		if (hook->programs[i].segment)
			return true;
	return false;
}

const struct manifest *observed_running(const struct observed_hook *hook)
{
	bool runs = hook->own == OWN_ATTACHED || hook->own == OWN_UNPINNED;

	return runs || has_segments(hook) ? hook->manifest : NULL;
}

struct observed_segment observed_segment(const struct observed_hook *hook, size_t program)
{
	const struct observed_program *found = &hook->programs[program];

	if (found->segment)
		return *found->segment;
	return (struct observed_segment){ .chain = found->id,
					  .own = hook->own,
					  .manifest = hook->manifest,
					  .since = hook->since };
}

const struct manifest *segment_running(const struct observed_segment *segment)
{
	bool runs = segment->own == OWN_ATTACHED || segment->own == OWN_UNPINNED;

	return runs ? segment->manifest : NULL;
}

static enum own_state worse(enum own_state a, enum own_state b)
{
	static const int badness[] = {
		[OWN_NONE] = 0,	    [OWN_ATTACHED] = 1,	   [OWN_UNPINNED] = 2,
		[OWN_DETACHED] = 3, [OWN_OVERWRITTEN] = 4,
	};

	return badness[a] > badness[b] ? a : b;
}

void observed_sum_up(struct arena *arena, struct observed_hook *hook, bool dead)
{
	struct manifest *whole = arena_alloc(arena, sizeof(*whole));
	bool readable = true, several = false;

	whole->hook = hook->hook;
	hook->own = dead ? OWN_DETACHED : OWN_NONE;
	for (size_t i = 0; i < hook->program_count; i++) {
		const struct observed_segment *segment = hook->programs[i].segment;
		const struct manifest *running = segment ? segment_running(segment) : NULL;

		several |= segment && segment->chain;
		if (!segment || !segment->chain)
			continue;
		hook->own = worse(hook->own, segment->own);
		hook->since = segment->since > hook->since ? segment->since : hook->since;
		readable &= running || segment->own == OWN_OVERWRITTEN;
		whole->call_all |= running && running->call_all;
		for (size_t j = 0; running && j < running->count; j++)
			*list_push(arena, whole) = running->items[j];
	}
	hook->manifest = several && readable && whole->count ? whole : NULL;
}
