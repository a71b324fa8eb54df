/* SPDX-License-Identifier: GPL-2.0-only */
#include <jansson.h>

#include "policy/diag/diag_json.h"
#include "policy/model/layer.h"
#include "policy/order/conflict.h"
#include "policy/order/reason.h"
#include "policy/render/explain.h"
#include "policy/render/json.h"

static const char *const strength_names[] = {
	[STRENGTH_NAMED] = "chains-named", [STRENGTH_ALTNAME] = "chains-altname",
	[STRENGTH_CHAINS] = "chains",	   [STRENGTH_POLICY] = "policy",
	[STRENGTH_HINT] = "hint",
};

static const char *const reason_names[] = {
	[REASON_ONLY] = "only",		[REASON_STATEMENT] = "statement", [REASON_STAGE] = "stage",
	[REASON_PRIORITY] = "priority", [REASON_OURS] = "ours",		  [REASON_NAME] = "name",
};

static json_t *statement_json(struct arena *arena, const struct statement *statement)
{
	const struct program *owner = statement_owner(statement);
	json_t *places = json_array();
	json_t *object = json_object();

	json_set(object, "first", json_text(arena, statement->first->name));
	json_set(object, "second", json_text(arena, statement->second->name));
	json_set(object, "program", json_text(arena, owner ? owner->name : NULL));
	json_set(object, "strength", json_text(arena, strength_names[statement->strength]));
	json_set(object, "words", json_text(arena, statement_reason(arena, statement)));
	json_append(places, json_span(arena, &statement->span));
	if (statement->kind == STATEMENT_STAGE)
		json_append(places, json_span(arena, &statement->other_span));
	json_set(object, "places", places);
	return object;
}

static json_t *statements_json(struct arena *arena, const struct statements *statements)
{
	json_t *array = json_array();

	for (size_t i = 0; i < statements->count; i++)
		json_append(array, statement_json(arena, &statements->items[i]));
	return array;
}

/* What weaker places had said; "said": null is the default. */
static json_t *replaced_json(struct arena *arena, const struct program *program)
{
	json_t *array = json_array();

	for (size_t i = 0; i < program->replaced.count; i++) {
		const struct replaced_key *item = &program->replaced.items[i];
		json_t *object = json_object();

		json_set(object, "key", json_text(arena, schema_program.keys[item->key].name));
		json_set(object, "said", json_text(arena, item->words));
		json_set(object, "place", json_span(arena, &item->span));
		json_set(object, "by",
			 json_text(arena, program_key_words(arena, program, item->key)));
		json_set(object, "by_place", json_span(arena, &program->places[item->key]));
		json_append(array, object);
	}
	return array;
}

static json_t *element_json(struct arena *arena, const struct chain *chain, size_t at)
{
	const struct element *element = &chain->elements[at];
	const struct element *previous = at ? &chain->elements[at - 1] : NULL;
	struct marks marks = marks_of(arena, element->program, chain->hook, element->judgement);
	json_t *object = json_object();
	struct span span;

	json_set(object, "name", json_text(arena, element->program->name));
	json_set(object, "marks", json_marks(arena, &marks));
	if (program_is_attached(element->program))
		json_set(object, "attached", json_boolean(true));
	if (chain->blocked)
		return object;
	span = element_span(previous, element);
	json_set(object, "position", json_integer((json_int_t)at + 1));
	json_set(object, "reason", json_text(arena, reason_names[element->reason]));
	json_set(object, "words", json_text(arena, element_reason(arena, previous, element)));
	json_set(object, "place", json_span(arena, &span));
	json_set(object, "statement",
		 element->reason == REASON_STATEMENT ? statement_json(arena, &element->statement)
						     : json_null());
	json_set(object, "replaced", replaced_json(arena, element->program));
	return object;
}

static json_t *elements_json(struct arena *arena, const struct chain *chain)
{
	json_t *array = json_array();

	for (size_t i = 0; i < chain->count; i++)
		json_append(array, element_json(arena, chain, i));
	return array;
}

static json_t *overridden_json(struct arena *arena, const struct chain *chain)
{
	struct contest contest = contest_new(arena, chain);
	json_t *array = json_array();

	for (size_t i = 0; i < chain->overridden.count; i++) {
		const struct statement *lost = &chain->overridden.items[i];
		struct statements winners = contest_winners(arena, &contest, lost);
		json_t *object = statement_json(arena, lost);

		json_set(object, "by", statements_json(arena, &winners));
		json_append(array, object);
	}
	return array;
}

static void set_absence(struct arena *arena, json_t *object, const struct absence *absence)
{
	json_set(object, "absence", json_text(arena, absence_name(absence->kind)));
	json_set(object, "words", json_text(arena, absence->words));
	json_set(object, "place", json_span(arena, &absence->span));
}

static json_t *absentees_json(struct arena *arena, const struct policy *policy,
			      const struct chain *chain)
{
	struct absentees absentees = explain_absentees(arena, policy, chain);
	json_t *array = json_array();

	for (size_t i = 0; i < absentees.count; i++) {
		json_t *object = json_object();

		json_set(object, "name", json_text(arena, absentees.items[i].program->name));
		set_absence(arena, object, &absentees.items[i].absence);
		json_append(array, object);
	}
	return array;
}

static json_t *missing_json(struct arena *arena, const struct desires *desires,
			    const struct chain *chain)
{
	const struct desired *desired = explain_missing(desires, chain);
	json_t *array = json_array();

	for (size_t i = 0; desired && i < desired->missing.count; i++) {
		const struct missing_program *program = &desired->missing.items[i];
		const char *what = explain_missing_words(arena, desired, program);
		json_t *object = json_object();

		json_set(object, "name", json_text(arena, program->name));
		json_set(object, "code", json_text(arena, diag_code_name(program->code)));
		json_set(object, "reason", json_text(arena, program->reason));
		json_set(object, "what", json_text(arena, what));
		json_append(array, object);
	}
	return array;
}

static json_t *chain_json(struct arena *arena, const struct policy *policy,
			  const struct desires *desires, const struct chain *chain)
{
	json_t *object = json_object();

	json_set(object, "interface", json_text(arena, chain->interface->name));
	json_set(object, "hook", json_text(arena, hook_name(chain->hook)));
	json_set(object, "blocked", json_code(arena, chain));
	json_set(object, "elements", elements_json(arena, chain));
	json_set(object, "overridden",
		 chain->blocked ? json_array() : overridden_json(arena, chain));
	json_set(object, "conflict", statements_json(arena, &chain->conflict));
	json_set(object, "help", json_text(arena, chain->blocked ? conflict_help(chain) : NULL));
	json_set(object, "missing", missing_json(arena, desires, chain));
	json_set(object, "absent", absentees_json(arena, policy, chain));
	return object;
}

void explain_chains_json(struct text *out, const struct report *report, const struct policy *policy,
			 const struct desires *desires, const struct chain *chains, size_t count)
{
	struct arena *arena = out->arena;
	json_t *root = json_begin(arena, report);
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_append(array, chain_json(arena, policy, desires, &chains[i]));
	json_set(root, "chains", array);
	json_end(out, root, report);
}

static json_t *neighbour_json(struct arena *arena, const struct chain *chain, size_t at)
{
	return json_text(arena, at < chain->count ? chain->elements[at].program->name : NULL);
}

static json_t *position_json(struct arena *arena, const struct position *position)
{
	const struct chain *chain = position->chain;
	json_t *object = json_object();

	json_set(object, "interface", json_text(arena, position->interface->name));
	if (!chain) {
		set_absence(arena, object, &position->absence);
		return object;
	}
	json_set(object, "hook", json_text(arena, hook_name(chain->hook)));
	json_set(object, "blocked", json_code(arena, chain));
	if (chain->blocked)
		return object;
	json_set(object, "linked", json_text(arena, position->linked));
	json_set(object, "position", json_integer((json_int_t)position->at + 1));
	json_set(object, "of", json_integer((json_int_t)chain->count));
	/* One before the first is the largest number there is: beyond the chain as well. */
	json_set(object, "after", neighbour_json(arena, chain, position->at - 1));
	json_set(object, "before", neighbour_json(arena, chain, position->at + 1));
	return object;
}

static json_t *positions_json(struct arena *arena, const struct positions *positions, bool absent)
{
	json_t *array = json_array();

	for (size_t i = 0; i < positions->count; i++)
		if (absent == !positions->items[i].chain)
			json_append(array, position_json(arena, &positions->items[i]));
	return array;
}

static json_t *waits_json(struct arena *arena, const struct waitings *waiting,
			  const struct program *program)
{
	json_t *array = json_array();

	for (size_t i = 0; i < waiting->count; i++)
		if (explain_waits(&waiting->items[i], program))
			json_append(array, json_text(arena, waiting->items[i].pattern));
	return array;
}

static json_t *hooks_json(struct arena *arena, unsigned int hooks)
{
	json_t *array = json_array();

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		if (hooks & (1u << hook))
			json_append(array, json_text(arena, hook_name(hook)));
	return array;
}

void explain_program_json(struct text *out, const struct report *report,
			  const struct resolution *resolution, const struct interfaces *interfaces,
			  const struct observed *observed, const struct program *program)
{
	struct arena *arena = out->arena;
	struct positions positions =
		explain_positions(arena, resolution, interfaces, observed, program);
	json_t *root = json_begin(arena, report);

	json_set(root, "program", json_text(arena, program->name));
	json_set(root, "hooks", hooks_json(arena, program->hooks));
	json_set(root, "stage", json_text(arena, stage_name((enum stage)program->stage.value)));
	json_set(root, "priority", json_integer(program->priority.value));
	json_set(root, "enabled", json_boolean(program->enabled.value));
	json_set(root, "place", json_span(arena, &program->span));
	json_set(root, "chains", positions_json(arena, &positions, false));
	json_set(root, "waiting", waits_json(arena, &resolution->waiting, program));
	json_set(root, "absent", positions_json(arena, &positions, true));
	json_set(root, "replaced", replaced_json(arena, program));
	json_end(out, root, report);
}
