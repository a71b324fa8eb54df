/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/state/state_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"

const char *cursor_line(struct arena *arena, struct cursor *cursor)
{
	size_t left = (size_t)(cursor->end - cursor->at);
	const char *newline = left ? memchr(cursor->at, '\n', left) : NULL;
	const char *line = cursor->at;

	if (!newline || memchr(line, '\0', (size_t)(newline - line)))
		return NULL;
	cursor->at = newline + 1;
	return arena_strndup(arena, line, (size_t)(newline - line));
}

const char *cursor_value(struct arena *arena, struct cursor *cursor, const char *key)
{
	const char *line = cursor_line(arena, cursor);
	size_t length = strlen(key);

	if (!line || strncmp(line, key, length) != 0 || line[length] != ' ')
		return NULL;
	return line + length + 1;
}

bool number_parse(const char *string, int64_t *ret)
{
	int64_t number;

	if (!*string || strspn(string, "0123456789") != strlen(string) ||
	    (string[0] == '0' && string[1]))
		return false;
	errno = 0;
	number = strtoll(string, NULL, 10);
	if (errno)
		return false;
	*ret = number;
	return true;
}

bool cursor_number(struct arena *arena, struct cursor *cursor, const char *key, int64_t *ret)
{
	const char *value = cursor_value(arena, cursor, key);

	return value && number_parse(value, ret);
}

static bool is_plain(char byte, bool first)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '@' ||
	       (byte == '.' && !first);
}

const char *name_escape(struct arena *arena, const char *name)
{
	struct text text = TEXT(arena);

	for (const char *at = name; *at; at++) {
		if (is_plain(*at, at == name))
			text_add_bytes(&text, at, 1);
		else
			text_printf(&text, "%%%02x", (unsigned char)*at);
	}
	return text_string(&text);
}

const char *name_unescape(struct arena *arena, const char *word)
{
	struct text text = TEXT(arena);

	for (const char *at = word; *at; at++) {
		unsigned int byte = (unsigned char)*at;
		char plain;

		if (*at == '%') {
			if (sscanf(at + 1, "%2x", &byte) != 1 || !byte || !at[1] || !at[2])
				return NULL;
			at += 2;
		}
		plain = (char)byte;
		text_add_bytes(&text, &plain, 1);
	}
	/* Each name has one word, so whatever was read loosely above is found out here. */
	return strcmp(name_escape(arena, text_string(&text)), word) ? NULL : text_string(&text);
}
