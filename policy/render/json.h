/* SPDX-License-Identifier: GPL-2.0-only */
/* What the JSON outputs about a policy share. Running out of memory ends the process. */
#ifndef ORDAIN_POLICY_RENDER_JSON_H
#define ORDAIN_POLICY_RENDER_JSON_H

#include <jansson.h>

#include "policy/marks/marks.h"
#include "policy/render/render.h"

/* Both take over the reference to `value`; NULL, which is no memory, aborts. */
void json_set(json_t *object, const char *key, json_t *value);
void json_append(json_t *array, json_t *value);

/* A string; NULL gives null, and bytes that are not UTF-8 are shown as \xff. */
json_t *json_text(struct arena *arena, const char *string);

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
