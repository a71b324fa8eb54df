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
		if (hook->programs[i].ours)
			return &hook->programs[i];
	return NULL;
}

const struct manifest *observed_running(const struct observed_hook *hook)
{
	bool runs = hook->own == OWN_ATTACHED || hook->own == OWN_UNPINNED;

	return runs ? hook->manifest : NULL;
}
