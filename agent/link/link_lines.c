/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "agent/link/link_code.h"

struct cursor {
	struct arena *arena;
	const struct link_request *request;
	const struct link_code *code;
	size_t piece; /* the first that ends behind the instruction */
	size_t function; /* the first that does not begin before it */
	const struct object_line *line; /* the last that was named; NULL: none, or the chain's own */
	struct source_lines lines;
};

static const char *named(const struct cursor *cursor, size_t element, const char *text)
{
	return arena_printf(cursor->arena, "[%s] %s", cursor->request->items[element].element->name,
			    text + strspn(text, " \t"));
}

static void add(struct cursor *cursor, size_t insn, const char *text,
		const struct object_line *line)
{
	*list_push(cursor->arena, &cursor->lines) = (struct source_line){
		.insn = insn,
		.file = line ? line->file : "ordain",
		.text = text,
		.line = line ? line->line : 0,
		.column = line ? line->column : 0,
	};
	cursor->line = line;
}

static bool same(const struct object_line *a, const struct object_line *b)
{
	return a && b && a->file == b->file && a->line == b->line && a->column == b->column;
}

/* NULL: nothing is known of where it comes from. */
static const struct object_line *line_of(const struct cursor *cursor,
					 const struct link_piece *piece, size_t insn)
{
	const struct object_line *lines = cursor->request->items[piece->element].lines;
	const struct object_line *line = lines ? &lines[piece->from + insn - piece->start] : NULL;

	return line && line->file ? line : NULL;
}

static void look_at(struct cursor *cursor, size_t insn)
{
	const struct link_piece *piece = NULL;
	const struct object_line *line = NULL;
	bool begins = insn == 0;

	while (cursor->piece < cursor->code->pieces.count &&
	       cursor->code->pieces.items[cursor->piece].start +
			       cursor->code->pieces.items[cursor->piece].count <=
		       insn) {
		cursor->piece++;
		begins = true;
	}
	if (cursor->piece < cursor->code->pieces.count &&
	    cursor->code->pieces.items[cursor->piece].start <= insn)
		piece = &cursor->code->pieces.items[cursor->piece];
	begins |= piece && piece->start == insn;
	if (cursor->function < cursor->code->functions.count &&
	    cursor->code->functions.items[cursor->function].start == insn) {
		cursor->function++;
		begins = true;
	}
	line = piece ? line_of(cursor, piece, insn) : NULL;
	if (line && (begins || !same(cursor->line, line)))
		add(cursor, insn, named(cursor, piece->element, line->text ? line->text : ""),
		    line);
	else if (begins)
		add(cursor, insn, piece ? named(cursor, piece->element, "") : "(chain)", NULL);
}

struct source_lines link_lines(struct arena *arena, const struct link_request *request,
			       const struct link_code *code)
{
	struct cursor cursor = { .arena = arena, .request = request, .code = code };

	for (size_t i = 0; i < code->insns.count; i++) {
		look_at(&cursor, i);
		i += is_wide(&code->insns.items[i]);
	}
	return cursor.lines;
}
