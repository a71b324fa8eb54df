/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <unistd.h>

#include "command.h"

static bool is_interface(const struct decision *decision, const char *name)
{
	for (size_t i = 0; i < decision->interfaces.count; i++)
		if (!strcmp(decision->interfaces.items[i].name, name))
			return true;
	return false;
}

static int explain_program(const struct decision *decision, const struct report *report,
			   const struct program *program, const struct options *options)
{
	struct text text = TEXT(options->arena);

	render_explain_program(&text, options->output, report, decision->resolution,
			       &decision->interfaces, program);
	say_result(&text);
	return EXIT_OK;
}

static int explain_interface(const struct decision *decision, const struct report *report,
			     const struct selection *selection, const struct options *options)
{
	struct text text = TEXT(options->arena);
	size_t shown = 0;

	for (size_t i = 0; i < decision->resolution->chains.count; i++) {
		const struct chain *chain = &decision->resolution->chains.items[i];

		if (strcmp(chain->interface->name, selection->interface) != 0 ||
		    (selection->hook >= 0 && (int)chain->hook != selection->hook))
			continue;
		if (shown++ && options->output == OUTPUT_TABLE)
			text_add(&text, "\n");
		render_explain_chain(&text, options->output, report, decision->policy, chain);
	}
	if (!shown)
		return say_error("the policy has no program for %s%s%s", selection->interface,
				 selection->hook >= 0 ? " " : "",
				 selection->hook >= 0 ? hook_name((enum hook)selection->hook) : "");
	say_result(&text);
	return EXIT_OK;
}

static int explain(const struct session *session, const struct decision *decision)
{
	const struct options *options = session->options;
	struct report report =
		decision_report(decision, session->paths, 0, wants_colour(STDOUT_FILENO));
	struct selection selection;
	const struct program *program;

	if (!selection_read(options, &selection))
		return EXIT_USAGE;
	if (!decision->policy)
		return say_error("there is no policy to explain in %s", session->paths->etc);
	program = policy_program(decision->policy, selection.interface);
	if (program && options->argument_count == 1 && !is_interface(decision, selection.interface))
		return explain_program(decision, &report, program, options);
	if (!program && !is_interface(decision, selection.interface))
		return say_error("'%s' is neither an interface of this host nor a program of the "
				 "policy",
				 selection.interface);
	return explain_interface(decision, &report, &selection, options);
}

int command_explain(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;

	if (!options->argument_count) {
		say_error(
			"explain what? `ordain explain IFACE [HOOK]` or `ordain explain PROGRAM`");
		return EXIT_USAGE;
	}
	session_open(options, NEEDS_FILES, &session);
	decision = session_decide(&session, DECIDE_FILES, true);
	if (!decision)
		return EXIT_ERROR;
	if (decision->held)
		say_diags(options, &decision->diags);
	return explain(&session, decision);
}
