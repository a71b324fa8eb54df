/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_plan_json.h"

#include "policy/render/render_json.h"

static json_t *element_json(struct arena *arena, const struct planned_chain *chain,
			    const struct planned_element *element)
{
	bool foreign = element->change == CHANGE_FOREIGN || element->absorbed_id;
	struct marks marks = marks_of(arena, element->program, chain->hook, element->judgement);
	json_t *object = json_object();
	json_t *flags = json_array();
	const char *violation = element->violation ? element->violation
				: element->company ? element->company
						   : element->refused;

	if (element->violation && element->company)
		violation = arena_printf(arena, "%s; %s", element->violation, element->company);

	for (size_t i = 0; i < marks.count; i++)
		json_append(flags, json_text(arena, marks.items[i].name));

	json_set(object, "name", json_text(arena, element->name));
	json_set(object, "position", json_number(element->position));
	json_set(object, "was", json_number(element->was));
	json_set(object, "change", json_text(arena, element_change_name(element->change)));
	json_set(object, "origin", json_text(arena, foreign ? "foreign" : "object"));
	if (element->missing)
		json_append(flags, json_text(arena, "incomplete"));
	if (element->violation || element->company)
		json_append(flags, json_text(arena, "verify-only"));
	if (element->absorbed_id)
		json_append(flags, json_text(arena, "absorbed"));
	if (element->refused)
		json_append(flags, json_text(arena, "refused"));
	json_set(object, "flags", flags);
	json_set(object, "marks", json_marks(arena, &marks));
	json_set(object, "why", json_text(arena, element->why));
	json_set(object, "place", json_span(arena, &element->span));
	json_set(object, "missing", json_text(arena, element->missing));
	json_set(object, "violation", json_text(arena, violation));
	json_set(object, "object", json_text(arena, element->object));
	json_set(object, "linked", json_text(arena, element_linked(chain, element)));
	if (foreign)
		json_set(object, "prog_id",
			 json_integer(element->foreign_id ? element->foreign_id
							  : element->absorbed_id));
	return object;
}

static json_t *others_json(struct arena *arena, const struct planned_chain *chain)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;
	struct mark others;
	json_t *object;

	if (!resolved || !resolved->others.written)
		return json_null();
	others = others_mark(resolved);
	object = json_object();
	json_set(object, "name", json_text(arena, others.name));
	json_set(object, "kept", json_text(arena, others.kept));
	return object;
}

static json_t *chain_json(struct arena *arena, const struct planned_chain *chain)
{
	bool blocked = chain->action == ACTION_BLOCKED;
	json_t *object = json_object();
	json_t *elements = json_array();

	for (size_t i = 0; i < chain->count; i++)
		json_append(elements, element_json(arena, chain, &chain->elements[i]));
	json_set(object, "interface", json_text(arena, chain->interface));
	json_set(object, "hook", json_text(arena, hook_name(chain->hook)));
	json_set(object, "action", json_text(arena, chain_action_name(chain->action)));
	json_set(object, "code", json_text(arena, blocked ? diag_code_name(chain->code) : NULL));
	json_set(object, "mechanism", json_text(arena, chain->mechanism));
	json_set(object, "others", others_json(arena, chain));
	json_set(object, "elements", elements);
	json_set(object, "steps", json_steps(arena, chain));
	json_set(object, "reason", json_text(arena, chain->note));
	return object;
}

void render_plan_json(struct text *out, const struct report *report, const struct plan *plan)
{
	struct arena *arena = out->arena;
	json_t *object = json_report(arena, report, report->policy);
	json_t *chains = json_array();

	for (size_t i = 0; i < plan->count; i++)
		json_append(chains, chain_json(arena, &plan->chains[i]));
	json_set(object, "changes", json_integer((json_int_t)plan_changes(plan)));
	json_set(object, "chains", chains);
	json_set(object, "leftovers", json_leftovers(arena, plan));
	json_end(out, object, report);
}
