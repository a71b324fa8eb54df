/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <time.h>

#include "agent/commands/command.h"
#include "policy/render/render_common.h"

int command_pause(const struct options *options)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	const char *reason = options->argument_count ? options->arguments[0] : "";
	struct text text = TEXT(options->arena);
	int64_t until = options->for_seconds ? time(NULL) + options->for_seconds : 0;
	struct error error;

	if (state_set_pause(paths, until, reason, &error))
		return say_error("%s", error.text);
	text_add(&text, "Paused until ");
	if (until)
		text_time(&text, until);
	else
		text_add(&text, "`ordain resume`");
	text_add(&text, ": the agent changes nothing; `ordain apply` still does.\n");
	say_result(&text);
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
	puts(marked ? "Resumed: the agent goes on; without one, run `ordain apply`."
		    : "Nothing was paused or detached.");
	return EXIT_OK;
}
