/* SPDX-License-Identifier: GPL-2.0-only */
/* All orders of a few things, and sets of them. */
#ifndef ORDAIN_TESTS_SUPPORT_PERMUTATIONS_H
#define ORDAIN_TESTS_SUPPORT_PERMUTATIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { PERMUTED_MAX = 6, PERMUTATIONS = 720, MASK_WORDS = (PERMUTATIONS + 63) / 64 };

/* A set of permutations of one number of things. */
struct mask {
	uint64_t words[MASK_WORDS];
};

bool mask_empty(const struct mask *mask);
struct mask mask_and(struct mask a, const struct mask *b);

/* All permutations of 0..count-1, and those in which `first` stands before `second`. */
const struct mask *permutations_all(int count);
const struct mask *permutations_with(int count, int first, int second);

/* The lexicographically smallest of a set that is not empty. */
const int *permutation_smallest(int count, const struct mask *mask);

#endif
