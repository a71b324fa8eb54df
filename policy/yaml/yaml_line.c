/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/yaml/yaml_line.h"

#include <string.h>

#include "policy/base/utf8.h"

static size_t break_at(const struct source *source, const char *at)
{
	size_t left = source->length - (size_t)(at - source->text);

	return left ? utf8_line_break(at, left) : 0;
}

static void measure(const struct source *source, struct line *line)
{
	const char *end = source->text + source->length;

	line->length = 0;
	while (line->text + line->length < end && !break_at(source, line->text + line->length))
		line->length++;
}

struct line line_first(const struct source *source)
{
	struct line line = { .text = source->text + utf8_mark(source->text, source->length) };

	measure(source, &line);
	return line;
}

bool line_next(const struct source *source, struct line *line)
{
	size_t line_break = break_at(source, line->text + line->length);

	line->text += line->length + line_break;
	line->number++;
	measure(source, line);
	return line_break > 0;
}

struct line line_at(const struct source *source, size_t number)
{
	struct line line = line_first(source);

	while (line.number < number && line_next(source, &line))
		continue;
	return line;
}

struct line line_above(const struct source *source, size_t number)
{
	struct line line = line_first(source);
	struct line found = { .text = "" };

	while (line.number < number) {
		if (line_blanks(&line) < line_content_end(&line))
			found = line;
		if (!line_next(source, &line))
			break;
	}
	return found;
}

size_t line_offset(const struct line *line, size_t column)
{
	size_t offset = 0;

	for (; column && offset < line->length; column--) {
		uint32_t character;
		size_t size = utf8_decode(line->text + offset, line->length - offset, &character);

		offset += size ? size : 1;
	}
	return offset;
}

bool line_is_blank_at(const struct line *line, size_t offset)
{
	return offset >= line->length || line->text[offset] == ' ' || line->text[offset] == '\t';
}

size_t line_blanks(const struct line *line)
{
	size_t count = 0;

	while (count < line->length && (line->text[count] == ' ' || line->text[count] == '\t'))
		count++;
	return count;
}

size_t line_content_end(const struct line *line)
{
	size_t end = 0;

	for (size_t i = 0; i < line->length; i++) {
		if (line->text[i] == '#' && (!i || line_is_blank_at(line, i - 1)))
			break;
		if (!line_is_blank_at(line, i))
			end = i + 1;
	}
	return end;
}

bool line_begins(const struct line *line, const char *prefix)
{
	size_t start = line_blanks(line);
	size_t length = strlen(prefix);

	return line->length - start >= length && !memcmp(line->text + start, prefix, length);
}

struct span line_span(const struct source *source, const struct line *line, size_t offset,
		      size_t length)
{
	size_t column = 1;

	for (size_t i = 0; i < offset; i++)
		column += ((unsigned char)line->text[i] & 0xc0) != 0x80;
	return (struct span){
		.source = source,
		.line = (unsigned int)line->number + 1,
		.column = (unsigned int)column,
		.length = (unsigned int)length,
	};
}

char mark_character(const struct source *source, const yaml_mark_t *mark)
{
	struct line line = line_at(source, mark->line);
	size_t offset = line_offset(&line, mark->column);

	return offset < line.length ? line.text[offset] : '\0';
}

struct span mark_span(const struct source *source, const yaml_mark_t *mark)
{
	return (struct span){
		.source = source,
		.line = (unsigned int)mark->line + 1,
		.column = (unsigned int)mark->column + 1,
		.length = 1,
	};
}

/* Behind a text in quotes that begins at `at`; `end` if it never ends. */
static const char *skip_quoted(const char *at, const char *end)
{
	char quote = *at++;

	for (; at < end; at++) {
		bool more = at + 1 < end;
		bool doubled = more && quote == '\'' && *at == quote && at[1] == quote;

		if (*at == quote && !doubled)
			return at + 1;
		if (doubled || (more && *at == '\\' && quote == '"'))
			at++;
	}
	return end;
}

/* A quote inside a word, as in it's, begins nothing; nor does # begin a comment there. */
static bool begins_token(const char *at)
{
	return strchr(" \t\r\n[{,:", at[-1]) != NULL;
}

bool mark_is_closed(const struct source *source, const yaml_mark_t *open)
{
	struct line line = line_at(source, open->line);
	const char *at = line.text + line_offset(&line, open->column);
	const char *end = source->text + source->length;
	size_t depth = 0;

	while (at < end) {
		if (strchr("'\"", *at) && *at && begins_token(at)) {
			at = skip_quoted(at, end);
			continue;
		}
		if (*at == '#' && strchr(" \t\r\n", at[-1]))
			while (at < end && *at != '\n' && *at != '\r')
				at++;
		if (at == end)
			break;
		depth += *at == '[' || *at == '{';
		depth -= *at == ']' || *at == '}';
		if (!depth)
			return true;
		at++;
	}
	return false;
}
