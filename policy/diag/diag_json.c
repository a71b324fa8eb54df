/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/diag_json.h"

#include "policy/base/json_value.h"

static json_t *place_json(struct arena *arena, const struct place *place)
{
	json_t *object = json_object();
	const struct source *source = place->span.source;

	json_set(object, "file", json_text(arena, source ? source->path : NULL));
	json_set(object, "line", json_number(place->span.line));
	json_set(object, "column", json_number(place->span.column));
	json_set(object, "label", json_text(arena, place->label));
	return object;
}

static json_t *diag_json(struct arena *arena, const struct diag *diag)
{
	json_t *object = json_object();
	json_t *places = json_array();

	for (size_t i = 0; i < diag->place_count; i++)
		json_append(places, place_json(arena, &diag->places[i]));
	json_set(object, "severity", json_text(arena, severity_name(diag->severity)));
	json_set(object, "code", json_text(arena, diag_code_name(diag->code)));
	json_set(object, "summary", json_text(arena, diag->summary));
	json_set(object, "places", places);
	json_set(object, "help", json_text(arena, diag->help));
	if (diag->program)
		json_set(object, "program", json_text(arena, diag->program));
	if (diag->detail)
		json_set(object, "detail", json_text(arena, diag->detail));
	return object;
}

json_t *diags_json(const struct diags *diags)
{
	json_t *array = json_array();

	for (size_t i = 0; i < diags->count; i++)
		json_append(array, diag_json(diags->arena, &diags->items[i]));
	return array;
}
