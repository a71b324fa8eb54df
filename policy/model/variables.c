/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/variables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PLAIN LETTERS DIGITS "_./:-"

static void add_string(struct text *text, const char *string)
{
	text_add(text, "\"");
	for (; *string; string++)
		text_printf(text, strchr(PLAIN, *string) ? "%c" : "%%%02x", (unsigned char)*string);
	text_add(text, "\"");
}

static void add_list(struct text *text, const struct variable *variable)
{
	text_add(text, "[");
	for (size_t i = 0; i < variable->list_count; i++)
		text_printf(text, "%s%" PRId64, i ? "," : "", variable->list[i]);
	text_add(text, "]");
}

const char *variables_text(struct arena *arena, const struct variables *variables)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; i < variables->count; i++) {
		const struct variable *variable = &variables->items[i];

		text_printf(&text, "%s%s=", i ? " " : "", variable->name);
		if (variable->kind == VARIABLE_INTEGER && variable->huge)
			text_printf(&text, "%" PRIu64, (uint64_t)variable->integer);
		else if (variable->kind == VARIABLE_INTEGER)
			text_printf(&text, "%" PRId64, variable->integer);
		else if (variable->kind == VARIABLE_BOOLEAN)
			text_add(&text, variable->integer ? "true" : "false");
		else if (variable->kind == VARIABLE_STRING)
			add_string(&text, variable->string);
		else
			add_list(&text, variable);
	}
	return text_string(&text);
}

static bool parse_integer(const char **at, int64_t *ret)
{
	char *end;

	if (!**at || !strchr(DIGITS "-", **at))
		return false;
	errno = 0;
	*ret = strtoll(*at, &end, 10);
	if (errno || end == *at)
		return false;
	*at = end;
	return true;
}

static bool parse_number(const char **at, struct variable *variable)
{
	char *end;

	variable->kind = VARIABLE_INTEGER;
	if (parse_integer(at, &variable->integer))
		return true;
	errno = 0;
	variable->integer = (int64_t)strtoull(*at, &end, 10);
	if (errno || end == *at || **at == '-')
		return false;
	variable->huge = true;
	*at = end;
	return true;
}

static bool parse_list(struct arena *arena, const char **at, struct variable *variable)
{
	struct {
		int64_t *items;
		size_t count;
	} list = { 0 };

	variable->kind = VARIABLE_LIST;
	(*at)++;
	while (**at != ']') {
		if (list.count && *(*at)++ != ',')
			return false;
		if (!parse_integer(at, list_push(arena, &list)))
			return false;
	}
	(*at)++;
	variable->list = list.items;
	variable->list_count = list.count;
	return true;
}

static bool parse_escape(const char **at, char *ret)
{
	char digits[3] = { (*at)[1], (*at)[1] ? (*at)[2] : '\0', '\0' };
	char *end;

	*ret = (char)strtoul(digits, &end, 16);
	if (end != digits + 2 || !*ret)
		return false;
	*at += 3;
	return true;
}

static bool parse_string(struct arena *arena, const char **at, struct variable *variable)
{
	struct text text = TEXT(arena);

	variable->kind = VARIABLE_STRING;
	for ((*at)++; **at != '"';) {
		char letter = **at;

		if (letter != '%')
			(*at)++;
		else if (!parse_escape(at, &letter))
			return false;
		if (!letter)
			return false;
		text_printf(&text, "%c", letter);
	}
	(*at)++;
	variable->string = text_string(&text);
	return true;
}

static bool parse_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

static bool parse_value(struct arena *arena, const char **at, struct variable *variable)
{
	if (**at == '[')
		return parse_list(arena, at, variable);
	if (**at == '"')
		return parse_string(arena, at, variable);
	variable->kind = VARIABLE_BOOLEAN;
	if (parse_word(at, "true")) {
		variable->integer = 1;
		return true;
	}
	if (parse_word(at, "false"))
		return true;
	return parse_number(at, variable);
}

bool variables_parse(struct arena *arena, const char *text, struct variables *ret)
{
	const char *at = text;

	*ret = (struct variables){ 0 };
	while (*at) {
		struct variable *variable = list_push(arena, ret);
		size_t length = strspn(at, LETTERS DIGITS "_");

		variable->name = arena_strndup(arena, at, length);
		at += length;
		if (!length || *at++ != '=' || !parse_value(arena, &at, variable))
			return false;
		if (*at && (*at++ != ' ' || !*at))
			return false;
	}
	return true;
}
