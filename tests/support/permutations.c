/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/permutations.h"

#include <string.h>

static struct permutations {
	int items[PERMUTATIONS][PERMUTED_MAX]; /* in lexicographic order */
	int count; /* 0: not made yet */
	struct mask all;
	struct mask with[PERMUTED_MAX][PERMUTED_MAX];
} tables[PERMUTED_MAX + 1];

bool mask_empty(const struct mask *mask)
{
	for (int i = 0; i < MASK_WORDS; i++)
		if (mask->words[i])
			return false;
	return true;
}

struct mask mask_and(struct mask a, const struct mask *b)
{
	for (int i = 0; i < MASK_WORDS; i++)
		a.words[i] &= b->words[i];
	return a;
}

static void permute(struct permutations *table, int count, int depth, unsigned int used,
		    int *prefix)
{
	int at = table->count;

	for (int i = 0; depth < count && i < count; i++) {
		if (used >> i & 1)
			continue;
		prefix[depth] = i;
		permute(table, count, depth + 1, used | 1u << i, prefix);
	}
	if (depth < count)
		return;
	table->count++;
	memcpy(table->items[at], prefix, sizeof(int) * (size_t)count);
	table->all.words[at / 64] |= UINT64_C(1) << (at % 64);
	for (int i = 0; i < count; i++)
		for (int j = i + 1; j < count; j++)
			table->with[prefix[i]][prefix[j]].words[at / 64] |= UINT64_C(1)
									    << (at % 64);
}

static const struct permutations *table_of(int count)
{
	int prefix[PERMUTED_MAX] = { 0 };

	if (!tables[count].count)
		permute(&tables[count], count, 0, 0, prefix);
	return &tables[count];
}

const struct mask *permutations_all(int count)
{
	return &table_of(count)->all;
}

const struct mask *permutations_with(int count, int first, int second)
{
	return &table_of(count)->with[first][second];
}

const int *permutation_smallest(int count, const struct mask *mask)
{
	int at = 0;

	while (!(mask->words[at / 64] >> (at % 64) & 1))
		at++;
	return table_of(count)->items[at];
}
