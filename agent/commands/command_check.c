/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/command.h"

/*
 * What may be a slip is one. So is a pattern that no interface matches, which otherwise only waits
 * for one, but not where the objects are not looked at either: that is another machine's policy.
 */
static void be_strict(struct diags *diags, bool of_this_machine)
{
	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].severity == SEVERITY_WARNING ||
		    (of_this_machine && diags->items[i].code == DIAG_INTERFACE_ABSENT))
			diags->items[i].severity = SEVERITY_ERROR;
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
	if (options->strict)
		be_strict(&decision->diags, !options->no_objects);
	say_diags(options, &decision->diags);
	report = decision_report(decision, session.paths, 0, false);
	if (options->output == OUTPUT_LINES)
		diags_render_lines(&decision->diags, &text, report.directory);
	else if (!decision->held || options->output == OUTPUT_JSON)
		render_check(&text, options->output, &report,
			     decision->held ? NULL : decision->resolution);
	say_result(&text);
	return diags_have_errors(&decision->diags) ? EXIT_ERROR : EXIT_OK;
}
