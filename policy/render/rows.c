/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/rows.h"

#include <string.h>

#include "policy/base/utf8.h"

void rows_add(struct arena *arena, struct rows *rows, const char *a, const char *b, const char *c,
	      const char *d)
{
	const char *cells[ROW_CELLS] = { a, b, c, d };
	struct row *row = list_push(arena, rows);

	for (int cell = 0; cell < ROW_CELLS; cell++) {
		struct text shown = TEXT(arena);

		if (cells[cell])
			utf8_show_string(&shown, cells[cell]);
		row->cells[cell] = text_string(&shown);
	}
}

static size_t cell_width(const struct row *row, int cell)
{
	return strlen(row->cells[cell]);
}

void rows_render(const struct rows *rows, struct text *out)
{
	size_t columns[ROW_CELLS] = { 0 };
	size_t column = 2;

	for (int cell = 0; cell < ROW_CELLS; cell++) {
		size_t widest = 0;

		for (size_t i = 0; i < rows->count; i++)
			if (cell_width(&rows->items[i], cell) > widest)
				widest = cell_width(&rows->items[i], cell);
		columns[cell] = column;
		column += widest ? widest + 2 : 0;
	}
	for (size_t i = 0; i < rows->count; i++) {
		for (int cell = 0; cell < ROW_CELLS; cell++) {
			if (!cell_width(&rows->items[i], cell))
				continue;
			text_pad(out, columns[cell]);
			text_add(out, rows->items[i].cells[cell]);
		}
		text_add(out, "\n");
	}
}

const char *span_text(struct arena *arena, const struct span *span)
{
	if (!span->source)
		return "";
	return arena_printf(arena, "%s:%u:%u", span->source->path, span->line, span->column);
}
