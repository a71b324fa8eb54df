/* SPDX-License-Identifier: GPL-2.0-only */
/* What only the running agent knows, for `status`. */
#include "agent/state/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/state/state_text.h"
#include "policy/base/text.h"

enum { AGENT_MAX_BYTES = 64 * 1024 };

static const char *agent_path(struct arena *arena, const struct paths *paths)
{
	return arena_printf(arena, "%s/agent", paths->state);
}

int state_set_agent(const struct paths *paths, int pid, const struct agent_words *words,
		    struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path = agent_path(arena, paths);
	struct text text = TEXT(arena);
	int result;

	text_printf(&text, "pid %d\nnoticing %s\n", pid, words->noticing);
	for (size_t i = 0; i < words->locked_out.count; i++) {
		const struct locked_out *item = &words->locked_out.items[i];

		text_printf(&text, "locked-out %" PRId64 " %s %s %s\n", item->at,
			    name_escape(arena, item->interface), hook_name(item->hook),
			    item->loader);
	}
	result = directory_ensure(paths->state, 0700);
	if (!result)
		result = file_replace(path, text_string(&text), text.length);
	return result ? error_errno(ret_error, result, "write %s", path) : 0;
}

/* Cuts a word off the line; NULL if nothing follows it. */
static char *cut(char **line)
{
	char *word = *line;
	char *blank = strchr(word, ' ');

	if (!blank)
		return NULL;
	*blank = '\0';
	*line = blank + 1;
	return word;
}

/* "TIME INTERFACE HOOK LOADER" */
static bool parse_locked_out(struct arena *arena, const char *value, struct locked_out *ret)
{
	char *line = arena_strdup(arena, value);
	const char *time = cut(&line);
	const char *interface = time ? cut(&line) : NULL;
	const char *hook = interface ? cut(&line) : NULL;

	if (!hook || !number_parse(time, &ret->at) || !hook_from_name(hook, &ret->hook))
		return false;
	ret->interface = name_unescape(arena, interface);
	ret->loader = line;
	return ret->interface != NULL;
}

bool state_agent(struct arena *arena, const struct paths *paths, int pid, struct agent_words *ret)
{
	struct agent_words words = { 0 };
	struct cursor cursor;
	size_t length;
	int64_t writer;

	if (file_read(arena, agent_path(arena, paths), AGENT_MAX_BYTES, &cursor.at, &length))
		return false;
	cursor.end = cursor.at + length;
	if (!cursor_number(arena, &cursor, "pid", &writer) || writer != pid)
		return false;
	words.noticing = cursor_value(arena, &cursor, "noticing");
	if (!words.noticing)
		return false;
	while (cursor.at != cursor.end) {
		const char *value = cursor_value(arena, &cursor, "locked-out");
		struct locked_out item;

		if (!value || !parse_locked_out(arena, value, &item))
			return false;
		*list_push(arena, &words.locked_out) = item;
	}
	*ret = words;
	return true;
}
