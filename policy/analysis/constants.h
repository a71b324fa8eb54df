/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small sets of the values that a register can have. Each set exists once and is known by a number,
 * so that equal sets are equal numbers.
 */
#ifndef ORDAIN_POLICY_ANALYSIS_CONSTANTS_H
#define ORDAIN_POLICY_ANALYSIS_CONSTANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/arena.h"

/* Any value, or more of them than a set holds. The empty set has no number. */
enum { CONSTANTS_ANY = 0, CONSTANTS_MOST = 16 };

struct constants;

struct constants *constants_new(struct arena *arena);

/* The set of `count` values, in any order and repeated or not; count > 0. */
uint32_t constants_of(struct constants *constants, const int64_t *values, size_t count);
uint32_t constants_one(struct constants *constants, int64_t value);
uint32_t constants_join(struct constants *constants, uint32_t a, uint32_t b);

/* The values in ascending order, at most CONSTANTS_MOST; 0 of them means any. */
size_t constants_list(const struct constants *constants, uint32_t set, const int64_t **ret);

/* Is it a single one? false and *ret untouched otherwise. */
bool constants_single(const struct constants *constants, uint32_t set, int64_t *ret);

#endif
