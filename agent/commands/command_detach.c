/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/kernel/interfaces.h"
#include "agent/reconcile/say.h"
#include "agent/system/lock.h"
#include "policy/base/utf8.h"

static bool is_selected(const struct selection *selection, const struct planned_chain *chain)
{
	if (!selection->interface)
		return true;
	return !strcmp(selection->interface, chain->interface) &&
	       (selection->hook < 0 || selection->hook == (int)chain->hook);
}

static int take(const struct session *session, const struct step *step, size_t *removed)
{
	struct error error;
	int result = kernel_execute(session->kernel, step, &error);

	if (result)
		return say_error("%s", error.text);
	if (step->interface) {
		struct text line = TEXT(session->options->arena);

		text_add(&line, "- ");
		utf8_show_string(&line, step->interface);
		text_printf(&line, " %s\n", hook_name(step->hook));
		say_result(&line);
	}
	(*removed)++;
	return EXIT_OK;
}

static void tell_order(const struct session *session, const struct selection *selection)
{
	struct text what = TEXT(session->options->arena);

	if (selection->interface)
		utf8_show_string(&what, selection->interface);
	else
		text_add(&what, "everything");
	if (selection->hook >= 0)
		text_printf(&what, " %s", hook_name((enum hook)selection->hook));
	text_add(&what, " detached by hand, until `ordain resume`");
	say_order(session->journal, "detach", text_string(&what), NULL);
}

/* A plan for a policy in which nothing is desired has one detach for each hook of ours. */
static int detach(const struct session *session, const struct selection *selection, bool stays)
{
	struct decision nothing = { .arena = session->options->arena };
	struct pass pass = pass_begin(&nothing);
	struct error error;
	size_t removed = 0;
	const struct occasion occasion = { .now = &nothing };
	struct {
		struct journal_entry *items;
		size_t count;
	} done = { 0 };
	int result = interfaces_list(nothing.arena, &nothing.interfaces, &error);

	/* The order stands all the same: an interface may come back. */
	if (!result && selection->interface)
		interface_known(&nothing, selection->interface);

	if (!result)
		result = pass_look(&pass, session->kernel, NULL, DETAIL_NONE, &error);
	if (result) {
		pass_end(&pass);
		return say_error("%s", error.text);
	}
	for (size_t i = 0; i < pass.plan->count; i++) {
		const struct planned_chain *chain = &pass.plan->chains[i];
		struct journal_entry entry;

		if (!chain->step || !is_selected(selection, chain))
			continue;
		/* What is known of a chain may go with it. */
		entry = change_entry(session->journal, pass.arena, chain, &occasion);
		if (take(session, chain->step, &removed))
			result = EXIT_ERROR;
		else
			*list_push(pass.arena, &done) = entry;
	}
	for (size_t i = 0; !selection->interface && i < pass.plan->forget_count; i++)
		result |= take(session, &pass.plan->forget[i], &removed);
	if (kernel_settle(session->kernel, &error))
		result = say_error("%s", error.text);
	printf("Detached %zu hook%s%s.\n", removed, removed == 1 ? "" : "s",
	       stays ? "; it stays so until `ordain resume`" : "");
	fflush(stdout);
	/* Once all is off: an emergency stop waits for no journal. */
	for (size_t i = 0; i < done.count; i++)
		journal_write(session->journal, &done.items[i]);
	pass_end(&pass);
	return result;
}

int command_detach(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	struct selection selection;
	struct error error;
	int lock, result, marked;

	if (!selection_read(options, &selection))
		return EXIT_USAGE;
	if (!session_open(options, NEEDS_CHANGES, &session))
		return EXIT_ERROR;
	/*
	 * The mark comes first: an agent must not put back what is being removed. Where there is
	 * no place for it, an emergency stop is one all the same.
	 */
	marked = state_add_detached(session.paths, selection.interface, selection.hook, &error);
	if (marked)
		say_error("%s: it is removed now, but a running agent, `apply` or a reboot puts it "
			  "back",
			  error.text);
	lock = lock_take(session.paths, LOCK_PASS, &error);
	result = lock < 0 ? say_error("%s", error.text) : detach(&session, &selection, !marked);
	if (lock >= 0)
		close(lock);
	if (!marked)
		tell_order(&session, &selection);
	return marked ? EXIT_ERROR : result;
}
