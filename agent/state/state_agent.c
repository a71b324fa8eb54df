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

static void add_repairs(struct text *text, const struct repairs_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct repairs *item = &list->items[i];

		text_printf(text, "repairs %s %s", name_escape(text->arena, item->interface),
			    hook_name(item->hook));
		for (int own = OWN_OVERWRITTEN; own < OWN_STATE_COUNT; own++)
			text_printf(text, " %" PRIu64, item->counts[own]);
		text_add(text, "\n");
	}
}

static void add_locked_out(struct text *text, const struct locked_outs *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct locked_out *item = &list->items[i];

		text_printf(text, "locked-out %" PRId64 " %s %s %s\n", item->at,
			    name_escape(text->arena, item->interface), hook_name(item->hook),
			    item->loader);
	}
}

int state_set_agent(const struct paths *paths, int pid, const struct agent_words *words,
		    struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path = agent_path(arena, paths);
	struct text text = TEXT(arena);
	int result;

	text_printf(&text, "pid %d\nnoticing %s\n", pid, words->noticing);
	if (words->reload.at)
		text_printf(&text, "reload %" PRId64 " %s\n", words->reload.at,
			    words->reload.successful ? "successful" : "failed");
	add_repairs(&text, &words->repairs);
	add_locked_out(&text, &words->locked_out);
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

/* "INTERFACE HOOK", and what is behind it stays in *line. */
static bool parse_hook(struct arena *arena, char **line, const char **ret_interface,
		       enum hook *ret_hook)
{
	const char *interface = cut(line);
	const char *hook = interface ? cut(line) : NULL;

	if (!hook || !hook_from_name(hook, ret_hook))
		return false;
	*ret_interface = name_unescape(arena, interface);
	return *ret_interface != NULL;
}

/* "TIME INTERFACE HOOK LOADER" */
static bool parse_locked_out(struct arena *arena, char *line, struct agent_words *words)
{
	const char *time = cut(&line);
	struct locked_out item;

	if (!time || !number_parse(time, &item.at) ||
	    !parse_hook(arena, &line, &item.interface, &item.hook))
		return false;
	item.loader = line;
	*list_push(arena, &words->locked_out) = item;
	return true;
}

/* "INTERFACE HOOK COUNT COUNT COUNT" */
static bool parse_repairs(struct arena *arena, char *line, struct agent_words *words)
{
	struct repairs item = { .interface = NULL };

	if (!parse_hook(arena, &line, &item.interface, &item.hook))
		return false;
	for (int own = OWN_OVERWRITTEN; own < OWN_STATE_COUNT; own++) {
		const char *word = own < OWN_STATE_COUNT - 1 ? cut(&line) : line;
		int64_t count;

		if (!word || !number_parse(word, &count))
			return false;
		item.counts[own] = (uint64_t)count;
	}
	*list_push(arena, &words->repairs) = item;
	return true;
}

/* "TIME successful", "TIME failed" */
static bool parse_reload(struct arena *arena, char *line, struct agent_words *words)
{
	const char *time = cut(&line);

	(void)arena;
	words->reload.successful = !strcmp(line, "successful");
	return time && number_parse(time, &words->reload.at) &&
	       (words->reload.successful || !strcmp(line, "failed"));
}

static bool parse_line(struct arena *arena, const char *text, struct agent_words *words)
{
	static const struct {
		const char *key;
		bool (*parse)(struct arena *arena, char *line, struct agent_words *words);
	} keys[] = {
		{ "locked-out", parse_locked_out },
		{ "repairs", parse_repairs },
		{ "reload", parse_reload },
	};
	char *line = arena_strdup(arena, text);
	const char *key = cut(&line);

	for (size_t i = 0; key && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i].key))
			return keys[i].parse(arena, line, words);
	return false;
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
		const char *line = cursor_line(arena, &cursor);

		if (!line || !parse_line(arena, line, &words))
			return false;
	}
	*ret = words;
	return true;
}
