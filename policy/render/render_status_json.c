/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_status_json.h"

#include "policy/render/conditions.h"
#include "policy/render/render_common.h"
#include "policy/render/render_json.h"
#include "policy/render/render_programs.h"

static json_t *verdicts_json(enum hook hook, const struct element_counters *counters)
{
	json_t *object;

	if (!counters)
		return json_null();
	object = json_object();
	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
		if (counters->verdicts[slot] && verdict_name(hook, slot))
			json_set(object, verdict_name(hook, slot),
				 json_integer((json_int_t)counters->verdicts[slot]));
	return object;
}

/* Of what it saw; null of nothing. */
static json_t *share_json(const struct fates *fates)
{
	return fates->seen ? json_real((double)fates->dropped / (double)fates->seen) : json_null();
}

/* In a second, where somebody watches. */
static json_t *rates_json(const struct status *status, enum hook hook,
			  const struct status_element *element)
{
	struct fates rates;
	json_t *object;

	if (!status_rates(status, element, hook, &rates))
		return json_null();
	object = json_object();
	json_set(object, "seen", json_integer((json_int_t)rates.seen));
	json_set(object, "dropped", json_integer((json_int_t)rates.dropped));
	json_set(object, "ended", json_integer((json_int_t)rates.ended));
	json_set(object, "passed_on", json_integer((json_int_t)rates.passed));
	json_set(object, "drop_share", share_json(&rates));
	return object;
}

static json_t *element_json(struct arena *arena, const struct status *status, enum hook hook,
			    const struct status_element *element)
{
	const struct element_counters *counters = element->counters;
	json_t *object = json_object();
	struct fates fates;
	bool known = status_fates(element, hook, &fates);

	json_set(object, "name", json_text(arena, element->name));
	json_set(object, "owner", json_text(arena, element->ours ? "ordain" : "foreign"));
	json_set(object, "absorbed", json_boolean(element->running && element->running->absorbed));
	json_set(object, "missing", json_boolean(element->running && element->running->missing));
	json_set(object, "prog_id", json_integer(element->program_id));
	json_set(object, "linked",
		 json_text(arena, element->running ? element->running->linked : NULL));
	json_set(object, "seen", counters ? json_integer((json_int_t)counters->seen) : json_null());
	json_set(object, "dropped", known ? json_integer((json_int_t)fates.dropped) : json_null());
	json_set(object, "drop_share", known ? share_json(&fates) : json_null());
	json_set(object, "rates", rates_json(status, hook, element));
	json_set(object, "verdicts", verdicts_json(hook, counters));
	json_set(object, "marks", json_marks(arena, &element->marks));
	return object;
}

static json_t *condition_json(struct arena *arena, enum condition_type type,
			      const struct condition *condition)
{
	json_t *object = json_object();

	json_set(object, "type", json_text(arena, condition_name(type)));
	json_set(object, "status", json_boolean(condition->status));
	json_set(object, "reason", json_text(arena, condition->reason));
	json_set(object, "message", json_text(arena, condition->message));
	return object;
}

/* A hook with foreign programs only has no conditions: there is nothing that it should be. */
static json_t *conditions_json(struct arena *arena, const struct planned_chain *chain,
			       const struct status *status)
{
	struct condition conditions[CONDITION_COUNT];
	json_t *list = json_array();

	if (!chain)
		return list;
	conditions_judge(arena, chain, conditions);
	conditions[CONDITION_LOCKED_OUT] = condition_locked_out(arena, chain, &status->locked_out);
	for (unsigned int type = 0; type < CONDITION_COUNT; type++)
		json_append(list, condition_json(arena, type, &conditions[type]));
	return list;
}

static json_t *row_json(struct arena *arena, const struct status_row *row,
			const struct status *status)
{
	const struct planned_chain *planned = row->planned;
	json_t *object = json_object();
	json_t *elements = json_array();

	for (size_t i = 0; i < row->count; i++)
		json_append(elements, element_json(arena, status, row->hook->hook, &row->items[i]));
	json_set(object, "interface", json_text(arena, row->hook->interface));
	json_set(object, "hook", json_text(arena, hook_name(row->hook->hook)));
	json_set(object, "in_sync", json_boolean(!planned || chain_in_sync(planned)));
	json_set(object, "mechanism", json_text(arena, planned ? planned->mechanism : NULL));
	json_set(object, "since", json_time(arena, row->hook->since));
	json_set(object, "conditions", conditions_json(arena, planned, status));
	json_set(object, "elements", elements);
	if (status->all)
		render_programs_json(arena, row, object);
	return object;
}

static json_t *waiting_json(struct arena *arena, const struct resolution *resolution)
{
	json_t *list = json_array();

	for (size_t i = 0; resolution && i < resolution->waiting.count; i++) {
		const struct waiting *waiting = &resolution->waiting.items[i];
		json_t *object = json_object();
		json_t *programs = json_array();

		for (size_t j = 0; j < waiting->count; j++)
			json_append(programs, json_text(arena, waiting->items[j]->name));
		json_set(object, "pattern", json_text(arena, waiting->pattern));
		json_set(object, "place", json_span(arena, &waiting->span));
		json_set(object, "programs", programs);
		json_append(list, object);
	}
	return list;
}

void render_status_json(struct text *out, const struct report *report, const struct status *status,
			const struct status_rows *rows)
{
	struct arena *arena = out->arena;
	json_t *object = json_report(arena, report, report->in_force);
	json_t *chains = json_array();

	for (size_t i = 0; i < rows->count; i++)
		json_append(chains, row_json(arena, &rows->items[i], status));
	json_set(object, "in_sync", json_boolean(status_in_sync(status) && !policy_held(report)));
	json_set(object, "since", json_time(arena, report->accepted_at));
	json_set(object, "paused_until", json_time(arena, report->paused_until));
	json_set(object, "pause_reason", json_text(arena, report->pause_reason));
	json_set(object, "agent_pid",
		 report->agent_pid ? json_integer(report->agent_pid) : json_null());
	json_set(object, "noticing", json_text(arena, report->noticing));
	json_set(object, "chains", chains);
	json_set(object, "leftovers", json_leftovers(arena, status->plan));
	json_set(object, "waiting", waiting_json(arena, status->resolution));
	json_end(out, object, report);
}
