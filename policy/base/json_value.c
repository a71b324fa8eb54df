/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/json_value.h"

#include <stdlib.h>

#include "policy/base/utf8.h"

void json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		abort();
}

void json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		abort();
}

json_t *json_text(struct arena *arena, const char *string)
{
	struct text shown = TEXT(arena);
	json_t *value;

	if (!string)
		return json_null();
	value = json_string(string);
	if (value)
		return value;
	/* Interfaces and directories may be named in any bytes. */
	utf8_show_string(&shown, string);
	return json_string(text_string(&shown));
}

json_t *json_number(uint32_t number)
{
	return number ? json_integer(number) : json_null();
}
