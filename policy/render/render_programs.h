/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose the programs on the hooks are: what `status --all` has beyond the table. */
#ifndef ORDAIN_POLICY_RENDER_RENDER_PROGRAMS_H
#define ORDAIN_POLICY_RENDER_RENDER_PROGRAMS_H

#include <jansson.h>

#include "policy/render/status_rows.h"

/* Every kernel program of each hook, one below the other, and the tc filters behind them. */
void render_programs(struct text *out, const struct status_rows *rows);

/* The same of one hook: "programs" and "filters" are added to `chain`. */
void render_programs_json(struct arena *arena, const struct status_row *row, json_t *chain);

#endif
