/* SPDX-License-Identifier: GPL-2.0-only */
/* What the JSON outputs about a policy share. Running out of memory ends the process. */
#ifndef ORDAIN_POLICY_RENDER_JSON_H
#define ORDAIN_POLICY_RENDER_JSON_H

#include "policy/base/json_value.h"
#include "policy/marks/marks.h"
#include "policy/render/render.h"

/* {"file","line","column"}, or null for nowhere. */
json_t *json_span(struct arena *arena, const struct span *span);

/* {"readonly": "proven: analysis + kernel"} */
json_t *json_marks(struct arena *arena, const struct marks *marks);

/* The code of the error that blocks the chain, or null. */
json_t *json_code(struct arena *arena, const struct chain *chain);

/* The object with what stands at the beginning of each output. */
json_t *json_begin(struct arena *arena, const struct report *report);

/* Adds the diagnostics, writes the whole and a newline, and gives up the reference. */
void json_end(struct text *out, json_t *root, const struct report *report);

#endif
