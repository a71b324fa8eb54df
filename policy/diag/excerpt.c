/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/excerpt.h"

#include <stdbool.h>
#include <string.h>

#include "policy/base/utf8.h"

enum { TAB = 8, LEAD_DIVISOR = 3 };

static const char ellipsis[] = "...";

static size_t rest(const struct source *source, size_t offset)
{
	return source->length - offset;
}

static bool at_line_end(const struct source *source, size_t offset)
{
	return offset >= source->length ||
	       utf8_line_break(source->text + offset, rest(source, offset));
}

static size_t character_size(const struct source *source, size_t offset)
{
	uint32_t character;
	size_t size = utf8_decode(source->text + offset, rest(source, offset), &character);

	return size ? size : 1;
}

static void cursor_seek(struct excerpt_cursor *cursor, const struct span *span)
{
	const struct source *source = span->source;

	if (cursor->source != source || cursor->line > span->line ||
	    (cursor->line == span->line && cursor->column > span->column)) {
		*cursor = (struct excerpt_cursor){ .source = source, .line = 1, .column = 1 };
		cursor->line_offset = utf8_mark(source->text, source->length);
		cursor->offset = cursor->line_offset;
	}
	while (cursor->offset < source->length) {
		size_t line_break = utf8_line_break(source->text + cursor->offset,
						    rest(source, cursor->offset));

		if (cursor->line == span->line && (line_break || cursor->column >= span->column))
			return;
		if (line_break) {
			cursor->offset += line_break;
			cursor->line_offset = cursor->offset;
			cursor->line++;
			cursor->column = 1;
		} else {
			cursor->offset += character_size(source, cursor->offset);
			cursor->column++;
		}
	}
}

/* Adds one character and returns its size; a tab reaches to the next multiple of TAB columns. */
static size_t show(struct text *out, const struct source *source, size_t offset, size_t *columns)
{
	size_t used;
	size_t size;

	if (source->text[offset] == '\t') {
		used = TAB - *columns % TAB;
		for (size_t i = 0; i < used; i++)
			text_add(out, " ");
		size = 1;
	} else {
		size = utf8_show(out, source->text + offset, rest(source, offset), &used);
	}
	*columns += used;
	return size;
}

static bool fits(struct arena *arena, const struct source *source, size_t offset, size_t width)
{
	struct text scratch = TEXT(arena);
	size_t columns = 0;

	while (columns <= width && !at_line_end(source, offset))
		offset += show(&scratch, source, offset, &columns);
	return columns <= width;
}

/* Some characters before the caret, so that it stands in the first part of what is shown. */
static size_t cut_start(const struct excerpt_cursor *cursor, size_t lead)
{
	size_t offset = cursor->offset;

	while (lead-- && offset > cursor->line_offset) {
		offset--;
		while (offset > cursor->line_offset &&
		       ((unsigned char)cursor->source->text[offset] & 0xc0) == 0x80)
			offset--;
	}
	return offset;
}

static void trim(struct text *text)
{
	while (text->length && text->bytes[text->length - 1] == ' ')
		text->bytes[--text->length] = '\0';
}

struct excerpt excerpt_make(struct arena *arena, struct excerpt_cursor *cursor,
			    const struct span *span, size_t width)
{
	const struct source *source = span->source;
	struct excerpt excerpt = { .length = 1 };
	struct text text = TEXT(arena);
	size_t columns = 0;
	size_t marked = 0;
	size_t at;

	cursor_seek(cursor, span);
	at = cursor->line_offset;
	if (!fits(arena, source, at, width))
		at = cut_start(cursor, width / LEAD_DIVISOR);
	if (at > cursor->line_offset) {
		text_add(&text, ellipsis);
		columns = strlen(ellipsis);
	}
	while (columns < width && !at_line_end(source, at)) {
		if (at == cursor->offset)
			excerpt.caret = columns;
		marked += at >= cursor->offset;
		at += show(&text, source, at, &columns);
		if (marked && marked <= span->length)
			excerpt.length = columns - excerpt.caret;
	}
	if (!marked)
		excerpt.caret = columns;
	if (!at_line_end(source, at))
		text_add(&text, ellipsis);
	trim(&text);
	excerpt.text = text_string(&text);
	return excerpt;
}
