/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <time.h>

#include "command.h"

int command_pause(const struct options *options)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	const char *reason = options->argument_count ? options->arguments[0] : "";
	int64_t until = options->pause_seconds ? time(NULL) + options->pause_seconds : 0;
	struct error error;

	if (state_set_pause(paths, until, reason, &error))
		return say_error("%s", error.text);
	printf("Paused%s: the agent changes nothing; `ordain apply` still does.\n",
	       until ? " for the time given" : " until `ordain resume`");
	return EXIT_OK;
}

int command_resume(const struct options *options)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	struct error error;

	if (state_resume(paths, &error))
		return say_error("%s", error.text);
	puts("Resumed: the agent goes on; without one, run `ordain apply`.");
	return EXIT_OK;
}
