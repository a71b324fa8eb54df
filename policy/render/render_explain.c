/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/utf8.h"
#include "policy/marks/marks.h"
#include "policy/model/layer.h"
#include "policy/order/conflict.h"
#include "policy/order/reason.h"
#include "policy/render/explain.h"
#include "policy/render/render_common.h"
#include "policy/render/rows.h"

/* More lines of one sort than this tell nobody anything. */
enum { LINES_SHOWN = 10 };

static void render_elements(struct text *out, const struct chain *chain)
{
	struct arena *arena = out->arena;
	int width = chain->count < 10 ? 1 : chain->count < 100 ? 2 : 3;
	struct rows rows = { 0 };

	for (size_t i = 0; i < chain->count; i++) {
		const struct element *element = &chain->elements[i];
		const struct element *previous = i ? &chain->elements[i - 1] : NULL;
		struct span span = element_span(previous, element);
		const char *reason =
			element->reason == REASON_STATEMENT
				? statement_said(arena, &element->statement, element->program)
				: element_reason(arena, previous, element);

		rows_add(arena, &rows, arena_printf(arena, "%*zu", width, i + 1),
			 element_words(arena, element), reason, span_text(arena, &span));
	}
	rows_render(&rows, out);
}

static void render_marks(struct text *out, const struct chain *chain)
{
	struct arena *arena = out->arena;
	struct rows rows = { 0 };

	for (size_t i = 0; i < chain->count; i++) {
		const struct element *element = &chain->elements[i];
		struct marks marks =
			marks_of(arena, element->program, chain->hook, element->judgement);

		for (size_t j = 0; j < marks.count; j++)
			rows_add(arena, &rows, j ? NULL : element->program->name,
				 marks.items[j].name, marks.items[j].kept,
				 span_text(arena, &marks.items[j].span));
	}
	if (rows.count)
		text_add(out, "\nMarks:\n");
	rows_render(&rows, out);
}

/* Its words and its place; a stage statement stands in two places. */
static void add_statement(struct arena *arena, struct rows *rows, const char *label,
			  const struct statement *statement)
{
	rows_add(arena, rows, label, statement_said(arena, statement, NULL),
		 span_text(arena, &statement->span), NULL);
	if (statement->kind == STATEMENT_STAGE && statement->other_span.source)
		rows_add(arena, rows, NULL, NULL, span_text(arena, &statement->other_span), NULL);
}

static const char *claim(struct arena *arena, const char *lead, const struct statement *statement)
{
	return arena_printf(arena, "%s%s before %s", lead, statement->first->name,
			    statement->second->name);
}

static void render_overridden(struct text *out, const struct chain *chain)
{
	struct arena *arena = out->arena;
	struct contest contest = contest_new(arena, chain);
	struct rows rows = { 0 };

	if (!chain->overridden.count)
		return;
	for (size_t i = 0; i < chain->overridden.count; i++) {
		const struct statement *lost = &chain->overridden.items[i];
		struct statements winners = contest_winners(arena, &contest, lost);

		add_statement(arena, &rows, claim(arena, "", lost), lost);
		for (size_t j = 0; j < winners.count; j++)
			add_statement(arena, &rows,
				      claim(arena, j ? "  and " : "  but ", &winners.items[j]),
				      &winners.items[j]);
	}
	text_add(out, "\nOverridden by something stronger:\n");
	rows_render(&rows, out);
}

/* What counts, and below it what weaker places had said, the strongest of them first. */
static void add_replaced(struct arena *arena, struct rows *rows, const struct program *program,
			 size_t key)
{
	const struct replaced_keys *replaced = &program->replaced;
	bool found = false;

	for (size_t i = replaced->count; i-- > 0;) {
		const struct replaced_key *item = &replaced->items[i];

		if (item->key != key)
			continue;
		if (!found)
			rows_add(arena, rows, program->name, program_key_words(arena, program, key),
				 span_text(arena, &program->places[key]), NULL);
		rows_add(arena, rows, "  instead of",
			 item->words ? item->words : "what it is by default",
			 span_text(arena, &item->span), NULL);
		found = true;
	}
}

static void add_all_replaced(struct arena *arena, struct rows *rows, const struct program *program)
{
	for (size_t key = 0; key < schema_program.count; key++)
		add_replaced(arena, rows, program, key);
}

static void render_replaced(struct text *out, const struct rows *rows)
{
	if (rows->count)
		text_add(out, "\nSaid otherwise by something stronger:\n");
	rows_render(rows, out);
}

static void render_replaced_keys(struct text *out, const struct chain *chain)
{
	struct rows rows = { 0 };

	for (size_t i = 0; i < chain->count; i++)
		add_all_replaced(out->arena, &rows, chain->elements[i].program);
	render_replaced(out, &rows);
}

/* The row of an absentee, or how many more of its kind there are. Counts in `*shown`. */
static void add_absentee(struct arena *arena, struct rows *rows, const struct absentees *absentees,
			 size_t at, size_t *shown)
{
	const struct absentee *absentee = &absentees->items[at];
	enum absence_kind kind = absentee->absence.kind;

	if (!at || absentees->items[at - 1].absence.kind != kind)
		*shown = 0;
	if (++*shown <= LINES_SHOWN)
		rows_add(arena, rows, absentee->program->name, absentee->absence.words,
			 span_text(arena, &absentee->absence.span), NULL);
	else if (at + 1 == absentees->count || absentees->items[at + 1].absence.kind != kind)
		rows_add(arena, rows, "...",
			 arena_printf(arena, "and %zu more: %s", *shown - LINES_SHOWN,
				      absence_name(kind)),
			 NULL, NULL);
}

static void render_absentees(struct text *out, const struct policy *policy,
			     const struct chain *chain)
{
	struct absentees absentees = explain_absentees(out->arena, policy, chain);
	struct rows rows = { 0 };
	size_t shown = 0;

	if (!absentees.count)
		return;
	for (size_t i = 0; i < absentees.count; i++)
		add_absentee(out->arena, &rows, &absentees, i, &shown);
	text_add(out, "\nNot here:\n");
	rows_render(&rows, out);
}

static void render_missing(struct text *out, const struct desires *desires,
			   const struct chain *chain)
{
	const struct desired *desired = explain_missing(desires, chain);
	struct rows rows = { 0 };

	if (!desired)
		return;
	for (size_t i = 0; i < desired->missing.count; i++) {
		const struct missing_program *program = &desired->missing.items[i];

		rows_add(out->arena, &rows, program->name,
			 explain_missing_words(out->arena, desired, program),
			 shown(out->arena, program->reason), NULL);
	}
	text_add(out, "\nCannot run:\n");
	rows_render(&rows, out);
}

static void render_conflict(struct text *out, const struct chain *chain)
{
	struct arena *arena = out->arena;
	struct rows rows = { 0 };

	for (size_t i = 0; i < chain->conflict.count; i++) {
		const struct statement *statement = &chain->conflict.items[i];

		add_statement(arena, &rows,
			      arena_printf(arena, "%s must run before %s", statement->first->name,
					   statement->second->name),
			      statement);
	}
	if (rows.count)
		text_add(out, "\nNo order satisfies all of these:\n");
	rows_render(&rows, out);
}

static void render_blocked(struct text *out, const struct chain *chain)
{
	render_conflict(out, chain);
	text_printf(out, "\nWay out: %s.\n", conflict_help(chain));
	text_add(out, "Until then this hook keeps its last good chain.\n\nMeant for this hook: ");
	for (size_t i = 0; i < chain->count && i < LINES_SHOWN; i++)
		text_printf(out, "%s%s", i ? ", " : "", chain->elements[i].program->name);
	if (chain->count > LINES_SHOWN)
		text_printf(out, " and %zu more", chain->count - LINES_SHOWN);
	text_add(out, "\n");
}

static void render_chain(struct text *out, const struct report *report, const struct policy *policy,
			 const struct desires *desires, const struct chain *chain)
{
	const char *plural = chain->count == 1 ? "" : "s";

	utf8_show_string(out, chain->interface->name);
	text_printf(out, " %s: ", hook_name(chain->hook));
	if (chain->blocked) {
		text_printf(out, "%s by %s, %zu program%s\n",
			    report->colour ? "\033[31mBLOCKED\033[0m" : "BLOCKED",
			    diag_code_name(chain->code), chain->count, plural);
		render_blocked(out, chain);
	} else {
		text_printf(out, "%zu program%s\n", chain->count, plural);
		render_elements(out, chain);
		render_marks(out, chain);
		render_overridden(out, chain);
		render_replaced_keys(out, chain);
	}
	render_missing(out, desires, chain);
	render_absentees(out, policy, chain);
}

void render_explain_chains(struct text *out, enum output_format format, const struct report *report,
			   const struct policy *policy, const struct desires *desires,
			   const struct chain *chains, size_t count)
{
	if (format == OUTPUT_JSON) {
		explain_chains_json(out, report, policy, desires, chains, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		text_add(out, i ? "\n" : "");
		render_chain(out, report, policy, desires, &chains[i]);
	}
}

static const char *neighbours(struct arena *arena, const struct position *position)
{
	const struct chain *chain = position->chain;
	size_t at = position->at;

	if (chain->count == 1)
		return "alone";
	if (!at)
		return arena_printf(arena, "before %s", chain->elements[1].program->name);
	if (at + 1 == chain->count)
		return arena_printf(arena, "after %s", chain->elements[at - 1].program->name);
	return arena_printf(arena, "after %s, before %s", chain->elements[at - 1].program->name,
			    chain->elements[at + 1].program->name);
}

static void add_position(struct arena *arena, struct rows *rows, const struct position *position)
{
	const struct chain *chain = position->chain;
	const char *where =
		arena_printf(arena, "%s %s", position->interface->name, hook_name(chain->hook));

	if (chain->blocked)
		rows_add(arena, rows, where, "BLOCKED",
			 arena_printf(arena, "%s; see `ordain explain %s`",
				      diag_code_name(chain->code), where),
			 NULL);
	else
		rows_add(arena, rows, where,
			 arena_printf(arena, "%zu of %zu", position->at + 1, chain->count),
			 neighbours(arena, position), position->linked);
}

static void render_positions(struct text *out, const struct positions *positions)
{
	struct rows rows = { 0 };

	for (size_t i = 0; i < positions->count; i++)
		if (positions->items[i].chain)
			add_position(out->arena, &rows, &positions->items[i]);
	if (!rows.count)
		text_add(out, "It runs nowhere.\n");
	rows_render(&rows, out);
}

static void render_waiting(struct text *out, const struct waitings *waiting,
			   const struct program *program)
{
	struct rows rows = { 0 };

	for (size_t i = 0; i < waiting->count; i++)
		if (explain_waits(&waiting->items[i], program))
			rows_add(out->arena, &rows,
				 arena_printf(out->arena, "'%s'", waiting->items[i].pattern),
				 waiting_words(&waiting->items[i]), NULL, NULL);
	if (rows.count)
		text_add(out, "\nWaits for:\n");
	rows_render(&rows, out);
}

static void render_elsewhere(struct text *out, const struct positions *positions)
{
	struct arena *arena = out->arena;
	struct rows rows = { 0 };
	size_t absent = 0;

	for (size_t i = 0; i < positions->count; i++) {
		const struct position *position = &positions->items[i];

		if (!position->chain && ++absent <= LINES_SHOWN)
			rows_add(arena, &rows, position->interface->name, position->absence.words,
				 span_text(arena, &position->absence.span), NULL);
	}
	if (absent > LINES_SHOWN)
		rows_add(arena, &rows, "...",
			 arena_printf(arena, "and %zu more", absent - LINES_SHOWN), NULL, NULL);
	if (absent)
		text_add(out, "\nNot on:\n");
	rows_render(&rows, out);
}

/* An override may enable what is disabled elsewhere. */
static bool runs_anywhere(const struct positions *positions)
{
	for (size_t i = 0; i < positions->count; i++)
		if (positions->items[i].chain)
			return true;
	return false;
}

static void render_program(struct text *out, const struct resolution *resolution,
			   const struct interfaces *interfaces, const struct observed *observed,
			   const struct program *program)
{
	struct arena *arena = out->arena;
	struct positions positions =
		explain_positions(arena, resolution, interfaces, observed, program);
	const char *where = span_text(arena, &program->span);
	struct rows replaced = { 0 };

	text_printf(out, "%s: %s, stage %s%s, priority %d%s%s%s%s\n", program->name,
		    hooks_words(arena, program->hooks),
		    stage_name((enum stage)program->stage.value),
		    program->stage.written ? "" : " (default)", program->priority.value,
		    program->priority.written ? "" : " (default)",
		    program_is_attached(program) ? ", attached by others" : "", *where ? "  " : "",
		    where);
	if (!program->enabled.value && !runs_anywhere(&positions)) {
		where = span_text(arena, &program->enabled.span);
		text_printf(out, "It runs nowhere: enabled: false%s%s\n", *where ? "  " : "",
			    where);
		return;
	}
	render_positions(out, &positions);
	render_waiting(out, &resolution->waiting, program);
	render_elsewhere(out, &positions);
	add_all_replaced(arena, &replaced, program);
	render_replaced(out, &replaced);
}

void render_explain_program(struct text *out, enum output_format format,
			    const struct report *report, const struct resolution *resolution,
			    const struct interfaces *interfaces, const struct observed *observed,
			    const struct program *program)
{
	if (format == OUTPUT_JSON)
		explain_program_json(out, report, resolution, interfaces, observed, program);
	else
		render_program(out, resolution, interfaces, observed, program);
}
