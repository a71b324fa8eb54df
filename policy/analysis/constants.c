/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/constants.h"

#include <string.h>

/* Beyond, what is new is "any": a bound for memory that no real program comes near. */
enum { BUCKETS = 1 << 12, SETS_MOST = 1 << 18 };

struct set {
	uint32_t next; /* in its bucket; 0: none */
	uint32_t count;
	const int64_t *values;
};

struct constants {
	struct arena *arena;
	uint32_t buckets[BUCKETS];
	struct {
		struct set *items; /* [0] stands for CONSTANTS_ANY */
		size_t count;
	} sets;
};

struct constants *constants_new(struct arena *arena)
{
	struct constants *constants = arena_alloc(arena, sizeof(*constants));

	constants->arena = arena;
	(void)list_push(arena, &constants->sets);
	return constants;
}

static uint32_t *bucket_of(struct constants *constants, const int64_t *values, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ (uint64_t)values[i]) * 0x9e3779b97f4a7c15u;
	return &constants->buckets[(hash >> 40) % BUCKETS];
}

/* `values` are in ascending order, each once. */
static uint32_t intern(struct constants *constants, const int64_t *values, size_t count)
{
	uint32_t *bucket = bucket_of(constants, values, count);
	struct set *set;

	for (uint32_t i = *bucket; i; i = constants->sets.items[i].next) {
		set = &constants->sets.items[i];
		if (set->count == count && !memcmp(set->values, values, count * sizeof(*values)))
			return i;
	}
	if (constants->sets.count == SETS_MOST)
		return CONSTANTS_ANY;
	set = list_push(constants->arena, &constants->sets);
	set->next = *bucket;
	set->count = (uint32_t)count;
	set->values = arena_memdup(constants->arena, values, count * sizeof(*values));
	*bucket = (uint32_t)(constants->sets.count - 1);
	return *bucket;
}

/* Into `sorted`, which has room for CONSTANTS_MOST; false if there is no room left. */
static bool insert(int64_t *sorted, size_t *count, int64_t value)
{
	size_t at = 0;

	while (at < *count && sorted[at] < value)
		at++;
	if (at < *count && sorted[at] == value)
		return true;
	if (*count == CONSTANTS_MOST)
		return false;
	memmove(&sorted[at + 1], &sorted[at], (*count - at) * sizeof(*sorted));
	sorted[at] = value;
	++*count;
	return true;
}

uint32_t constants_of(struct constants *constants, const int64_t *values, size_t count)
{
	int64_t sorted[CONSTANTS_MOST];
	size_t sorted_count = 0;

	for (size_t i = 0; i < count; i++)
		if (!insert(sorted, &sorted_count, values[i]))
			return CONSTANTS_ANY;
	return intern(constants, sorted, sorted_count);
}

uint32_t constants_one(struct constants *constants, int64_t value)
{
	return intern(constants, &value, 1);
}

uint32_t constants_join(struct constants *constants, uint32_t a, uint32_t b)
{
	int64_t both[2 * CONSTANTS_MOST];
	const int64_t *values;
	size_t count;

	if (a == b || a == CONSTANTS_ANY || b == CONSTANTS_ANY)
		return a == b ? a : CONSTANTS_ANY;
	count = constants_list(constants, a, &values);
	memcpy(both, values, count * sizeof(*both));
	b = (uint32_t)constants_list(constants, b, &values);
	memcpy(both + count, values, b * sizeof(*both));
	return constants_of(constants, both, count + b);
}

size_t constants_list(const struct constants *constants, uint32_t set, const int64_t **ret)
{
	*ret = constants->sets.items[set].values;
	return constants->sets.items[set].count;
}

bool constants_single(const struct constants *constants, uint32_t set, int64_t *ret)
{
	if (constants->sets.items[set].count != 1)
		return false;
	*ret = constants->sets.items[set].values[0];
	return true;
}
