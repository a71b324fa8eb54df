/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/status_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/render/render_common.h"

enum { NUMBER_COLUMNS = 4, DROPPERS_SHOWN = 5, HOOK_WIDTH = 16, PROGRAM_WIDTH = 8 };

/* A line of the table, as words. */
struct line {
	const char *hook; /* "" for the further elements of a hook */
	const char *position;
	const char *program;
	const char *numbers[NUMBER_COLUMNS];
	const char *marks; /* "": none */
};

struct table {
	struct line *items;
	size_t count;
	size_t hook; /* widths */
	size_t position;
	size_t program;
	size_t numbers[NUMBER_COLUMNS];
};

static void fill_numbers(struct arena *arena, struct line *line, const struct status *status,
			 enum hook hook, const struct status_element *element)
{
	struct fates fates;

	for (size_t i = 0; i < NUMBER_COLUMNS; i++)
		line->numbers[i] = "-";
	if (!status_flow(status, element, hook, &fates))
		return;
	line->numbers[0] = grouped(arena, fates.seen);
	line->numbers[1] = grouped(arena, fates.dropped);
	line->numbers[2] = grouped(arena, fates.ended);
	line->numbers[3] = grouped(arena, fates.passed);
}

static const char *program_words(struct arena *arena, const struct status_element *element)
{
	const char *name = shown(arena, element->name);

	if (element->running && element->running->missing)
		return arena_printf(arena, "%s (cannot run)", name);
	if (element->running && element->running->absorbed)
		return arena_printf(arena, "%s (absorbed, id %" PRIu32 ")", name,
				    element->program_id);
	if (element->ours)
		return name;
	return arena_printf(arena, "%s (foreign, id %" PRIu32 ")", name, element->program_id);
}

static bool has_marks(const struct status_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		for (size_t j = 0; j < rows->items[i].count; j++)
			if (rows->items[i].items[j].marks.count)
				return true;
	return false;
}

static void add_row(struct arena *arena, struct table *table, const struct status *status,
		    const struct status_row *row)
{
	for (size_t j = 0; j < row->count; j++) {
		struct line *line = list_push(arena, table);

		line->hook = j ? "" : hook_label(arena, row->hook->interface, row->hook->hook);
		line->position = arena_printf(arena, "%zu", j + 1);
		line->program = program_words(arena, &row->items[j]);
		line->marks = shown(arena, marks_words(arena, &row->items[j].marks));
		fill_numbers(arena, line, status, row->hook->hook, &row->items[j]);
	}
}

/* The widths are those of all rows, so that they do not hang on what is folded. */
static void measure(struct table *table)
{
	/* Those that tables of everyday numbers share, so that a watched table does not jump. */
	static const size_t widths[NUMBER_COLUMNS] = { 12, 12, 8, 9 };

	table->hook = HOOK_WIDTH;
	table->position = 1;
	table->program = PROGRAM_WIDTH;
	memcpy(table->numbers, widths, sizeof(widths));
	for (size_t i = 0; i < table->count; i++) {
		const struct line *line = &table->items[i];

		table->hook = larger(table->hook, strlen(line->hook));
		table->position = larger(table->position, strlen(line->position));
		table->program = larger(table->program, strlen(line->program));
		for (size_t j = 0; j < NUMBER_COLUMNS; j++)
			table->numbers[j] = larger(table->numbers[j], strlen(line->numbers[j]));
	}
}

static struct table make_table(struct arena *arena, const struct status *status,
			       const struct status_rows *rows)
{
	static const char *const so_far[] = { "SEEN", "DROPPED", "ENDED", "PASSED ON" };
	static const char *const a_second[] = { "SEEN/s", "DROPPED/s", "ENDED/s", "PASSED/s" };
	struct table table = { 0 };
	struct line *header = list_push(arena, &table);

	*header = (struct line){ .hook = "HOOK",
				 .position = "#",
				 .program = "PROGRAM",
				 .marks = has_marks(rows) ? "MARKS" : "" };
	memcpy(header->numbers, status->before ? a_second : so_far, sizeof(header->numbers));
	for (size_t i = 0; i < rows->count; i++)
		add_row(arena, &table, status, &rows->items[i]);
	measure(&table);
	return table;
}

static void add_line(struct text *out, const struct table *table, const struct line *line)
{
	text_printf(out, "%-*s  %*s  %-*s", (int)table->hook, line->hook, (int)table->position,
		    line->position, (int)table->program, line->program);
	for (size_t j = 0; j < NUMBER_COLUMNS; j++)
		text_printf(out, "  %*s", (int)table->numbers[j], line->numbers[j]);
	text_printf(out, "%s%s\n", *line->marks ? "  " : "", line->marks);
}

/* How many lines of the terminal it takes. */
static size_t height(const char *text, size_t columns)
{
	size_t lines = 0;

	while (*text) {
		size_t width = 0;

		for (; *text && *text != '\n'; text++) {
			/* Colours take no place, and a character of several bytes takes one. */
			if (*text == '\033')
				text += strcspn(text, "m");
			else
				width += ((unsigned char)*text & 0xc0) != 0x80;
		}
		text += *text == '\n';
		lines += columns && width ? (width + columns - 1) / columns : 1;
	}
	return lines;
}

/* A row among those that want to be shown. */
struct candidate {
	const struct status_row *row;
	bool in_sync;
	uint64_t dropped;
	uint64_t seen;
	size_t at;
	bool chosen;
};

static int by_importance(const void *a, const void *b)
{
	const struct candidate *x = *(struct candidate *const *)a;
	const struct candidate *y = *(struct candidate *const *)b;

	if (x->in_sync != y->in_sync)
		return x->in_sync - y->in_sync;
	if (x->dropped != y->dropped)
		return x->dropped < y->dropped ? 1 : -1;
	if (x->seen != y->seen)
		return x->seen < y->seen ? 1 : -1;
	return x->at < y->at ? -1 : 1;
}

static struct candidate *candidates_of(struct arena *arena, const struct status *status,
				       const struct status_rows *rows)
{
	struct candidate *all = arena_array(arena, struct candidate, rows->count);

	for (size_t i = 0; i < rows->count; i++) {
		const struct status_row *row = &rows->items[i];
		struct fates fates;

		all[i] = (struct candidate){
			.row = row,
			.in_sync = !row->planned || chain_in_sync(row->planned),
			.at = i,
		};
		for (size_t j = 0; j < row->count; j++) {
			if (!status_flow(status, &row->items[j], row->hook->hook, &fates))
				continue;
			all[i].dropped += fates.dropped;
			all[i].seen = fates.seen > all[i].seen ? fates.seen : all[i].seen;
		}
	}
	return all;
}

/* As many as fit into `room` lines, but one at least. */
static void choose(struct arena *arena, struct candidate *all, size_t count, size_t line_height,
		   size_t room)
{
	struct candidate **order = arena_array(arena, struct candidate *, count);
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		order[i] = &all[i];
	if (count)
		qsort(order, count, sizeof(struct candidate *), by_importance);
	for (size_t i = 0; i < count; i++) {
		used += order[i]->row->count * line_height;
		if (i && used > room)
			return;
		order[i]->chosen = true;
	}
}

static void add_folded(struct text *out, const struct candidate *all, size_t count)
{
	size_t folded = 0;
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		folded += !all[i].chosen;
		wrong += !all[i].chosen && !all[i].in_sync;
	}
	if (!folded)
		return;
	text_printf(out, "and ");
	text_count(out, folded, "hook more, ", "hooks more, ");
	if (wrong)
		text_printf(out, "%zu not in sync", wrong);
	else
		text_add(out, "in sync");
	text_add(out, ": `ordain status | less` has them all\n");
}

static const char *line_text(struct arena *arena, const struct table *table, size_t at)
{
	struct text text = TEXT(arena);

	add_line(&text, table, &table->items[at]);
	return text_string(&text);
}

void status_table(struct text *out, const struct status *status, const struct status_rows *rows)
{
	struct arena *arena = out->arena;
	struct table table = make_table(arena, status, rows);
	struct candidate *all = candidates_of(arena, status, rows);
	size_t line_height = height(line_text(arena, &table, 0), status->columns);
	/* Beside what is there: an empty line, the header, what is folded, and the prompt. */
	size_t used = height(text_string(out), status->columns) + line_height + 3;
	size_t at = 1;

	if (table.count == 1)
		return;
	if (!status->lines || used - 1 + (table.count - 1) * line_height <= status->lines)
		used = 0;
	choose(arena, all, rows->count, line_height,
	       !used		      ? SIZE_MAX
	       : used < status->lines ? status->lines - used
				      : 0);
	text_add(out, "\n");
	add_line(out, &table, &table.items[0]);
	for (size_t i = 0; i < rows->count; at += rows->items[i++].count)
		for (size_t j = 0; j < rows->items[i].count && all[i].chosen; j++)
			add_line(out, &table, &table.items[at + j]);
	add_folded(out, all, rows->count);
}

struct dropper {
	const char *hook;
	const char *program;
	struct fates fates;
	size_t at;
};

struct droppers {
	struct dropper *items;
	size_t count;
};

static int by_drops(const void *a, const void *b)
{
	const struct dropper *x = a;
	const struct dropper *y = b;

	if (x->fates.dropped != y->fates.dropped)
		return x->fates.dropped < y->fates.dropped ? 1 : -1;
	return x->at < y->at ? -1 : 1;
}

static struct droppers find_droppers(struct arena *arena, const struct status *status,
				     const struct status_rows *rows)
{
	struct droppers droppers = { 0 };

	for (size_t i = 0; i < rows->count; i++) {
		const struct status_row *row = &rows->items[i];

		for (size_t j = 0; j < row->count; j++) {
			struct fates fates;

			if (!status_flow(status, &row->items[j], row->hook->hook, &fates) ||
			    !fates.dropped)
				continue;
			*list_push(arena, &droppers) = (struct dropper){
				hook_label(arena, row->hook->interface, row->hook->hook),
				program_words(arena, &row->items[j]),
				fates,
				droppers.count,
			};
		}
	}
	if (droppers.count)
		qsort(droppers.items, droppers.count, sizeof(*droppers.items), by_drops);
	return droppers;
}

static const char *share_words(struct arena *arena, uint64_t part, uint64_t whole)
{
	double percent = whole ? 100.0 * (double)part / (double)whole : 0;

	if (!whole)
		return "-";
	if (part && percent < 0.1)
		return "<0.1 %";
	return arena_printf(arena, "%.1f %%", percent);
}

void status_droppers(struct text *out, const struct report *report, const struct status *status,
		     const struct status_rows *rows)
{
	static const char heading[] = "DROPPING";
	struct droppers droppers = find_droppers(out->arena, status, rows);
	size_t count = droppers.count < DROPPERS_SHOWN ? droppers.count : DROPPERS_SHOWN;
	size_t hook = HOOK_WIDTH;
	size_t program = PROGRAM_WIDTH;

	for (size_t i = 0; i < count; i++) {
		hook = larger(hook, strlen(droppers.items[i].hook));
		program = larger(program, strlen(droppers.items[i].program));
	}
	if (!count)
		return;
	text_add(out, "\n");
	text_coloured(out, report->colour, COLOUR_YELLOW, heading);
	text_printf(out, "%*s  %-*s  %12s  OF WHAT IT SAW\n", (int)(hook - strlen(heading)), "",
		    (int)program, "PROGRAM", status->before ? "DROPPED/s" : "DROPPED");
	for (size_t i = 0; i < count; i++) {
		const struct dropper *dropper = &droppers.items[i];

		text_printf(out, "%-*s  %-*s  %12s  %14s\n", (int)hook, dropper->hook, (int)program,
			    dropper->program, grouped(out->arena, dropper->fates.dropped),
			    share_words(out->arena, dropper->fates.dropped, dropper->fates.seen));
	}
	if (count < droppers.count)
		text_printf(out, "and %zu more\n", droppers.count - count);
}
