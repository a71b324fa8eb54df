/* SPDX-License-Identifier: GPL-2.0-only */
/* The lower half of status: who drops how much, and what runs on each hook. */
#ifndef ORDAIN_POLICY_RENDER_STATUS_TABLE_H
#define ORDAIN_POLICY_RENDER_STATUS_TABLE_H

#include "policy/render/status_rows.h"

/* The programs that drop most, and which part of what they saw; nothing if none does. */
void status_droppers(struct text *out, const struct report *report, const struct status *status,
		     const struct status_rows *rows);

/*
 * Every hook, in order; behind what `out` holds already, as much as fits into status->lines. What is
 * folded then is told.
 */
void status_table(struct text *out, const struct status *status, const struct status_rows *rows);

#endif
