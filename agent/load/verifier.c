/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/load/verifier.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"

enum { LINES_SHOWN = 6 };

bool verifier_not_asked(int result)
{
	return result == -EPERM || result == -ENOMEM || result == -EMFILE || result == -ENFILE;
}

struct line {
	const char *text;
	size_t length;
};

struct lines {
	struct line *items;
	size_t count;
};

static bool starts_with(const struct line *line, const char *prefix)
{
	return line->length >= strlen(prefix) && !strncmp(line->text, prefix, strlen(prefix));
}

/* The part between libbpf's frame lines if it framed the log, cut before the statistics. */
static struct lines split(struct arena *arena, const char *log)
{
	const char *begin = strstr(log, "-- BEGIN PROG LOAD LOG --\n");
	struct lines lines = { 0 };

	if (begin)
		log = strchr(begin, '\n') + 1;
	while (*log) {
		struct line line = { log, strcspn(log, "\n") };

		if (starts_with(&line, "processed ") ||
		    starts_with(&line, "-- END PROG LOAD LOG --") ||
		    starts_with(&line, "verification time "))
			break;
		if (line.length)
			*list_push(arena, &lines) = line;
		log += line.length + (log[line.length] == '\n');
	}
	return lines;
}

/* "12: (bf) r1 = r2" gives 12, anything else -1. */
static int instruction_of(const struct line *line)
{
	char *end;
	long index;

	if (!isdigit((unsigned char)line->text[0]))
		return -1;
	index = strtol(line->text, &end, 10);
	return strncmp(end, ": (", 3) ? -1 : (int)index;
}

struct verdict_of_verifier verifier_read(struct arena *arena, const char *log)
{
	struct verdict_of_verifier verdict = { .reason = "", .lines = "", .instruction = -1 };
	struct lines lines = split(arena, log);
	struct text shown = TEXT(arena);
	size_t first = lines.count > LINES_SHOWN ? lines.count - LINES_SHOWN : 0;

	for (size_t i = lines.count; i-- > 0;) {
		const struct line *line = &lines.items[i];

		if (verdict.instruction < 0)
			verdict.instruction = instruction_of(line);
		if (starts_with(line, "; ")) {
			verdict.source = arena_strndup(arena, line->text + 2, line->length - 2);
			break;
		}
	}
	for (size_t i = first; i < lines.count; i++) {
		if (i > first)
			text_add(&shown, "\n");
		text_add_bytes(&shown, lines.items[i].text, lines.items[i].length);
	}
	verdict.lines = text_string(&shown);
	if (lines.count)
		verdict.reason = arena_strndup(arena, lines.items[lines.count - 1].text,
					       lines.items[lines.count - 1].length);
	return verdict;
}

/* "stack depth 8+0+16", "processed 31 insns (limit 1000000) ..." */
bool verifier_figures(struct arena *arena, const char *log, struct figures_of_verifier *ret)
{
	struct {
		unsigned int *items;
		size_t count;
	} stack = { 0 };
	const char *depths = strstr(log, "stack depth ");
	const char *steps = strstr(log, "processed ");
	char *end;

	if (!depths || !steps)
		return false;
	depths += strlen("stack depth ");
	do {
		*list_push(arena, &stack) = (unsigned int)strtoul(depths, &end, 10);
		if (end == depths)
			return false;
		depths = end + 1;
	} while (*end == '+');
	ret->stack = stack.items;
	ret->count = stack.count;
	ret->steps = strtoul(steps + strlen("processed "), &end, 10);
	return end != steps + strlen("processed ");
}
