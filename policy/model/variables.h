/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Variables as words of one line: NAME=VALUE, by name, a blank between them. VALUE is a decimal
 * number, `true` or `false`, numbers as [1,2,3], or text in double quotes, in which everything but
 * letters, digits and "_./:-" is %XX.
 */
#ifndef ORDAIN_POLICY_MODEL_VARIABLES_H
#define ORDAIN_POLICY_MODEL_VARIABLES_H

#include "policy/model/policy.h"

/* Two sets of variables have the same text if they say the same. */
const char *variables_text(struct arena *arena, const struct variables *variables);

/* False if it is no such text. Spans are zero. */
bool variables_parse(struct arena *arena, const char *text, struct variables *ret);

#endif
