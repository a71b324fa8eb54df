/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/reconcile/pass.h"
#include "agent/system/lock.h"

/* Somebody else on the same hooks at the same moment: look again a few times, then say so. */
enum { TRIES = 5 };

/* Nothing done and no new policy: "No changes." above says it all. */
static void add_outcome(struct text *text, const struct pass *pass)
{
	unsigned long long generation = pass->decision->generation;

	if (plan_changes(pass->plan))
		text_printf(text, "Applied as generation %llu", generation);
	else if (decision_is_new(pass->decision))
		text_printf(text, "In force as generation %llu", generation);
	else
		return;
	if (pass->failed)
		text_printf(text, ", but for %zu step%s that failed", pass->failed,
			    pass->failed == 1 ? "" : "s");
	text_add(text, ".\n");
}

static void print(const struct session *session, const struct pass *pass, const struct diags *all)
{
	const struct options *options = session->options;
	struct text text = TEXT(options->arena);
	struct report report = decision_report(pass->decision, session->paths,
					       lock_agent_pid(session->paths),
					       wants_colour(STDOUT_FILENO));

	report.diags = all;
	render_plan(&text, options->output, &report, pass->plan);
	if (options->output == OUTPUT_TABLE && !pass->decision->held)
		add_outcome(&text, pass);
	say_result(&text);
	say_diags(options, all);
}

/* One look, one plan, and the plan carried out. *ret_stale: the plan was overtaken. */
static int apply_once(const struct session *session, struct decision *decision, bool *ret_stale)
{
	struct pass_options options = { .paths = session->paths,
					.kernel = session->kernel,
					.objects = session->objects };
	struct diags all = DIAGS(session->options->arena);
	struct pass pass = pass_begin(decision);
	struct error error;
	int result = pass_look(&pass, session->kernel, NULL, DETAIL_HOLDERS, &error);

	if (!result)
		result = pass_try(&pass, session->paths, session->kernel, &error);
	if (!result && !decision->held)
		result = pass_execute(&pass, &options, &error);
	if (result) {
		pass_end(&pass);
		return say_error("%s", error.text);
	}
	*ret_stale = pass.stale;
	if (!pass.stale) {
		diags_append(&all, &decision->diags);
		diags_append(&all, &pass.diags);
		print(session, &pass, &all);
		if (diags_have_errors(&all) || plan_blocked(pass.plan) || pass.failed)
			result = EXIT_ERROR;
	}
	pass_end(&pass);
	return result;
}

static bool may_apply(const struct options *options, const struct decision *decision,
		      const char *etc)
{
	const char *digest = decision->held ? NULL : decision->digest;

	if (options->expect &&
	    (!digest || strncmp(options->expect, digest, strlen(options->expect)) != 0)) {
		say_error("the policy's digest is %s, not %s as expected; nothing was changed",
			  digest ? digest : "unknown (it cannot be used)", options->expect);
		return false;
	}
	if (!decision->policy && !decision->held) {
		say_error("there is no policy in %s; nothing was changed", etc);
		return false;
	}
	if (decision->detached.all) {
		say_error("everything was detached by hand and stays so until `ordain resume`; "
			  "nothing was changed");
		return false;
	}
	return true;
}

static int apply(const struct session *session)
{
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	bool stale = false;
	int result;

	decision = session_decide(session, DECIDE_FILES, false);
	if (!decision)
		return EXIT_ERROR;
	if (decision->held && session->options->output == OUTPUT_TABLE) {
		say_diags(session->options, &decision->diags);
		return EXIT_ERROR;
	}
	if (!may_apply(session->options, decision, session->paths->etc))
		return EXIT_ERROR;
	decision->desires.allow_gap = session->options->allow_gap;
	for (int i = 0; i < TRIES; i++) {
		result = apply_once(session, decision, &stale);
		if (result || !stale)
			return result;
	}
	return say_error("the hooks kept changing while being applied; see `ordain status`");
}

int command_apply(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	struct error error;
	int lock, result;

	if (!session_open(options, NEEDS_CHANGES, &session))
		return EXIT_ERROR;
	lock = lock_take(session.paths, LOCK_PASS, &error);
	if (lock < 0)
		return say_error("%s", error.text);
	result = apply(&session);
	close(lock);
	return result;
}
