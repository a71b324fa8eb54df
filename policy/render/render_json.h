/* SPDX-License-Identifier: GPL-2.0-only */
/* What the JSON of plan and status has beyond json.h. */
#ifndef ORDAIN_POLICY_RENDER_RENDER_JSON_H
#define ORDAIN_POLICY_RENDER_RENDER_JSON_H

#include "policy/render/json.h"

/* json_begin() with `policy` as the result's policy, and what is in force. */
json_t *json_report(struct arena *arena, const struct report *report, const char *policy);

/* "2026-11-21T02:13:07Z"; null for 0, which means unknown. */
json_t *json_time(struct arena *arena, int64_t seconds);

json_t *json_step(struct arena *arena, const struct step *step);

/* What is done on a hook, and behind it what waits for --allow-gap. */
json_t *json_steps(struct arena *arena, const struct planned_chain *chain);

/* Leftovers: the steps that forget them. */
json_t *json_leftovers(struct arena *arena, const struct plan *plan);

#endif
