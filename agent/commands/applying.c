/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/applying.h"

#include <string.h>
#include <unistd.h>

#include "agent/reconcile/say.h"
#include "agent/system/lock.h"
#include "policy/render/render_common.h"

/* Somebody else on the same hooks at the same moment: look again a few times, then say so. */
enum { TRIES = 5 };

/* What is gone back to does not need the files. */
static bool may_execute(const struct decision *decision)
{
	return !decision->held || decision->basis == BASIS_BACK;
}

static void add_trial(struct text *text, const struct report *report)
{
	text_add(text, "On trial until ");
	text_time(text, report->trial.until);
	text_printf(text, " (%lld s): `ordain confirm` keeps it.\nWithout that ",
		    (long long)report->trial.left);
	if (report->trial.back)
		text_printf(text, "generation %llu comes back",
			    (unsigned long long)report->trial.back);
	else
		text_add(text, "it goes away");
	text_add(text, " by itself; `ordain undo` does it at once.\n");
}

/* Nothing done and no new policy: "No changes." above says it all. */
static void add_outcome(struct text *text, const struct pass *pass)
{
	const struct decision *decision = pass->decision;
	unsigned long long generation = decision->generation;

	if (decision->basis == BASIS_BACK && decision->back->generation)
		text_printf(text, "Back to the policy of generation %llu, as generation %llu",
			    (unsigned long long)decision->back->generation, generation);
	else if (decision->basis == BASIS_BACK)
		text_printf(text, "Back to having no policy, as generation %llu", generation);
	else if (plan_changes(pass->plan))
		text_printf(text, "Applied as generation %llu", generation);
	else if (decision_is_new(decision))
		text_printf(text, "In force as generation %llu", generation);
	else
		return;
	if (pass->failed)
		text_printf(text, ", but for %zu step%s that failed", pass->failed,
			    pass->failed == 1 ? "" : "s");
	text_add(text, ".\n");
}

/* The decision is of before it began, or ended. */
static void report_trial(const struct applying *applying, struct report *report)
{
	struct trial trial = { 0 };

	if (!applying->trial ||
	    !state_trial(applying->session->options->arena, applying->session->paths,
			 applying->decision->generation, &trial))
		decision_report_trial(report, &trial);
}

static void print(const struct applying *applying, const struct pass *pass, const struct diags *all)
{
	const struct session *session = applying->session;
	const struct options *options = session->options;
	struct text text = TEXT(options->arena);
	struct report report = decision_report(pass->decision, session->paths,
					       lock_agent_pid(session->paths),
					       wants_colour(STDOUT_FILENO));

	if (applying->silent)
		return;
	applying_done(applying->session);
	report.diags = all;
	if (may_execute(pass->decision))
		report_trial(applying, &report);
	render_plan(&text, options->output, &report, pass->plan);
	if (options->output == OUTPUT_TABLE && may_execute(pass->decision))
		add_outcome(&text, pass);
	if (options->output == OUTPUT_TABLE && report.trial.generation)
		add_trial(&text, &report);
	say_result(&text);
	say_diags(options, all);
}

static bool is_whole(const struct pass *pass)
{
	return !plan_blocked(pass->plan) && !pass->failed && !diags_have_errors(&pass->diags) &&
	       (pass->decision->basis == BASIS_BACK || !diags_have_errors(&pass->decision->diags));
}

struct carrying {
	struct journal *journal;
	const struct pass *pass;
};

static void step_done(void *context, const struct planned_chain *chain, bool success)
{
	const struct carrying *carrying = context;
	const struct occasion occasion = { .now = carrying->pass->decision };

	if (success)
		say_change(carrying->journal, carrying->pass->arena, chain, &occasion);
}

/*
 * One look, one plan, and the plan carried out. *stale: the plan was overtaken, as the one of the
 * try before was.
 */
static int apply_once(const struct applying *applying, bool *stale)
{
	const struct session *session = applying->session;
	struct decision *decision = applying->decision;
	struct pass pass = pass_begin(decision);
	struct carrying carrying = { .journal = session->journal, .pass = &pass };
	struct pass_options options = { .paths = session->paths,
					.kernel = session->kernel,
					.objects = session->objects,
					.trial = applying->trial,
					.done = step_done,
					.context = &carrying };
	struct diags all = DIAGS(session->options->arena);
	struct error error;
	int result = pass_look(&pass, session->kernel, NULL, DETAIL_HOLDERS, &error);

	if (!result)
		result = pass_try(&pass, session->paths, session->kernel, &error);
	if (!result && may_execute(decision))
		result = pass_execute(&pass, &options, &error);
	if (!result && !*stale && decision_is_new(decision) && may_execute(decision))
		say_accepted(session->journal, &pass, applying->trial);
	if (result) {
		pass_end(&pass);
		return say_error("%s", error.text);
	}
	*stale = pass.stale;
	if (!pass.stale) {
		diags_append(&all, &decision->diags);
		diags_append(&all, &pass.diags);
		print(applying, &pass, &all);
		if (!is_whole(&pass))
			result = EXIT_ERROR;
	}
	pass_end(&pass);
	return result;
}

int applying_run(const struct applying *applying)
{
	bool stale = false;
	int result;

	applying->decision->desires.allow_gap |= applying->session->options->allow_gap;
	for (int i = 0; i < TRIES; i++) {
		result = apply_once(applying, &stale);
		if (result || !stale)
			return result;
	}
	return say_error("the hooks kept changing while being applied; see `ordain status`");
}

bool applying_may(const struct session *session, const struct decision *decision)
{
	const char *expect = session->options->expect;
	const char *digest = decision->held ? NULL : decision->digest;

	if (decision->held && session->options->output == OUTPUT_TABLE) {
		say_diags(session->options, &decision->diags);
		return false;
	}
	if (expect && (!digest || strncmp(expect, digest, strlen(expect)) != 0)) {
		say_error("the policy's digest is %s, not %s as expected; nothing was changed",
			  digest ? digest : "unknown (it cannot be used)", expect);
		return false;
	}
	if (!decision->policy && !decision->held) {
		say_error("there is no policy in %s; nothing was changed", session->paths->etc);
		return false;
	}
	if (decision->detached.all) {
		say_error("everything was detached by hand and stays so until `ordain resume`; "
			  "nothing was changed");
		return false;
	}
	return true;
}

struct decision *applying_decide(struct session *session)
{
	struct decision *decision = session_decide(session, DECIDE_NOW, false);
	struct applying back = { .session = session, .decision = decision, .silent = true };

	if (!decision || decision->basis != BASIS_BACK)
		return decision;
	say_error("generation %llu was on trial and nobody confirmed it: going back first",
		  (unsigned long long)decision->accepted->generation);
	applying_run(&back);
	decision_free(decision);
	return session_decide(session, DECIDE_NOW, false);
}

static void let_go(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void applying_done(struct session *session)
{
	let_go(&session->lock);
	let_go(&session->guard);
}

int applying_locked(const struct options *options, int guard, int (*run)(struct session *session))
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	struct error error;
	int result;

	if (!session_open(options, NEEDS_CHANGES, &session))
		return EXIT_ERROR;
	session.guard = guard;
	session.lock = lock_take(session.paths, LOCK_PASS, &error);
	if (session.lock < 0)
		return say_error("%s", error.text);
	result = run(&session);
	applying_done(&session);
	return result;
}
