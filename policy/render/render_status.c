/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "policy/render/conditions.h"
#include "policy/render/render_common.h"
#include "policy/render/render_openmetrics.h"
#include "policy/render/render_programs.h"
#include "policy/render/render_status_json.h"
#include "policy/render/status_rows.h"
#include "policy/render/status_table.h"

/* Something that is not as it should be: one line of the list behind the headline. */
struct remark {
	const char *label;
	enum colour colour;
	const char *subject;
	const char *message;
};

struct remarks {
	struct arena *arena;
	struct remark *items;
	size_t count;
};

static void add_remark(struct remarks *remarks, const char *label, enum colour colour,
		       const char *subject, const char *message)
{
	*list_push(remarks->arena, remarks) = (struct remark){
		label,
		colour,
		shown(remarks->arena, subject),
		shown(remarks->arena, message),
	};
}

/* The same kind of trouble stands together, in the order of the hooks. */
static void remark_condition(struct remarks *remarks, const struct plan *plan,
			     enum condition_type type, const char *label, enum colour colour)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];
		struct condition conditions[CONDITION_COUNT];
		const char *message;

		conditions_judge(remarks->arena, chain, conditions);
		if (!conditions[type].status)
			continue;
		message = conditions[type].message;
		if (type == CONDITION_BLOCKED || type == CONDITION_INCOMPLETE)
			message = arena_printf(remarks->arena, "%s; %s", conditions[type].reason,
					       message);
		add_remark(remarks, label, colour,
			   hook_label(remarks->arena, chain->interface, chain->hook), message);
	}
}

static void remark_locked_out(struct remarks *remarks, const struct status *status)
{
	for (size_t i = 0; i < status->plan->count; i++) {
		const struct planned_chain *chain = &status->plan->chains[i];
		struct condition condition =
			condition_locked_out(remarks->arena, chain, &status->locked_out);

		if (condition.status)
			add_remark(remarks, "LOCKED OUT", COLOUR_YELLOW,
				   hook_label(remarks->arena, chain->interface, chain->hook),
				   condition.message);
	}
}

/* Hooks that only have to be brought up to date: whose step no worse remark explains. */
static void remark_pending(struct remarks *remarks, const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];
		struct condition conditions[CONDITION_COUNT];
		const char *words;

		conditions_judge(remarks->arena, chain, conditions);
		if (!chain->step || conditions[CONDITION_BLOCKED].status ||
		    conditions[CONDITION_DRIFT].status)
			continue;
		/* The words of a step begin with its hook, which stands in its own column here. */
		words = strstr(step_words(remarks->arena, chain->step), ": ") + strlen(": ");
		add_remark(remarks, "pending", COLOUR_YELLOW,
			   hook_label(remarks->arena, chain->interface, chain->hook), words);
	}
}

/* Nobody notices by itself: the packets went on as if the program had let them. */
static void remark_missed(struct remarks *remarks, const struct status_rows *rows)
{
	struct arena *arena = remarks->arena;

	for (size_t i = 0; i < rows->count; i++) {
		const struct status_row *row = &rows->items[i];

		for (size_t j = 0; j < row->count; j++) {
			const struct element_counters *counters = row->items[j].counters;

			if (!counters || !counters->verdicts[VERDICT_MISSED])
				continue;
			add_remark(
				remarks, "MISSED", COLOUR_RED,
				hook_label(arena, row->hook->interface, row->hook->hook),
				arena_printf(arena,
					     "%s did not see %s packets: the chain made more "
					     "tail calls than the kernel makes for one",
					     row->items[j].name,
					     grouped(arena, counters->verdicts[VERDICT_MISSED])));
		}
	}
}

static void remark_leftovers(struct remarks *remarks, const struct plan *plan)
{
	for (size_t i = 0; i < plan->forget_count; i++) {
		const struct step *step = &plan->forget[i];

		add_remark(remarks, "leftover", COLOUR_YELLOW,
			   arena_printf(remarks->arena, "ifindex %u %s", step->ifindex,
					hook_name(step->hook)),
			   "of an interface that is not here");
	}
}

static void remark_waiting(struct remarks *remarks, const struct resolution *resolution)
{
	for (size_t i = 0; resolution && i < resolution->waiting.count; i++) {
		const struct waiting *waiting = &resolution->waiting.items[i];
		struct text message = TEXT(remarks->arena);

		text_printf(&message, "%s; ", waiting_words(waiting));
		text_count(&message, waiting->count, "program waits", "programs wait");
		add_remark(remarks, "waiting", COLOUR_CYAN, waiting->pattern,
			   text_string(&message));
	}
}

static void remark_report(struct remarks *remarks, const struct report *report)
{
	struct arena *arena = remarks->arena;

	if (report->detached)
		add_remark(remarks, "detached", COLOUR_RED, "everything",
			   "by hand, until `ordain resume`");
	else if (report->paused)
		add_remark(remarks, "paused", COLOUR_YELLOW, "agent", pause_words(arena, report));
	if (!report->in_force)
		return;
	if (report->trial.generation)
		add_remark(remarks, "TRIAL", COLOUR_YELLOW, "policy", trial_words(arena, report));
	if (policy_held(report))
		add_remark(remarks, "HELD", COLOUR_RED, report->directory,
			   arena_printf(arena,
					"no usable policy there; generation %" PRIu64
					" stays in force",
					report->generation));
	else if (report->taken_back.generation)
		add_remark(remarks, "TAKEN BACK", COLOUR_YELLOW, report->directory,
			   taken_back_words(arena, report));
	else if (policy_pending(report))
		add_remark(remarks, "pending", COLOUR_YELLOW, report->directory,
			   arena_printf(arena, "policy %.7s is not in force yet", report->policy));
}

static struct remarks collect_remarks(struct arena *arena, const struct report *report,
				      const struct status *status, const struct status_rows *rows)
{
	struct remarks remarks = { .arena = arena };

	/* What holds of everything explains the rest. */
	remark_report(&remarks, report);
	remark_condition(&remarks, status->plan, CONDITION_BLOCKED, "BLOCKED", COLOUR_RED);
	remark_condition(&remarks, status->plan, CONDITION_INCOMPLETE, "INCOMPLETE", COLOUR_RED);
	remark_condition(&remarks, status->plan, CONDITION_DRIFT, "DRIFT", COLOUR_RED);
	remark_missed(&remarks, rows);
	remark_condition(&remarks, status->plan, CONDITION_EXCLUSIVE, "NOT ALONE", COLOUR_RED);
	remark_condition(&remarks, status->plan, CONDITION_REFUSED, "INTRUDER", COLOUR_RED);
	remark_condition(&remarks, status->plan, CONDITION_VERIFY_ONLY, "VERIFY-ONLY",
			 COLOUR_YELLOW);
	remark_locked_out(&remarks, status);
	remark_pending(&remarks, status->plan);
	remark_leftovers(&remarks, status->plan);
	remark_waiting(&remarks, status->resolution);
	return remarks;
}

enum { LABEL_COLUMN = 10, REMARKS_LEAST = 5 };

/* The worst come first, and the other half of the screen is for what runs. */
static size_t remarks_shown(const struct status *status, const struct remarks *remarks)
{
	size_t most = larger(status->lines / 2, REMARKS_LEAST);

	return status->lines && remarks->count > most ? most - 1 : remarks->count;
}

static void add_remarks(struct text *out, const struct report *report, const struct status *status,
			const struct remarks *remarks)
{
	size_t count = remarks_shown(status, remarks);
	size_t label = LABEL_COLUMN;
	size_t subject = 0;

	for (size_t i = 0; i < count; i++) {
		label = larger(label, strlen(remarks->items[i].label) + 2);
		subject = larger(subject, strlen(remarks->items[i].subject) + 2);
	}
	if (count)
		text_add(out, "\n");
	for (size_t i = 0; i < count; i++) {
		const struct remark *remark = &remarks->items[i];

		text_coloured(out, report->colour, remark->colour, remark->label);
		text_printf(out, "%*s%-*s%s\n", (int)(label - strlen(remark->label)), "",
			    (int)subject, remark->subject, remark->message);
	}
	if (count < remarks->count)
		text_printf(out, "and %zu lines more: `ordain status | less` has them all\n",
			    remarks->count - count);
}

static void add_state(struct text *out, const struct report *report, const struct status *status)
{
	if (!report->in_force)
		text_coloured(out, report->colour, COLOUR_YELLOW, "NO POLICY");
	else if (report->detached)
		text_coloured(out, report->colour, COLOUR_RED, "DETACHED");
	else if (report->paused)
		text_coloured(out, report->colour, COLOUR_YELLOW, "PAUSED");
	else if (!status_in_sync(status) || policy_held(report))
		text_coloured(out, report->colour, COLOUR_RED, "DEGRADED");
	else
		text_coloured(out, report->colour, COLOUR_GREEN, "IN SYNC");
}

static void add_headline(struct text *out, const struct report *report, const struct status *status)
{
	add_state(out, report, status);
	text_add(out, "  ");
	if (report->in_force || status->plan->count) {
		text_printf(out, "%zu of ", plan_in_sync(status->plan));
		text_count(out, status->plan->count, "hook in sync; ", "hooks in sync; ");
	}
	if (report->in_force)
		text_printf(out, "policy %.7s, generation %" PRIu64, report->in_force,
			    report->generation);
	else
		text_printf(out, "none was accepted from %s yet", report->directory);
	if (report->in_force && report->accepted_at) {
		text_add(out, " since ");
		text_time(out, report->accepted_at);
	}
	if (report->agent_pid)
		text_printf(out, "; agent pid %d%s%s\n", report->agent_pid,
			    report->noticing ? ", noticing by " : "",
			    report->noticing ? report->noticing : "");
	else
		text_add(out, "; no agent runs\n");
}

void render_status(struct text *out, enum output_format format, const struct report *report,
		   const struct status *status)
{
	struct status_rows rows = status_rows(out->arena, status);
	struct remarks remarks;

	if (format == OUTPUT_JSON) {
		render_status_json(out, report, status, &rows);
		return;
	}
	if (format == OUTPUT_OPENMETRICS) {
		render_openmetrics(out, report, status, &rows);
		return;
	}
	remarks = collect_remarks(out->arena, report, status, &rows);
	add_headline(out, report, status);
	add_remarks(out, report, status, &remarks);
	status_droppers(out, report, status, &rows);
	status_table(out, status, &rows);
	if (status->all)
		render_programs(out, &rows);
}
