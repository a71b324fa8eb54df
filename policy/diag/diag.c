/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/diag.h"

#include <stdlib.h>
#include <string.h>

static const char *const code_names[] = {
#define CODE_NAME(symbol, name) name,
	DIAG_CODES(CODE_NAME)
#undef CODE_NAME
};

static const char *const severity_names[] = { "error", "warning", "note" };

const char *diag_code_name(enum diag_code code)
{
	return code_names[code];
}

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

static void add_place(struct diags *diags, struct diag *diag, struct span span, const char *label)
{
	struct {
		struct place *items;
		size_t count;
	} places = { diag->places, diag->place_count };
	struct place *place = list_push(diags->arena, &places);

	place->span = span;
	place->label = label;
	diag->places = places.items;
	diag->place_count = places.count;
}

struct diag *diag_add(struct diags *diags, enum severity severity, enum diag_code code,
		      struct span span, const char *format, ...)
{
	struct diag *diag = list_push(diags->arena, diags);
	va_list args;

	va_start(args, format);
	diag->summary = arena_vprintf(diags->arena, format, args);
	va_end(args);
	diag->severity = severity;
	diag->code = code;
	if (span.source)
		add_place(diags, diag, span, NULL);
	return diag;
}

void diag_label(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	if (!diag->place_count)
		return;
	va_start(args, format);
	diag->places[0].label = arena_vprintf(diags->arena, format, args);
	va_end(args);
}

void diag_place(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_place(diags, diag, span, arena_vprintf(diags->arena, format, args));
	va_end(args);
}

void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->help = arena_vprintf(diags->arena, format, args);
	va_end(args);
}

void diag_detail(struct diags *diags, struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag->detail = arena_vprintf(diags->arena, format, args);
	va_end(args);
}

void diags_append(struct diags *to, const struct diags *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct diag *diag = list_push(to->arena, to);

		*diag = from->items[i];
	}
}

static bool is_known(const struct diags *diags, const struct diag *diag)
{
	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].code == diag->code &&
		    !strcmp(diags->items[i].summary, diag->summary) &&
		    diags->items[i].place_count == diag->place_count &&
		    (!diag->place_count ||
		     !span_compare(&diags->items[i].places[0].span, &diag->places[0].span)))
			return true;
	return false;
}

void diags_append_new(struct diags *to, const struct diags *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!is_known(to, &from->items[i]))
			*list_push(to->arena, to) = from->items[i];
}

void diags_drop(struct diags *diags, enum diag_code code)
{
	size_t kept = 0;

	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].code != code)
			diags->items[kept++] = diags->items[i];
	diags->count = kept;
}

bool diags_have_errors(const struct diags *diags)
{
	return diags_errors_since(diags, 0);
}

bool diags_errors_since(const struct diags *diags, size_t count)
{
	for (size_t i = count; i < diags->count; i++)
		if (diags->items[i].severity == SEVERITY_ERROR)
			return true;
	return false;
}

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare_places(const struct diag *a, const struct diag *b)
{
	const struct span *x = a->place_count ? &a->places[0].span : NULL;
	const struct span *y = b->place_count ? &b->places[0].span : NULL;
	int order;

	if (!x || !y || !x->source || !y->source)
		return (!x || !x->source) - (!y || !y->source);
	order = strcmp(x->source->path, y->source->path);
	if (!order)
		order = compare_numbers(x->line, y->line);
	if (!order)
		order = compare_numbers(x->column, y->column);
	return order ? order : compare_numbers(a->code, b->code);
}

/* Sorts pointers into the list: equal ones stay in the order of the list. */
static int compare(const void *a, const void *b)
{
	const struct diag *x = *(const struct diag *const *)a;
	const struct diag *y = *(const struct diag *const *)b;
	int order = compare_places(x, y);

	return order ? order : (x > y) - (x < y);
}

void diags_sort(struct diags *diags)
{
	const struct diag **sorted = arena_array(diags->arena, const struct diag *, diags->count);
	struct diag *items = arena_array(diags->arena, struct diag, diags->count);

	for (size_t i = 0; i < diags->count; i++)
		sorted[i] = &diags->items[i];
	qsort(sorted, diags->count, sizeof(*sorted), compare);
	for (size_t i = 0; i < diags->count; i++)
		items[i] = *sorted[i];
	if (diags->count)
		memcpy(diags->items, items, diags->count * sizeof(*items));
}
