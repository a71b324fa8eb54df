/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <unistd.h>

#include "agent/commands/command.h"

/* NULL: this host has none of that name. */
static const struct interface *find_interface(const struct decision *decision, const char *name)
{
	for (size_t i = 0; i < decision->interfaces.count; i++)
		if (!strcmp(decision->interfaces.items[i].name, name))
			return &decision->interfaces.items[i];
	return NULL;
}

/* How it is linked where it runs is known to the kernel alone, which may not be ours to read. */
static int explain_program(const struct session *session, const struct decision *decision,
			   const struct report *report, const struct program *program)
{
	const struct options *options = session->options;
	const struct observed *observed = NULL;
	struct text text = TEXT(options->arena);
	struct error ignored;

	if (session->kernel &&
	    kernel_observe(session->kernel, options->arena, &decision->interfaces, NULL,
			   DETAIL_NONE, &observed, &ignored))
		observed = NULL;
	render_explain_program(&text, options->output, report, decision->resolution,
			       &decision->interfaces, observed, program);
	say_result(&text);
	return EXIT_OK;
}

static bool has_program(const struct policy *policy, enum hook hook)
{
	for (size_t i = 0; i < policy->program_count; i++)
		if (policy->programs[i].hooks & (1u << hook))
			return true;
	return false;
}

/*
 * The hooks that were asked about. One that no program is for is shown too if it was named, or if
 * the interface has no other: the question is then why nothing is there.
 */
static int explain_interface(const struct decision *decision, const struct report *report,
			     const struct interface *interface, int wanted,
			     const struct options *options)
{
	const struct chains *all = &decision->resolution->chains;
	struct text text = TEXT(options->arena);
	struct chains shown = { 0 };
	bool none;

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		const struct chain *chain = chains_find(all, interface->name, hook);

		if (chain && (wanted < 0 || wanted == (int)hook))
			*list_push(options->arena, &shown) = *chain;
	}
	none = !shown.count;
	for (enum hook hook = 0; none && hook < HOOK_COUNT; hook++)
		if (wanted == (int)hook || (wanted < 0 && has_program(decision->policy, hook)))
			*list_push(options->arena, &shown) =
				(struct chain){ .interface = interface, .hook = hook };
	render_explain_chains(&text, options->output, report, decision->policy, &decision->desires,
			      shown.items, shown.count);
	if (!shown.count && options->output == OUTPUT_TABLE)
		text_add(&text, "The policy has no programs.\n");
	say_result(&text);
	return EXIT_OK;
}

static int say_unknown(const struct decision *decision, const char *name)
{
	const struct policy *policy = decision->policy;
	size_t count = policy->program_count + decision->interfaces.count;
	const char **names = arena_array(decision->arena, const char *, count);
	const char *near;

	for (size_t i = 0; i < policy->program_count; i++)
		names[i] = policy->programs[i].name;
	for (size_t i = 0; i < decision->interfaces.count; i++)
		names[policy->program_count + i] = decision->interfaces.items[i].name;
	near = nearest_word(name, names, count);
	return say_error("'%s' is neither an interface of this host nor a program of the policy"
			 "%s%s%s",
			 name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* With JSON output there is a document all the same: it tells what is wrong with the files. */
static int say_nothing(const struct session *session, const struct report *report)
{
	struct text text = TEXT(session->options->arena);

	if (session->options->output == OUTPUT_TABLE)
		return say_error("there is no policy to explain in %s", session->paths->etc);
	render_explain_chains(&text, OUTPUT_JSON, report, NULL, NULL, NULL, 0);
	say_result(&text);
	return EXIT_ERROR;
}

static int explain(const struct session *session, const struct decision *decision,
		   const struct selection *selection)
{
	const struct options *options = session->options;
	struct report report =
		decision_report(decision, session->paths, 0, wants_colour(STDOUT_FILENO));
	const struct interface *interface = find_interface(decision, selection->interface);
	const struct program *program;

	if (!decision->policy)
		return say_nothing(session, &report);
	program = policy_program(decision->policy, selection->interface);
	if (interface)
		return explain_interface(decision, &report, interface, selection->hook, options);
	if (program && options->argument_count == 1)
		return explain_program(session, decision, &report, program);
	if (program)
		return say_error("'%s' is a program; `ordain explain %s` tells where it runs",
				 program->name, program->name);
	return say_unknown(decision, selection->interface);
}

int command_explain(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	struct selection selection;

	if (!options->argument_count) {
		say_error(
			"explain what? `ordain explain IFACE [HOOK]` or `ordain explain PROGRAM`");
		return EXIT_USAGE;
	}
	if (!selection_read(options, &selection))
		return EXIT_USAGE;
	if (!session_open(options, WANTS_KERNEL, &session))
		return EXIT_ERROR;
	decision = session_decide(&session, DECIDE_NOW, true);
	if (!decision)
		return EXIT_ERROR;
	if (decision->held || decision->basis != BASIS_FILES)
		say_diags(options, &decision->diags);
	return explain(&session, decision, &selection);
}
