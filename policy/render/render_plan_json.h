/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON form of render_plan(). */
#ifndef ORDAIN_POLICY_RENDER_RENDER_PLAN_JSON_H
#define ORDAIN_POLICY_RENDER_RENDER_PLAN_JSON_H

#include "policy/render/render.h"

void render_plan_json(struct text *out, const struct report *report, const struct plan *plan);

#endif
