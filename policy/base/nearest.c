/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/policy.h"

#include <string.h>

enum { MAX_LENGTH = 64, MAX_DISTANCE = 3 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One edit for each three characters, so that short names are not taken for each other. */
static size_t threshold(size_t length)
{
	return smaller((length + 1) / 3, MAX_DISTANCE);
}

static char lower(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* The case of letters does not count. */
static bool differ(char a, char b)
{
	return lower(a) != lower(b);
}

/*
 * Edits from a to b: insert, delete, replace, or swap two neighbours (Damerau and Levenshtein, no
 * edit inside a swap). `rows` are the distances of a's first i characters to all starts of b.
 */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][MAX_LENGTH + 1] = { 0 };
	size_t *two_above = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = two_above;

		two_above = above;
		above = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = smaller(smaller(above[j], row[j - 1]) + 1,
					 above[j - 1] + differ(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) &&
			    !differ(a[i - 2], b[j - 1]))
				row[j] = smaller(row[j], two_above[j - 2] + 1);
		}
	}
	return row[b_length];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strnlen(word, MAX_LENGTH + 1);
	size_t best = MAX_DISTANCE + 1;
	const char *nearest = NULL;

	if (length > MAX_LENGTH)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other = strnlen(candidates[i], MAX_LENGTH + 1);
		size_t longer = length > other ? length : other;
		size_t edits;

		if (other > MAX_LENGTH || 2 * longer - length - other > threshold(longer))
			continue;
		edits = distance(word, length, candidates[i], other);
		if (edits <= threshold(longer) && edits < best) {
			best = edits;
			nearest = candidates[i];
		}
	}
	return nearest;
}
