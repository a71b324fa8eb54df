/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/sample.h"

#include <string.h>
#include <time.h>

struct sampled_hook {
	const char *interface;
	enum hook hook;
	const struct counters *counters;
};

struct sample {
	struct arena *arena; /* of the sample itself, too */
	struct timespec taken;
	struct sampled_hook *items; /* in the order of a plan: by (interface, hook) */
	size_t count;
};

static const struct counters *copy_counters(struct arena *arena, const struct counters *counters)
{
	struct counters *copy = arena_memdup(arena, counters, sizeof(*counters));

	copy->items = arena_memdup(arena, counters->items, counters->count * sizeof(*copy->items));
	for (size_t i = 0; i < copy->count; i++)
		copy->items[i].name = arena_strdup(arena, copy->items[i].name);
	return copy;
}

struct sample *sample_take(const struct status *status)
{
	struct arena *arena = arena_new();
	struct sample *sample = arena_alloc(arena, sizeof(*sample));

	sample->arena = arena;
	clock_gettime(CLOCK_MONOTONIC, &sample->taken);
	for (size_t i = 0; i < status->plan->count; i++) {
		const struct planned_chain *chain = &status->plan->chains[i];

		if (status->counters[i])
			*list_push(arena, sample) = (struct sampled_hook){
				arena_strdup(arena, chain->interface),
				chain->hook,
				copy_counters(arena, status->counters[i]),
			};
	}
	return sample;
}

void sample_free(struct sample *sample)
{
	if (sample)
		arena_free(sample->arena);
}

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void sample_compare(struct arena *arena, const struct sample *sample, struct status *status)
{
	size_t at = 0;

	if (!sample)
		return;
	status->before = arena_array(arena, const struct counters *, status->plan->count);
	status->seconds = seconds_since(&sample->taken);
	for (size_t i = 0; i < status->plan->count; i++) {
		const struct planned_chain *chain = &status->plan->chains[i];

		while (at < sample->count &&
		       hook_compare(sample->items[at].interface, sample->items[at].hook,
				    chain->interface, chain->hook) < 0)
			at++;
		if (at < sample->count && !strcmp(sample->items[at].interface, chain->interface) &&
		    sample->items[at].hook == chain->hook)
			status->before[i] = sample->items[at].counters;
	}
}
