/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <time.h>

#include "agent/commands/command.h"
#include "agent/reconcile/say.h"
#include "policy/render/render_common.h"

int command_pause(const struct options *options)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	const char *reason = options->argument_count ? options->arguments[0] : "";
	struct text text = TEXT(options->arena);
	int64_t until = options->for_seconds ? time(NULL) + options->for_seconds : 0;
	const char *what;
	struct error error;

	if (state_set_pause(paths, until, reason, &error))
		return say_error("%s", error.text);
	text_add(&text, "until ");
	if (until)
		text_time(&text, until);
	else
		text_add(&text, "`ordain resume`");
	what = text_string(&text);
	printf("Paused %s: the agent changes nothing; `ordain apply` still does.\n", what);
	fflush(stdout);
	say_order(journal_of_command(options, paths), "pause",
		  arena_printf(options->arena, "paused %s", what), *reason ? reason : NULL);
	return EXIT_OK;
}

/* Marks that cannot be read are there, and are removed like others. */
static bool is_marked(const struct options *options, const struct paths *paths)
{
	struct detached detached;
	struct pause pause;

	return state_pause(options->arena, paths, &pause) || pause.paused ||
	       state_detached(options->arena, paths, &detached) || detached.all ||
	       detached.hooks.count;
}

int command_resume(const struct options *options)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	bool marked = is_marked(options, paths);
	struct error error;

	if (state_resume(paths, &error))
		return say_error("%s", error.text);
	if (marked)
		say_order(journal_of_command(options, paths), "resume", "resumed", NULL);
	puts(marked ? "Resumed: the agent goes on; without one, run `ordain apply`."
		    : "Nothing was paused or detached.");
	return EXIT_OK;
}
