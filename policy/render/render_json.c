/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_json.h"

#include "policy/plan/plan_mode.h"
#include "policy/plan/plan_segments.h"
#include "policy/render/render_common.h"

static json_t *json_generation(uint64_t generation)
{
	return generation ? json_integer((json_int_t)generation) : json_null();
}

static json_t *json_trial(struct arena *arena, const struct report *report)
{
	json_t *object;

	if (!report->trial.generation)
		return json_null();
	object = json_object();
	json_set(object, "generation", json_generation(report->trial.generation));
	json_set(object, "back", json_generation(report->trial.back));
	json_set(object, "until", json_time(arena, report->trial.until));
	json_set(object, "seconds_left", json_integer((json_int_t)report->trial.left));
	return object;
}

static json_t *json_taken_back(struct arena *arena, const struct report *report)
{
	json_t *object;

	if (!report->taken_back.generation)
		return json_null();
	object = json_object();
	json_set(object, "generation", json_generation(report->taken_back.generation));
	json_set(object, "at", json_time(arena, report->taken_back.at));
	return object;
}

json_t *json_report(struct arena *arena, const struct report *report, const char *policy)
{
	json_t *root = json_begin(arena, report);

	json_set(root, "policy", json_text(arena, policy));
	json_set(root, "in_force", json_text(arena, report->in_force));
	json_set(root, "generation", json_integer((json_int_t)report->generation));
	json_set(root, "paused", json_boolean(report->paused));
	json_set(root, "detached", json_boolean(report->detached));
	json_set(root, "trial", json_trial(arena, report));
	json_set(root, "taken_back", json_taken_back(arena, report));
	return root;
}

json_t *json_time(struct arena *arena, int64_t seconds)
{
	return seconds ? json_text(arena, time_iso(arena, seconds)) : json_null();
}

json_t *json_step(struct arena *arena, const struct step *step)
{
	json_t *object = json_object();

	json_set(object, "action", json_text(arena, step_kind_name(step->kind)));
	json_set(object, "what", json_text(arena, step_words(arena, step)));
	return object;
}

static void add_half(struct arena *arena, json_t *array, const struct step *step, const char *gap,
		     bool waits)
{
	json_t *object = json_step(arena, step);

	json_set(object, "gap", json_text(arena, gap));
	json_set(object, "needs", json_text(arena, waits ? "--allow-gap" : NULL));
	json_append(array, object);
}

/* A reattach is two steps to a reader, with the gap between them. */
static void add_gap(struct arena *arena, json_t *array, const struct step *step, bool waits)
{
	struct step half = *step;

	if (step->kind == STEP_REARRANGE) {
		add_half(arena, array, step, segments_gap, waits);
		return;
	}
	half.kind = STEP_DETACH;
	add_half(arena, array, &half, mode_gap, waits);
	half.kind = STEP_ATTACH;
	add_half(arena, array, &half, mode_gap, waits);
}

json_t *json_steps(struct arena *arena, const struct planned_chain *chain)
{
	const struct step *gap = plan_gap(chain);
	json_t *array = json_array();

	if (chain->step && chain->step != gap)
		json_append(array, json_step(arena, chain->step));
	if (gap)
		add_gap(arena, array, gap, gap == chain->waiting);
	return array;
}

json_t *json_leftovers(struct arena *arena, const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->forget_count; i++)
		json_append(array, json_step(arena, &plan->forget[i]));
	return array;
}
