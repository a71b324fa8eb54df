/* SPDX-License-Identifier: GPL-2.0-only */
/* What packages got wrong holds up nobody. */
#ifndef ORDAIN_POLICY_MODEL_HINTS_H
#define ORDAIN_POLICY_MODEL_HINTS_H

#include "policy/diag/diag.h"

/*
 * Of the files of hints, one that is broken or unreadable says again what it said in `last`, if it
 * was whole there; one that is unreadable and unknown there is left out. What else is broken is for
 * policy_build() to ignore. Each that is replaced is a warning. `last` may be NULL.
 */
void hints_keep_good(struct arena *arena, struct sources *files, const struct sources *last,
		     struct diags *diags);

/* Turns what was found in a file of hints into warnings; `consequence` stands below each. */
void hints_excuse(struct diags *found, const char *consequence);

#endif
