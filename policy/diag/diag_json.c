/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/diag_json.h"

#include <stdlib.h>

#include "policy/base/utf8.h"

static json_t *checked(json_t *value)
{
	if (!value)
		abort();
	return value;
}

static json_t *string_json(struct arena *arena, const char *string)
{
	struct text text = TEXT(arena);
	json_t *value;

	if (!string)
		return json_null();
	value = json_string(string);
	if (value)
		return value;
	utf8_show_string(&text, string);
	return checked(json_string(text_string(&text)));
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		abort();
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		abort();
}

static json_t *number_json(unsigned int number)
{
	return number ? checked(json_integer(number)) : json_null();
}

static json_t *place_json(struct arena *arena, const struct place *place)
{
	json_t *object = checked(json_object());
	const struct source *source = place->span.source;

	set(object, "file", string_json(arena, source ? source->path : NULL));
	set(object, "line", number_json(place->span.line));
	set(object, "column", number_json(place->span.column));
	set(object, "label", string_json(arena, place->label));
	return object;
}

static json_t *diag_json(struct arena *arena, const struct diag *diag)
{
	json_t *object = checked(json_object());
	json_t *places = checked(json_array());

	for (size_t i = 0; i < diag->place_count; i++)
		append(places, place_json(arena, &diag->places[i]));
	set(object, "severity", string_json(arena, severity_name(diag->severity)));
	set(object, "code", string_json(arena, diag_code_name(diag->code)));
	set(object, "summary", string_json(arena, diag->summary));
	set(object, "places", places);
	set(object, "help", string_json(arena, diag->help));
	if (diag->program)
		set(object, "program", string_json(arena, diag->program));
	if (diag->detail)
		set(object, "detail", string_json(arena, diag->detail));
	return object;
}

json_t *diags_json(const struct diags *diags)
{
	json_t *array = checked(json_array());

	for (size_t i = 0; i < diags->count; i++)
		append(array, diag_json(diags->arena, &diags->items[i]));
	return array;
}
