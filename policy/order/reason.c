/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/reason.h"

static const char *program_stage(const struct program *program)
{
	return stage_name((enum stage)program->stage.value);
}

const struct program *statement_owner(const struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_BEFORE:
	case STATEMENT_FIRST:
	case STATEMENT_STAGE:
	case STATEMENT_UNMODIFIED:
		return statement->first;
	case STATEMENT_AFTER:
	case STATEMENT_LAST:
		return statement->second;
	case STATEMENT_ORDER:
		break;
	}
	return NULL;
}

const char *statement_words(struct arena *arena, const struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_BEFORE:
		return arena_printf(arena, "before: [%s]", statement->second->name);
	case STATEMENT_AFTER:
		return arena_printf(arena, "after: [%s]", statement->first->name);
	case STATEMENT_FIRST:
		return "first: true";
	case STATEMENT_LAST:
		return "last: true";
	case STATEMENT_STAGE:
		return arena_printf(arena, "stage: %s", program_stage(statement->first));
	case STATEMENT_UNMODIFIED:
		return "unmodified_input: true";
	case STATEMENT_ORDER:
		break;
	}
	return "order";
}

static const char *stage_words(struct arena *arena, const struct program *first,
			       const struct program *second)
{
	return arena_printf(arena, "stage %s%s before %s%s", program_stage(first),
			    first->stage.written ? "" : " (default)", program_stage(second),
			    second->stage.written ? "" : " (default)");
}

const char *statement_reason(struct arena *arena, const struct statement *statement)
{
	if (statement->kind == STATEMENT_STAGE)
		return stage_words(arena, statement->first, statement->second);
	return statement_words(arena, statement);
}

const char *statement_said(struct arena *arena, const struct statement *statement,
			   const struct program *program)
{
	const struct program *owner = statement_owner(statement);
	const char *words = statement_reason(arena, statement);

	if (!owner || owner == program || statement->kind == STATEMENT_STAGE)
		return words;
	return arena_printf(arena, "%s says %s", owner->name, words);
}

const char *element_reason(struct arena *arena, const struct element *previous,
			   const struct element *element)
{
	switch (element->reason) {
	case REASON_STATEMENT:
		return statement_reason(arena, &element->statement);
	case REASON_STAGE:
		return stage_words(arena, previous->program, element->program);
	case REASON_PRIORITY:
		return arena_printf(arena, "priority %d before %d",
				    previous->program->priority.value,
				    element->program->priority.value);
	case REASON_OURS:
		return "ours before what others attach";
	case REASON_NAME:
		return "rests on the name alone";
	case REASON_ONLY:
		break;
	}
	return "";
}

/* Of two numbers that decided together, the element's own is the one to look at. */
static struct span written_span(const struct number *previous, const struct number *own)
{
	return own->written ? own->span : previous->span;
}

struct span element_span(const struct element *previous, const struct element *element)
{
	switch (element->reason) {
	case REASON_STATEMENT:
		return element->statement.span;
	case REASON_STAGE:
		return written_span(&previous->program->stage, &element->program->stage);
	case REASON_PRIORITY:
		return written_span(&previous->program->priority, &element->program->priority);
	case REASON_OURS:
	case REASON_NAME:
	case REASON_ONLY:
		break;
	}
	return (struct span){ 0 };
}
