/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, one table of options for all commands. */
#ifndef ORDAIN_AGENT_COMMANDS_OPTIONS_H
#define ORDAIN_AGENT_COMMANDS_OPTIONS_H

#include <stdbool.h>

#include "agent/notice/notice.h"
#include "agent/state/confdir.h"
#include "policy/render/render.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_ERROR = 1, /* an error, or a blocked hook */
	EXIT_DIFFERENT =
		2, /* changes pending (plan --detailed-exitcode), or not in sync (status) */
	EXIT_USAGE = 64,
};

/* Which options a command takes. */
enum option_flag {
	OPTION_AS = 1 << 0,
	OPTION_OUTPUT = 1 << 1,
	OPTION_STRICT = 1 << 2,
	OPTION_NO_OBJECTS = 1 << 3,
	OPTION_DETAILED_EXITCODE = 1 << 4,
	OPTION_EXPECT = 1 << 5,
	OPTION_ALLOW_GAP = 1 << 6,
	OPTION_WATCH = 1 << 7,
	OPTION_FOR = 1 << 8,
	OPTION_LINES = 1 << 9, /* --output lines */
	OPTION_ALL = 1 << 10,
	OPTION_NOTICE = 1 << 11,
	OPTION_TIMEOUT = 1 << 12,
	OPTION_OPENMETRICS = 1 << 13, /* --output openmetrics */
	OPTION_WITHOUT = 1 << 14,
};

struct options {
	struct arena *arena;
	const char *root;
	const char *bpffs;
	struct substitutes substitutes;
	enum output_format output;
	bool strict;
	bool no_objects;
	bool detailed_exitcode;
	bool watch;
	bool all;
	bool allow_gap;
	enum notice_grade notice; /* the best that the agent is to use */
	const char *expect; /* NULL: any policy */
	long for_seconds; /* --for TIME; 0: until resume */
	bool for_in_sync; /* --for in-sync */
	long timeout_seconds; /* 0: not given */
	char **arguments; /* what is left, behind the command */
	int argument_count;
};

struct command {
	const char *name;
	const char *arguments; /* "[IFACE [HOOK]]" */
	const char *summary; /* one line */
	const char *help; /* what it does, for --help; several lines */
	unsigned int flags; /* enum option_flag */
	int max_arguments;
	int (*run)(const struct options *options); /* returns an exit code */
};

/* The commands of main.c, ended by one without a name. */
extern const struct command commands[];

/*
 * Reads the command line. The command, or NULL with *ret_exit set: a usage error was printed to
 * stderr, or help to stdout.
 */
const struct command *options_read(int argc, char **argv, struct options *options, int *ret_exit);

#endif
