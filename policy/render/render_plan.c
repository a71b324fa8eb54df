/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "policy/marks/marks.h"
#include "policy/plan/plan_mode.h"
#include "policy/render/render_common.h"
#include "policy/render/render_plan_json.h"
#include "policy/render/rows.h"

/*
 * The columns of the elements of one hook. Reasons and places of hooks with short names line up
 * with each other; long names push them to the right in their own hook only.
 */
enum { SYMBOL_WIDTH = 3, WHY_COLUMN = 26, PLACE_COLUMN = 44 };

struct columns {
	size_t number_width;
	size_t was;
	size_t why;
	size_t place;
};

static bool shows_was(const struct planned_element *element)
{
	return element->change == CHANGE_MOVE || element->change == CHANGE_DETACH;
}

static struct columns measure(struct arena *arena, const struct planned_chain *chain)
{
	struct columns columns = { .number_width = digits_in(chain->count) };
	size_t name = 0;
	size_t was = 0;
	size_t why = 0;

	for (size_t i = 0; i < chain->count; i++) {
		const struct planned_element *element = &chain->elements[i];

		name = larger(name, strlen(shown(arena, element->name)));
		if (shows_was(element))
			was = larger(was, strlen("was ") + digits_in(element->was) + 3);
		if (element->why && element->span.source)
			why = larger(why, strlen(element->why));
	}
	columns.was = SYMBOL_WIDTH + 1 + columns.number_width + 2 + name + 3;
	columns.why = larger(columns.was + was, WHY_COLUMN);
	columns.place = larger(columns.why + why + 2, PLACE_COLUMN);
	return columns;
}

/* What stays goes away for a moment where there is a gap. */
static void add_symbol(struct text *out, bool colour, const struct planned_element *element,
		       bool gap)
{
	static const struct {
		const char *symbol;
		enum colour colour;
	} symbols[] = {
		[CHANGE_KEEP] = { "", COLOUR_GREEN },	 [CHANGE_ATTACH] = { "+", COLOUR_GREEN },
		[CHANGE_DETACH] = { "-", COLOUR_RED },	 [CHANGE_REPLACE] = { "~", COLOUR_YELLOW },
		[CHANGE_MOVE] = { ">", COLOUR_YELLOW },	 [CHANGE_LEFT_OUT] = { "", COLOUR_RED },
		[CHANGE_FOREIGN] = { "=", COLOUR_CYAN },
	};
	const char *symbol = symbols[element->change].symbol;
	enum colour tint = symbols[element->change].colour;
	bool marked = element->violation || element->company || element->refused ||
		      element->missing;
	size_t width;

	if (gap && element->change == CHANGE_KEEP) {
		symbol = "-/+";
		tint = COLOUR_RED;
	}
	width = strlen(symbol) + marked;
	text_printf(out, "%*s", width < SYMBOL_WIDTH ? SYMBOL_WIDTH - (int)width : 0, "");
	if (*symbol)
		text_coloured(out, colour, tint, symbol);
	if (marked)
		text_coloured(out, colour, COLOUR_RED, "!");
}

/* `column` counts from the start of the line, of which the symbol was added apart. */
static void add_cell(struct text *line, size_t column, const char *words)
{
	text_pad(line, column - SYMBOL_WIDTH);
	text_add(line, words);
}

/* Below the reason: what else there is to say, one line for each. */
static void add_further(struct text *line, const struct columns *columns, const char *words)
{
	if (!words || !*words)
		return;
	text_add(line, "\n");
	text_pad(line, columns->why);
	text_add(line, shown(line->arena, words));
}

/* Most are inlined, and nobody has to know. What the policy says itself is no news either. */
static const char *called_words(const struct planned_chain *chain,
				const struct planned_element *element)
{
	const char *linked = element_linked(chain, element);
	bool asked = chain->desired && chain->desired->chain &&
		     chain->desired->chain->linking.value == LINKING_CALLED;

	return linked && !asked && strcmp(linked, "inlined") != 0 ? linked : NULL;
}

static void add_element(struct text *out, bool colour, const struct planned_chain *chain,
			const struct planned_element *element, const struct columns *columns)
{
	bool gap = plan_gap(chain) && plan_gap(chain)->kind == STEP_REATTACH;
	struct text line = TEXT(out->arena);
	int width = (int)columns->number_width;
	const char *name = shown(out->arena, element->name);
	struct marks marks =
		marks_of(out->arena, element->program, chain->hook, element->judgement);

	if (element->position)
		text_printf(&line, " %*u  %s", width, element->position, name);
	else
		text_printf(&line, " %*s  %s", width, "", name);
	if (shows_was(element))
		add_cell(&line, columns->was, arena_printf(out->arena, "was %u", element->was));
	if (element->why)
		add_cell(&line, columns->why, element->why);
	if (element->span.source)
		add_cell(&line, columns->place, span_text(out->arena, &element->span));
	add_further(&line, columns, element->object);
	add_further(&line, columns, element->missing);
	add_further(&line, columns, called_words(chain, element));
	add_further(&line, columns, marks_words(out->arena, &marks));
	add_further(&line, columns, element->violation);
	add_further(&line, columns, element->company);
	add_further(&line, columns, element->refused);
	add_symbol(out, colour, element, gap);
	text_printf(out, "%s\n", text_string(&line));
}

static const char *action_words(struct arena *arena, const struct planned_chain *chain)
{
	static const char *const actions[] = {
		[ACTION_NONE] = "no change",
		[ACTION_ATTACH] = "attach",
		[ACTION_UPDATE] = "update in one swap",
		[ACTION_DETACH] = "detach",
	};
	const struct step *gap = plan_gap(chain);

	if (gap && gap->kind == STEP_REARRANGE)
		return "update one segment after the other";
	if (gap)
		return arena_printf(arena, "detach, then attach in %s mode", mode_name(gap->mode));
	if (chain->step && chain->step->kind == STEP_TAKE_OVER)
		return "take over in one swap";
	if (chain->step && chain->step->kind == STEP_GIVE_BACK)
		return "give back in one swap";
	if (chain->step && chain->step->kind == STEP_SWITCH && chain->action == ACTION_ATTACH)
		return "attach in one switch";
	if (chain->step && chain->step->kind == STEP_SWITCH)
		return "update in one switch";
	return actions[chain->action];
}

static void add_action(struct text *out, bool colour, const struct planned_chain *chain)
{
	text_printf(out, "\n%s: ", hook_label(out->arena, chain->interface, chain->hook));
	if (chain->code == DIAG_DETACHED && chain->action == ACTION_BLOCKED) {
		text_coloured(out, colour, COLOUR_RED, "DETACHED");
		text_printf(out, " %s\n", chain->note);
		return;
	}
	if (chain->action == ACTION_BLOCKED) {
		text_coloured(out, colour, COLOUR_RED, "BLOCKED");
		text_printf(out, " by error[%s] below; %s\n", diag_code_name(chain->code),
			    shown(out->arena,
				  blocked_words(out->arena, chain, "keeps the chain of")));
		return;
	}
	text_printf(out, "%s (%s)", action_words(out->arena, chain), chain->mechanism);
	if (chain->note)
		text_printf(out, "; %s", shown(out->arena, chain->note));
	text_add(out, "\n");
}

static void add_others(struct text *out, const struct planned_chain *chain)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;
	struct mark others;

	if (!resolved)
		return;
	others = others_mark(resolved);
	if (others.kept)
		text_printf(out, "  others: %s (%s)\n", others.name, others.kept);
}

static void add_chain(struct text *out, bool colour, const struct planned_chain *chain)
{
	struct columns columns = measure(out->arena, chain);

	add_action(out, colour, chain);
	if (chain->action == ACTION_BLOCKED && !chain->step && !chain->waiting)
		return;
	add_others(out, chain);
	for (size_t i = 0; i < chain->count; i++)
		add_element(out, colour, chain, &chain->elements[i], &columns);
}

static void add_pause(struct text *out, const struct report *report)
{
	if (report->detached)
		text_add(out, "Detached by hand: nothing is attached before `ordain resume`.\n");
	else if (report->paused)
		text_printf(out, "Paused %s; an explicit `ordain apply` still works.\n",
			    pause_words(out->arena, report));
}

static void add_headline(struct text *out, const struct report *report)
{
	if (report->going_back) {
		text_printf(out, "Back to policy %.7s", report->policy);
	} else if (report->policy) {
		text_printf(out, "Policy %.7s in %s, ", report->policy, report->directory);
		text_count(out, report->file_count, "file", "files");
	} else {
		text_printf(out, "No %spolicy in %s", report->in_force ? "usable " : "",
			    report->directory);
	}
	if (!report->in_force)
		text_add(out, "; none in force yet\n");
	else if (report->policy && !strcmp(report->policy, report->in_force))
		text_printf(out, "; in force as generation %" PRIu64 "\n", report->generation);
	else
		text_printf(out, "; in force: %.7s (generation %" PRIu64 ")\n", report->in_force,
			    report->generation);
	add_pause(out, report);
}

struct sum {
	size_t changes[CHANGE_FOREIGN + 1];
	size_t hooks;
	size_t gaps;
	size_t unchanged;
};

static struct sum sum_up(const struct plan *plan)
{
	struct sum sum = { .hooks = 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];

		sum.hooks += chain->step != NULL;
		sum.gaps += chain->step && chain->step == plan_gap(chain);
		sum.unchanged += chain->action == ACTION_NONE;
		for (size_t j = 0; chain->step && j < chain->count; j++)
			sum.changes[chain->elements[j].change]++;
	}
	return sum;
}

static void add_tail(struct text *out, size_t count, const char *one, const char *many)
{
	if (!count)
		return;
	text_add(out, "; ");
	text_count(out, count, one, many);
}

static void add_changes(struct text *out, const struct sum *sum)
{
	text_printf(out, "Plan: %zu to attach, ", sum->changes[CHANGE_ATTACH]);
	if (sum->changes[CHANGE_REPLACE])
		text_printf(out, "%zu to replace, ", sum->changes[CHANGE_REPLACE]);
	text_printf(out, "%zu to move, %zu to detach on ", sum->changes[CHANGE_MOVE],
		    sum->changes[CHANGE_DETACH]);
	text_count(out, sum->hooks, "hook", "hooks");
}

static void add_sum(struct text *out, const struct plan *plan)
{
	struct sum sum = sum_up(plan);
	bool changes = plan_changes(plan) != 0;

	if (changes) {
		add_changes(out, &sum);
	} else {
		text_add(out, "No changes. ");
		text_count(out, plan_in_sync(plan), "hook in sync", "hooks in sync");
	}
	add_tail(out, sum.gaps, "hook with a gap", "hooks with a gap");
	add_tail(out, plan->forget_count, "leftover to remove", "leftovers to remove");
	add_tail(out, plan_blocked(plan), "hook blocked", "hooks blocked");
	add_tail(out, plan_incomplete(plan), "hook incomplete", "hooks incomplete");
	add_tail(out, plan_violated(plan), "statement does not hold", "statements do not hold");
	if (changes)
		text_printf(out, "; %zu unchanged", sum.unchanged);
	text_add(out, ".\n");
}

void render_plan(struct text *out, enum output_format format, const struct report *report,
		 const struct plan *plan)
{
	if (format == OUTPUT_JSON) {
		render_plan_json(out, report, plan);
		return;
	}
	add_headline(out, report);
	for (size_t i = 0; i < plan->count; i++)
		if (!chain_in_sync(&plan->chains[i]))
			add_chain(out, report->colour, &plan->chains[i]);
	if (plan->forget_count)
		text_add(out, "\n");
	for (size_t i = 0; i < plan->forget_count; i++)
		text_printf(out, "%s\n", step_words(out->arena, &plan->forget[i]));
	text_add(out, "\n");
	add_sum(out, plan);
}
