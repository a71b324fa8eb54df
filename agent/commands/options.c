/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/model/policy.h"

/* One line of the table: what getopt, the check against the command and --help need. */
struct option_entry {
	const char *name;
	int letter; /* a short option's letter, or a number beyond any */
	const char *argument; /* NULL: none */
	unsigned int flag; /* 0: every command takes it */
	const char *help;
};

enum { LONG_ONLY = 256 };

static const struct option_entry entries[] = {
	{ "root", LONG_ONLY + 0, "DIR", 0, "policy and state live below DIR (default: /)" },
	{ "bpffs", LONG_ONLY + 1, "DIR", 0, "the BPF file system (default: /sys/fs/bpf)" },
	{ "help", 'h', NULL, 0, "this text" },
	{ "version", LONG_ONLY + 2, NULL, 0, "print the version" },
	{ "as", LONG_ONLY + 3, "NAME=FILE", OPTION_AS,
	  "take FILE for the policy file NAME (repeatable)" },
	{ "without", LONG_ONLY + 12, "NAME", OPTION_WITHOUT,
	  "as though there was no policy file NAME (repeatable)" },
	{ "output", 'o', "FORMAT", OPTION_OUTPUT,
	  "table (default) or json; of check also lines, of status openmetrics" },
	{ "strict", LONG_ONLY + 4, NULL, OPTION_STRICT, "warnings are errors" },
	{ "no-objects", LONG_ONLY + 5, NULL, OPTION_NO_OBJECTS,
	  "do not look at the objects: they may be on another machine" },
	{ "detailed-exitcode", LONG_ONLY + 6, NULL, OPTION_DETAILED_EXITCODE,
	  "exit with 2 when there are changes to make" },
	{ "expect", LONG_ONLY + 7, "DIGEST", OPTION_EXPECT,
	  "only if the policy has this digest (7 digits or more)" },
	{ "allow-gap", LONG_ONLY + 8, NULL, OPTION_ALLOW_GAP,
	  "also make changes that leave a hook empty for a moment" },
	{ "watch", 'w', NULL, OPTION_WATCH, "again every second with rates, until interrupted" },
	{ "all", 'a', NULL, OPTION_ALL,
	  "also whose each program is: id, age, pins, holders, tc filters" },
	{ "for", LONG_ONLY + 9, "UNTIL", OPTION_FOR,
	  "pause: for a time (90, 90s, 15m, 2h); wait: in-sync" },
	{ "notice", LONG_ONLY + 10, "GRADE", OPTION_NOTICE,
	  "hear of others' changes by full (default) at best, tracepoint or poll" },
	{ "timeout", LONG_ONLY + 11, "TIME", OPTION_TIMEOUT,
	  "try: go back after TIME (default: 2m); wait: give up (default: 1m)" },
};

enum { ENTRY_COUNT = sizeof(entries) / sizeof(entries[0]) };

static void print_entry(FILE *out, const struct option_entry *entry)
{
	char words[64];

	snprintf(words, sizeof(words), "%s--%s%s%s", entry->letter < LONG_ONLY ? "-x, " : "    ",
		 entry->name, entry->argument ? " " : "", entry->argument ? entry->argument : "");
	if (entry->letter < LONG_ONLY)
		words[1] = (char)entry->letter;
	fprintf(out, "  %-26s  %s\n", words, entry->help);
}

static void print_options(FILE *out, unsigned int flags)
{
	for (size_t i = 0; i < ENTRY_COUNT; i++)
		if (entries[i].flag & flags)
			print_entry(out, &entries[i]);
	for (size_t i = 0; i < ENTRY_COUNT; i++)
		if (!entries[i].flag)
			print_entry(out, &entries[i]);
}

static void print_overview(FILE *out)
{
	fputs("usage: ordain [--root DIR] [--bpffs DIR] COMMAND [OPTION...]\n"
	      "\n"
	      "Keeps the order of BPF programs on this host's network hooks as the files in\n"
	      "/etc/ordain say.\n"
	      "\n",
	      out);
	for (const struct command *command = commands; command->name; command++)
		fprintf(out, "  %-8s  %s\n", command->name, command->summary);
	fputs("\n`ordain COMMAND --help` tells more of each. All of them take:\n\n", out);
	print_options(out, 0);
}

static void print_help(const struct command *command)
{
	if (!command) {
		print_overview(stdout);
		return;
	}
	printf("usage: ordain %s [OPTION...]%s%s\n\n%s\n\n", command->name,
	       *command->arguments ? " " : "", command->arguments, command->help);
	print_options(stdout, command->flags);
}

static const struct command *find_command(const char *name)
{
	const char *names[32];
	size_t count = 0;
	const char *near;

	for (const struct command *command = commands; command->name; command++) {
		if (!strcmp(command->name, name))
			return command;
		names[count++] = command->name;
	}
	near = nearest_word(name, names, count);
	fprintf(stderr, "ordain: there is no command '%s'%s%s%s\n", name,
		near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static const char *const output_names[] = {
	[OUTPUT_TABLE] = "table",
	[OUTPUT_JSON] = "json",
	[OUTPUT_LINES] = "lines",
	[OUTPUT_OPENMETRICS] = "openmetrics",
};

static bool read_output(const char *word, struct options *options)
{
	for (size_t i = 0; i < sizeof(output_names) / sizeof(output_names[0]); i++) {
		if (strcmp(word, output_names[i]) != 0)
			continue;
		options->output = (enum output_format)i;
		return true;
	}
	fprintf(stderr,
		"ordain: --output takes 'table' or 'json' (check also 'lines', status "
		"'openmetrics'), not '%s'\n",
		word);
	return false;
}

static bool read_substitute(const char *word, struct options *options)
{
	const char *equals = strchr(word, '=');
	struct substitute *substitute;

	if (!equals || equals == word || !equals[1]) {
		fprintf(stderr, "ordain: --as takes NAME=FILE, not '%s'\n", word);
		return false;
	}
	substitute = list_push(options->arena, &options->substitutes);
	substitute->name = arena_strndup(options->arena, word, (size_t)(equals - word));
	substitute->file = equals + 1;
	return true;
}

static bool read_duration(const char *option, const char *word, long *ret_seconds)
{
	char *unit;
	long factor = 1;
	long value = strtol(word, &unit, 10);

	if (*unit == 'm')
		factor = 60;
	else if (*unit == 'h')
		factor = 3600;
	if (unit == word || value <= 0 || value > INT_MAX / factor ||
	    (*unit && (!strchr("smh", *unit) || unit[1]))) {
		fprintf(stderr, "ordain: --%s takes a time such as 90s, 15m or 2h, not '%s'\n",
			option, word);
		return false;
	}
	*ret_seconds = value * factor;
	return true;
}

static bool read_for(const char *word, struct options *options)
{
	options->for_in_sync = !strcmp(word, "in-sync");
	return options->for_in_sync || read_duration("for", word, &options->for_seconds);
}

static bool read_notice(const char *word, struct options *options)
{
	if (notice_grade_from_name(word, &options->notice))
		return true;
	fprintf(stderr, "ordain: --notice takes 'full', 'tracepoint' or 'poll', not '%s'\n", word);
	return false;
}

static bool read_digest(const char *word, struct options *options)
{
	size_t length = strspn(word, "0123456789abcdef");

	if (length < 7 || length > 64 || word[length]) {
		fprintf(stderr, "ordain: --expect takes 7 to 64 hex digits, not '%s'\n", word);
		return false;
	}
	options->expect = word;
	return true;
}

/* False after a message. */
static bool read_option(const struct option_entry *entry, const char *argument,
			struct options *options)
{
	switch (entry->flag) {
	case OPTION_AS:
		return read_substitute(argument, options);
	case OPTION_WITHOUT:
		*list_push(options->arena, &options->substitutes) =
			(struct substitute){ .name = argument };
		break;
	case OPTION_OUTPUT:
		return read_output(argument, options);
	case OPTION_STRICT:
		options->strict = true;
		break;
	case OPTION_NO_OBJECTS:
		options->no_objects = true;
		break;
	case OPTION_DETAILED_EXITCODE:
		options->detailed_exitcode = true;
		break;
	case OPTION_EXPECT:
		return read_digest(argument, options);
	case OPTION_ALLOW_GAP:
		options->allow_gap = true;
		break;
	case OPTION_WATCH:
		options->watch = true;
		break;
	case OPTION_ALL:
		options->all = true;
		break;
	case OPTION_FOR:
		return read_for(argument, options);
	case OPTION_TIMEOUT:
		return read_duration(entry->name, argument, &options->timeout_seconds);
	case OPTION_NOTICE:
		return read_notice(argument, options);
	default:
		if (!strcmp(entry->name, "root"))
			options->root = argument;
		else if (!strcmp(entry->name, "bpffs"))
			options->bpffs = argument;
		break;
	}
	return true;
}

static void fill_getopt(struct option long_options[ENTRY_COUNT + 1])
{
	for (size_t i = 0; i < ENTRY_COUNT; i++)
		long_options[i] = (struct option){
			.name = entries[i].name,
			.has_arg = entries[i].argument ? required_argument : no_argument,
			.val = entries[i].letter,
		};
	long_options[ENTRY_COUNT] = (struct option){ 0 };
}

static const struct option_entry *find_entry(int letter)
{
	for (size_t i = 0; i < ENTRY_COUNT; i++)
		if (entries[i].letter == letter)
			return &entries[i];
	return NULL;
}

static const struct command *usage_error(int *ret_exit)
{
	fputs("`ordain --help` shows what there is.\n", stderr);
	*ret_exit = EXIT_USAGE;
	return NULL;
}

/* What was given, to be checked once the command is known, wherever it stands in the line. */
struct given {
	unsigned int flags;
	bool help;
	bool version;
};

/* getopt's own words begin with the program's path, and help nobody who mistyped. */
static void say_unknown(const char *word)
{
	const char *names[ENTRY_COUNT];
	const char *near;
	char name[32] = "";

	for (size_t i = 0; i < ENTRY_COUNT; i++)
		names[i] = entries[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	near = nearest_word(name, names, ENTRY_COUNT);
	fprintf(stderr, "ordain: there is no option '--%s'%s%s%s\n", name,
		near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "");
}

static void say_refused(int letter, char **argv)
{
	const struct option_entry *entry = optopt ? find_entry(optopt) : NULL;

	if (entry && letter == ':')
		fprintf(stderr, "ordain: --%s needs %s\n", entry->name, entry->argument);
	else if (entry)
		fprintf(stderr, "ordain: --%s takes no value\n", entry->name);
	else if (optopt)
		fprintf(stderr, "ordain: there is no option '-%c'\n", optopt);
	else
		say_unknown(argv[optind - 1]);
}

static bool read_line(int argc, char **argv, struct options *options, struct given *given)
{
	struct option long_options[ENTRY_COUNT + 1];
	int letter;

	fill_getopt(long_options);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":ho:w", long_options, NULL)) != -1) {
		const struct option_entry *entry = find_entry(letter);

		if (!entry) {
			say_refused(letter, argv);
			return false;
		}
		given->flags |= entry->flag;
		given->help |= !strcmp(entry->name, "help");
		given->version |= !strcmp(entry->name, "version");
		if (!read_option(entry, optarg, options))
			return false;
	}
	return true;
}

static bool check_line(const struct command *command, const struct options *options,
		       const struct given *given)
{
	for (size_t i = 0; i < ENTRY_COUNT; i++) {
		if (!(entries[i].flag & given->flags & ~command->flags))
			continue;
		fprintf(stderr, "ordain: '%s' takes no --%s\n", command->name, entries[i].name);
		return false;
	}
	if ((options->output == OUTPUT_LINES && !(command->flags & OPTION_LINES)) ||
	    (options->output == OUTPUT_OPENMETRICS && !(command->flags & OPTION_OPENMETRICS))) {
		fprintf(stderr, "ordain: '%s' takes no --output %s\n", command->name,
			output_names[options->output]);
		return false;
	}
	if ((given->flags & OPTION_FOR) &&
	    options->for_in_sync != ((command->flags & OPTION_TIMEOUT) != 0)) {
		fprintf(stderr, "ordain: '%s --for' takes %s\n", command->name,
			options->for_in_sync ? "a time such as 90s, 15m or 2h" : "'in-sync'");
		return false;
	}
	if (options->argument_count > command->max_arguments) {
		fprintf(stderr, "ordain: '%s' takes no '%s'\n", command->name,
			options->arguments[command->max_arguments]);
		return false;
	}
	return true;
}

const struct command *options_read(int argc, char **argv, struct options *options, int *ret_exit)
{
	const struct command *command = NULL;
	struct given given = { 0 };

	if (!read_line(argc, argv, options, &given))
		return usage_error(ret_exit);
	*ret_exit = EXIT_OK;
	if (given.version) {
		puts("ordain " ORDAIN_VERSION);
		return NULL;
	}
	if (optind < argc) {
		command = find_command(argv[optind]);
		if (!command)
			return usage_error(ret_exit);
	}
	if (given.help) {
		print_help(command);
		return NULL;
	}
	if (!command) {
		print_overview(stderr);
		*ret_exit = EXIT_USAGE;
		return NULL;
	}
	options->arguments = argv + optind + 1;
	options->argument_count = argc - optind - 1;
	if (!check_line(command, options, &given))
		return usage_error(ret_exit);
	return command;
}
