/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/diag.h"

#include <string.h>

#include "policy/base/utf8.h"
#include "policy/diag/excerpt.h"

/* Columns of a source line to show: below a diagnostic, and beside each of several places. */
enum { LINE_WIDTH = 100, BESIDE_WIDTH = 60 };

static const char *const severity_colours[] = {
	[SEVERITY_ERROR] = "\033[1;31m",
	[SEVERITY_WARNING] = "\033[1;33m",
	[SEVERITY_NOTE] = "\033[1;36m",
};
static const char bold[] = "\033[1m";
static const char plain[] = "\033[0m";

struct renderer {
	struct text *out;
	bool colour;
	struct excerpt_cursor cursor;
};

static void paint(struct renderer *renderer, const char *sequence)
{
	if (renderer->colour)
		text_add(renderer->out, sequence);
}

static void show_place(struct text *out, const struct span *span)
{
	if (!span->source)
		return;
	utf8_show_string(out, span->source->path);
	if (span->line)
		text_printf(out, ":%u:%u", span->line, span->column);
}

static void show_headline(struct renderer *renderer, const struct diag *diag)
{
	struct text *out = renderer->out;

	if (diag->place_count == 1 && diag->places[0].span.source) {
		paint(renderer, bold);
		show_place(out, &diag->places[0].span);
		text_add(out, ":");
		paint(renderer, plain);
		text_add(out, " ");
	}
	paint(renderer, severity_colours[diag->severity]);
	/* A note without a place goes with what stands above it: there is no code to look up. */
	if (diag->severity == SEVERITY_NOTE && !diag->place_count)
		text_add(out, "note:");
	else
		text_printf(out, "%s[%s]:", severity_name(diag->severity),
			    diag_code_name(diag->code));
	paint(renderer, plain);
	text_add(out, " ");
	paint(renderer, bold);
	utf8_show_string(out, diag->summary);
	paint(renderer, plain);
	text_add(out, "\n");
}

/* The line, and under it the caret with its label. */
static void show_excerpt(struct renderer *renderer, const struct diag *diag)
{
	const struct place *place = &diag->places[0];
	struct text *out = renderer->out;
	struct excerpt excerpt;
	size_t gutter;
	size_t start = out->length;

	excerpt = excerpt_make(out->arena, &renderer->cursor, &place->span, LINE_WIDTH);
	text_printf(out, " %u ", place->span.line);
	gutter = out->length - start;
	text_add(out, excerpt.text[0] ? "| " : "|");
	text_add(out, excerpt.text);
	text_printf(out, "\n%*s| %*s", (int)gutter, "", (int)excerpt.caret, "");
	paint(renderer, severity_colours[diag->severity]);
	for (size_t i = 0; i < excerpt.length; i++)
		text_add(out, "^");
	if (place->label) {
		text_add(out, " ");
		utf8_show_string(out, place->label);
	}
	paint(renderer, plain);
	text_add(out, "\n");
}

struct row {
	const char *label;
	const char *place;
	const char *beside;
};

static struct row make_row(struct renderer *renderer, const struct place *place)
{
	struct arena *arena = renderer->out->arena;
	struct text label = TEXT(arena);
	struct text where = TEXT(arena);
	struct row row = { .beside = "" };

	if (place->label)
		utf8_show_string(&label, place->label);
	show_place(&where, &place->span);
	row.label = text_string(&label);
	row.place = text_string(&where);
	if (place->span.source && place->span.line) {
		struct excerpt excerpt =
			excerpt_make(arena, &renderer->cursor, &place->span, BESIDE_WIDTH);

		row.beside = excerpt.text + strspn(excerpt.text, " ");
	}
	return row;
}

static size_t wider(size_t width, const char *string)
{
	size_t count = utf8_count(string);

	return count > width ? count : width;
}

static void trim_line(struct text *out)
{
	while (out->length && out->bytes[out->length - 1] == ' ')
		out->bytes[--out->length] = '\0';
	text_add(out, "\n");
}

static void show_column(struct text *out, const char *string, size_t width)
{
	if (!width)
		return;
	text_add(out, string);
	for (size_t used = utf8_count(string); used < width + 3; used++)
		text_add(out, " ");
}

static void show_places(struct renderer *renderer, const struct diag *diag)
{
	struct text *out = renderer->out;
	struct row *rows = arena_array(out->arena, struct row, diag->place_count);
	size_t label_width = 0;
	size_t place_width = 0;

	for (size_t i = 0; i < diag->place_count; i++) {
		rows[i] = make_row(renderer, &diag->places[i]);
		label_width = wider(label_width, rows[i].label);
		place_width = wider(place_width, rows[i].place);
	}
	for (size_t i = 0; i < diag->place_count; i++) {
		text_add(out, "  ");
		show_column(out, rows[i].label, label_width);
		show_column(out, rows[i].place, place_width);
		text_add(out, rows[i].beside);
		trim_line(out);
	}
}

/* Each line of `string`, the first behind `first`, the others behind `other`. */
static void show_lines(struct text *out, const char *string, const char *first, const char *other)
{
	const char *indent = first;

	while (*string) {
		size_t length = strcspn(string, "\n");

		text_add(out, indent);
		for (size_t at = 0; at < length;) {
			size_t columns;

			if (string[at] == '\t') {
				text_add(out, "\t");
				at++;
			} else {
				at += utf8_show(out, string + at, length - at, &columns);
			}
		}
		trim_line(out);
		indent = other;
		string += length + (string[length] == '\n');
	}
}

static void show_diag(struct renderer *renderer, const struct diag *diag)
{
	const struct span *span = diag->place_count ? &diag->places[0].span : NULL;

	show_headline(renderer, diag);
	if (diag->place_count > 1 || (span && !span->source))
		show_places(renderer, diag);
	else if (span && span->line)
		show_excerpt(renderer, diag);
	if (diag->detail)
		show_lines(renderer->out, diag->detail, "  ", "  ");
	if (diag->help) {
		paint(renderer, bold);
		text_add(renderer->out, "help:");
		paint(renderer, plain);
		show_lines(renderer->out, diag->help, " ", "      ");
	}
}

void diags_render(const struct diags *diags, struct text *out, bool colour)
{
	struct renderer renderer = { .out = out, .colour = colour };

	for (size_t i = 0; i < diags->count; i++)
		show_diag(&renderer, &diags->items[i]);
}

static void show_line(struct text *out, const struct diag *diag, const char *nowhere)
{
	const struct span *span = diag->place_count ? &diag->places[0].span : NULL;
	bool located = span && span->source && span->line;

	utf8_show_string(out, span && span->source ? span->source->path : nowhere);
	text_printf(out, ":%u:%u: %s[%s]: ", located ? span->line : 1, located ? span->column : 1,
		    severity_name(diag->severity), diag_code_name(diag->code));
	utf8_show_string(out, diag->summary);
	text_add(out, "\n");
}

void diags_render_lines(const struct diags *diags, struct text *out, const char *nowhere)
{
	for (size_t i = 0; i < diags->count; i++)
		show_line(out, &diags->items[i], nowhere);
}
