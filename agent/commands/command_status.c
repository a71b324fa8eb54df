/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/commands/screen.h"
#include "agent/reconcile/gather.h"
#include "agent/reconcile/pass.h"
#include "agent/reconcile/sample.h"
#include "agent/system/lock.h"

static bool is_selected(const struct selection *selection, const char *interface, enum hook hook)
{
	if (!selection->interface)
		return true;
	return !strcmp(selection->interface, interface) &&
	       (selection->hook < 0 || selection->hook == (int)hook);
}

/* The plan's own array is used again: it is this pass's. */
static void select_chains(const struct selection *selection, const struct plan *plan,
			  struct plan *ret_selected)
{
	*ret_selected = *plan;
	ret_selected->count = 0;
	for (size_t i = 0; i < plan->count; i++)
		if (is_selected(selection, plan->chains[i].interface, plan->chains[i].hook))
			plan->chains[ret_selected->count++] = plan->chains[i];
	if (selection->interface)
		ret_selected->forget_count = 0;
}

static struct observed select_hooks(struct arena *arena, const struct selection *selection,
				    const struct observed *observed)
{
	struct observed selected = *observed;

	selected.hooks = arena_array(arena, struct observed_hook, observed->count);
	selected.count = 0;
	for (size_t i = 0; i < observed->count; i++)
		if (is_selected(selection, observed->hooks[i].interface, observed->hooks[i].hook))
			selected.hooks[selected.count++] = observed->hooks[i];
	return selected;
}

/* What waits for the interface that was asked about. */
static struct resolution select_waiting(struct arena *arena, const struct selection *selection,
					const struct resolution *resolution)
{
	struct resolution selected = { .policy = NULL };

	if (!resolution)
		return selected;
	selected = *resolution;
	if (!selection->interface)
		return selected;
	selected.waiting.items = arena_array(arena, struct waiting, resolution->waiting.count);
	selected.waiting.count = 0;
	for (size_t i = 0; i < resolution->waiting.count; i++) {
		const struct interface interface = { .name = selection->interface };

		if (pattern_matches(resolution->policy, resolution->waiting.items[i].pattern,
				    &interface))
			selected.waiting.items[selected.waiting.count++] =
				resolution->waiting.items[i];
	}
	return selected;
}

/* False after a message: no such interface, and nothing waits for one. */
static bool is_known(const struct selection *selection, const struct decision *decision,
		     const struct resolution *waiting)
{
	return !selection->interface || waiting->waiting.count ||
	       interface_known(decision, selection->interface);
}

/* One look after the other, of which the first has nothing to compare with. */
struct watch {
	struct sample *sample; /* of the look before; NULL: this is the first */
	struct decision *decision;
	bool repeats;
};

static size_t count_lines(const struct text *text)
{
	size_t lines = 0;

	for (const char *at = text_string(text); *at; at++)
		lines += *at == '\n';
	return lines;
}

/* What is wrong with the files stands below, and takes its part of the screen. */
static void fit_screen(struct status *status, const struct selection *selection,
		       const struct text *below)
{
	enum { LEAST = 16 };
	struct screen screen = screen_get();
	size_t taken = count_lines(below);

	if (!screen.lines || status->all || selection->interface)
		return;
	if (screen.lines > LEAST)
		screen.lines = screen.lines > taken + LEAST ? screen.lines - taken : LEAST;
	status->lines = screen.lines;
	status->columns = screen.columns;
}

/* What would not fit would push the headline off the screen. */
static void add_fitting(struct text *text, const struct text *below)
{
	struct screen screen = screen_get();
	size_t used = count_lines(text) + 1;
	size_t room = screen.lines > used ? screen.lines - used : 0;
	const char *end = text_string(below);

	if (!screen.lines || count_lines(below) <= room) {
		text_add(text, end);
		return;
	}
	for (size_t i = 1; i < room; i++)
		end = strchr(end, '\n') + 1;
	text_add_bytes(text, text_string(below), (size_t)(end - text_string(below)));
	text_add(text, "and more: see `ordain status`\n");
}

static void tell(const struct options *options, const struct watch *watch, struct text *text,
		 const struct text *below, bool first)
{
	bool over = watch->repeats && isatty(STDOUT_FILENO);

	if (over) {
		add_fitting(text, below);
		screen_show(text, first);
		return;
	}
	say_result(text);
	if (options->output == OUTPUT_TABLE)
		fputs(text_string(below), stderr);
}

/* With the rates since the sample of the watch, which is then taken anew. */
static int show(const struct session *session, const struct selection *selection, struct pass *pass,
		struct watch *watch)
{
	const struct options *options = session->options;
	struct text text = TEXT(pass->arena);
	struct text below = TEXT(pass->arena);
	struct diags all = DIAGS(pass->arena);
	struct diags told = DIAGS(pass->arena);
	struct report report = decision_report(pass->decision, session->paths,
					       lock_agent_pid(session->paths),
					       wants_colour(STDOUT_FILENO));
	struct sample *before = watch->sample;
	struct observed observed = select_hooks(pass->arena, selection, pass->observed);
	struct resolution resolution =
		select_waiting(pass->arena, selection, pass->decision->resolution);
	struct agent_words agent;
	struct plan plan;
	struct status status = {
		.plan = &plan, .observed = &observed, .resolution = &resolution, .all = options->all
	};

	if (!is_known(selection, pass->decision, &resolution))
		return EXIT_ERROR;
	if (state_agent(pass->arena, session->paths, report.agent_pid, &agent))
		gather_words(pass->arena, &agent, &report, &status);
	select_chains(selection, pass->plan, &plan);
	gather_counters(pass->arena, session->kernel, &status);
	/* What is shown refers to the one before. */
	sample_compare(pass->arena, before, &status);
	watch->sample = sample_take(&status);
	diags_append(&all, &pass->decision->diags);
	diags_append(&all, &pass->diags);
	report.diags = &all;
	/* The result itself tells what waits. */
	diags_append(&told, &all);
	diags_drop(&told, DIAG_INTERFACE_ABSENT);
	diags_render(&told, &below, wants_colour(STDERR_FILENO));
	fit_screen(&status, selection, &below);
	render_status(&text, options->output, &report, &status);
	tell(options, watch, &text, &below, !before);
	sample_free(before);
	return status_in_sync(&status) && !diags_have_errors(&all) ? EXIT_OK : EXIT_DIFFERENT;
}

static int look(const struct session *session, const struct selection *selection,
		struct watch *watch)
{
	struct decision *decision = session_decide(session, DECIDE_ACCEPTED, false);
	struct error error;
	struct pass pass;
	int result;

	if (!decision)
		return EXIT_ERROR;
	pass = pass_begin(decision);
	/* What waits to be applied is tried too: it may be blocked, and then status says why. */
	if (pass_look(&pass, session->kernel, NULL,
		      session->options->all ? DETAIL_ALL : DETAIL_HOLDERS, &error) ||
	    pass_try(&pass, session->paths, session->kernel, &error))
		result = say_error("%s", error.text);
	else
		result = show(session, selection, &pass, watch);
	pass_end(&pass);
	decision_free(watch->decision);
	watch->decision = decision;
	return result;
}

int command_status(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	struct watch watch = { .repeats = options->watch };
	struct selection selection;
	int result;

	if (!selection_read(options, &selection))
		return EXIT_USAGE;
	if (!session_open(options, NEEDS_KERNEL, &session))
		return EXIT_ERROR;
	if (watch.repeats)
		screen_hold_signals();
	do {
		session.previous = watch.decision;
		result = look(&session, &selection, &watch);
	} while (watch.repeats && screen_wait());
	decision_free(watch.decision);
	sample_free(watch.sample);
	return result;
}
