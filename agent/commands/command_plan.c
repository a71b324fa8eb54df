/* SPDX-License-Identifier: GPL-2.0-only */
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/reconcile/pass.h"
#include "agent/system/lock.h"

static void print(const struct session *session, struct pass *pass)
{
	const struct options *options = session->options;
	struct text text = TEXT(options->arena);
	struct diags all = DIAGS(options->arena);
	struct report report = decision_report(pass->decision, session->paths,
					       lock_agent_pid(session->paths),
					       wants_colour(STDOUT_FILENO));

	diags_append(&all, &pass->decision->diags);
	diags_append(&all, &pass->diags);
	report.diags = &all;
	render_plan(&text, options->output, &report, pass->plan);
	say_result(&text);
	say_diags(options, &all);
}

static int exit_code(const struct options *options, const struct pass *pass)
{
	if (diags_have_errors(&pass->decision->diags) || diags_have_errors(&pass->diags) ||
	    plan_blocked(pass->plan))
		return EXIT_ERROR;
	if (options->detailed_exitcode && plan_changes(pass->plan))
		return EXIT_DIFFERENT;
	return EXIT_OK;
}

int command_plan(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	struct error error;
	struct pass pass;
	int result;

	if (!session_open(options, NEEDS_KERNEL, &session))
		return EXIT_ERROR;
	decision = session_decide(&session, DECIDE_NOW, false);
	if (!decision)
		return EXIT_ERROR;
	pass = pass_begin(decision);
	result = pass_look(&pass, session.kernel, NULL, DETAIL_HOLDERS, &error);
	if (!result)
		result = pass_try(&pass, session.paths, session.kernel, &error);
	if (result) {
		result = say_error("%s", error.text);
	} else {
		print(&session, &pass);
		result = exit_code(options, &pass);
	}
	pass_end(&pass);
	return result;
}
