/* SPDX-License-Identifier: GPL-2.0-only */
#include "command.h"

static bool has_warnings(const struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].severity == SEVERITY_WARNING)
			return true;
	return false;
}

int command_check(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	struct text text = TEXT(options->arena);
	struct report report;

	session_open(options, NEEDS_FILES, &session);
	decision = session_decide(&session, DECIDE_FILES, true);
	if (!decision)
		return EXIT_ERROR;
	say_diags(options, &decision->diags);
	report = decision_report(decision, session.paths, 0, false);
	if (options->output == OUTPUT_LINES)
		diags_render_lines(&decision->diags, &text, report.directory);
	else if (!decision->held || options->output == OUTPUT_JSON)
		render_check(&text, options->output, &report,
			     decision->held ? NULL : decision->resolution);
	say_result(&text);
	if (diags_have_errors(&decision->diags) ||
	    (options->strict && has_warnings(&decision->diags)))
		return EXIT_ERROR;
	return EXIT_OK;
}
