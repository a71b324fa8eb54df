/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ALL = 5, NAME_FEW = 2 };

static void reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : 256;
	char *bytes;

	if (text->length + more < text->capacity)
		return;
	while (capacity <= text->length + more)
		capacity *= 2;
	bytes = arena_alloc(text->arena, capacity);
	if (text->length)
		memcpy(bytes, text->bytes, text->length);
	text->bytes = bytes;
	text->capacity = capacity;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	reserve(text, length);
	if (length)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	va_list again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		abort();
	reserve(text, (size_t)length);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
	text->length += (size_t)length;
	va_end(args);
}

void text_pad(struct text *text, size_t column)
{
	size_t start = text->length;

	while (start && text->bytes[start - 1] != '\n')
		start--;
	do
		text_add(text, " ");
	while (text->length - start < column);
}

void text_add_few(struct text *text, const char *const *names, size_t count)
{
	size_t named = count <= NAME_ALL ? count : NAME_FEW;

	for (size_t i = 0; i < named; i++)
		text_printf(text, "%s%s", i ? ", " : "", names[i]);
	if (named < count)
		text_printf(text, " and %zu more", count - named);
}

const char *text_string(const struct text *text)
{
	return text->bytes ? text->bytes : "";
}
