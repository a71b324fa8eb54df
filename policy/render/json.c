/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/json.h"

#include "policy/diag/diag_json.h"
#include "policy/order/conflict.h"

json_t *json_span(struct arena *arena, const struct span *span)
{
	json_t *object;

	if (!span->source)
		return json_null();
	object = json_object();
	json_set(object, "file", json_text(arena, span->source->path));
	json_set(object, "line", json_integer(span->line));
	json_set(object, "column", json_integer(span->column));
	return object;
}

json_t *json_marks(struct arena *arena, const struct marks *marks)
{
	json_t *object = json_object();

	for (size_t i = 0; i < marks->count; i++)
		json_set(object, marks->items[i].name, json_text(arena, marks->items[i].kept));
	return object;
}

json_t *json_code(struct arena *arena, const struct chain *chain)
{
	return json_text(arena, chain->blocked ? diag_code_name(chain->code) : NULL);
}

json_t *json_begin(struct arena *arena, const struct report *report)
{
	json_t *root = json_object();

	json_set(root, "format_version", json_text(arena, "1.0"));
	json_set(root, "policy", json_text(arena, report->policy));
	return root;
}

/* Shares, of which nobody wants more digits. */
enum { DUMP_FLAGS = JSON_INDENT(2) | JSON_REAL_PRECISION(4) };

void json_end(struct text *out, json_t *root, const struct report *report)
{
	size_t length;
	char *bytes;

	json_set(root, "diagnostics", report->diags ? diags_json(report->diags) : json_array());
	length = json_dumpb(root, NULL, 0, DUMP_FLAGS);
	bytes = arena_alloc(out->arena, length);
	if (!length || json_dumpb(root, bytes, length, DUMP_FLAGS) != length)
		abort();
	text_add_bytes(out, bytes, length);
	text_add(out, "\n");
	json_decref(root);
}
