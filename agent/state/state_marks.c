/* SPDX-License-Identifier: GPL-2.0-only */
/* What an administrator stopped by hand: pause and detach. */
#include "agent/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/state/state_text.h"
#include "policy/base/text.h"

enum { MARK_MAX_BYTES = 1024 * 1024, EVERY_HOOK = -1 };

/* The word of EVERY_HOOK, and the line that stands for every interface. */
static const char everything[] = "all";

static const char *mark_path(struct arena *arena, const struct paths *paths, const char *name)
{
	return arena_printf(arena, "%s/%s", paths->state, name);
}

/* 1: there is one. 0: there is none. -errno: it is there, and cannot be read. */
static int read_mark(struct arena *arena, const char *path, struct cursor *ret)
{
	size_t length;
	int result = file_read(arena, path, MARK_MAX_BYTES, &ret->at, &length);

	if (result == -ENOENT || result == -ENOTDIR)
		return 0;
	if (result == -EFBIG || result == -EISDIR || result == -EINVAL) {
		*ret = (struct cursor){ 0 };
		return 1;
	}
	if (result < 0)
		return result;
	ret->end = ret->at + length;
	return 1;
}

static int write_mark(const struct paths *paths, const char *path, const struct text *text,
		      struct error *ret_error)
{
	int result = directory_ensure(paths->state, 0700);

	if (!result)
		result = file_replace(path, text_string(text), text->length);
	return result ? error_errno(ret_error, result, "write %s", path) : 0;
}

int state_pause(struct arena *arena, const struct paths *paths, struct pause *ret)
{
	const char *path = mark_path(arena, paths, "paused");
	struct pause pause = { .reason = "" };
	struct cursor cursor;
	int result = read_mark(arena, path, &cursor);

	if (result < 0)
		return result;
	if (result) {
		pause.paused = true;
		if (!cursor_number(arena, &cursor, "until", &pause.until) ||
		    !(pause.reason = cursor_value(arena, &cursor, "reason")) ||
		    cursor.at != cursor.end)
			pause = (struct pause){
				.paused = true,
				.reason = arena_printf(arena, "%s is damaged", path),
			};
		else if (pause.until && pause.until <= (int64_t)time(NULL))
			pause = (struct pause){ .reason = "" };
	}
	*ret = pause;
	return 0;
}

int state_set_pause(const struct paths *paths, int64_t until, const char *reason,
		    struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct text text = TEXT(arena);
	char *line = arena_strdup(arena, reason ? reason : "");

	for (char *at = line; *at; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	text_printf(&text, "until %" PRId64 "\nreason %s\n", until < 0 ? 0 : until, line);
	return write_mark(paths, mark_path(arena, paths, "paused"), &text, ret_error);
}

/* "INTERFACE HOOK" or "INTERFACE all". False if the line is neither. */
static bool parse_detached(struct arena *arena, const char *line, struct detached_hook *ret)
{
	const char *blank = strchr(line, ' ');
	enum hook hook;

	if (!blank)
		return false;
	ret->interface = name_unescape(arena, arena_strndup(arena, line, (size_t)(blank - line)));
	if (!ret->interface || !*ret->interface)
		return false;
	ret->hook = EVERY_HOOK;
	if (!strcmp(blank + 1, everything))
		return true;
	if (!hook_from_name(blank + 1, &hook))
		return false;
	ret->hook = (int)hook;
	return true;
}

int state_detached(struct arena *arena, const struct paths *paths, struct detached *ret)
{
	struct detached detached = { 0 };
	struct cursor cursor;
	int result = read_mark(arena, mark_path(arena, paths, "detached"), &cursor);

	if (result < 0)
		return result;
	/* An empty file is a damaged one: nobody writes the mark to say nothing. */
	if (result && cursor.at == cursor.end)
		detached.all = true;
	while (result && cursor.at != cursor.end) {
		const char *line = cursor_line(arena, &cursor);
		struct detached_hook hook;

		if (!line || !strcmp(line, everything) || !parse_detached(arena, line, &hook)) {
			detached.all = true;
			break;
		}
		*list_push(arena, &detached.hooks) = hook;
	}
	*ret = detached;
	return 0;
}

static bool covers(const struct detached *detached, const char *interface, int hook)
{
	if (detached->all)
		return true;
	for (size_t i = 0; interface && i < detached->hooks.count; i++) {
		const struct detached_hook *item = &detached->hooks.items[i];

		if (!strcmp(item->interface, interface) &&
		    (item->hook == EVERY_HOOK || item->hook == hook))
			return true;
	}
	return false;
}

bool detached_covers(const struct detached *detached, const char *interface, enum hook hook)
{
	return covers(detached, interface, (int)hook);
}

int state_add_detached(const struct paths *paths, const char *interface, int hook,
		       struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path = mark_path(arena, paths, "detached");
	struct text text = TEXT(arena);
	struct detached detached;
	int result = state_detached(arena, paths, &detached);

	if (result < 0)
		return error_errno(ret_error, result, "read %s", path);
	if (covers(&detached, interface, hook))
		return 0;
	if (interface) {
		*list_push(arena, &detached.hooks) = (struct detached_hook){ interface, hook };
		for (size_t i = 0; i < detached.hooks.count; i++) {
			const struct detached_hook *item = &detached.hooks.items[i];

			text_printf(&text, "%s %s\n", name_escape(arena, item->interface),
				    item->hook == EVERY_HOOK ? everything
							     : hook_name((enum hook)item->hook));
		}
	} else {
		text_printf(&text, "%s\n", everything);
	}
	return write_mark(paths, path, &text, ret_error);
}

int state_resume(const struct paths *paths, struct error *ret_error)
{
	static const char *const marks[] = { "paused", "detached" };
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	int result;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *path = mark_path(arena, paths, marks[i]);

		if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
			return error_errno(ret_error, -errno, "remove %s", path);
	}
	result = directory_sync(paths->state);
	if (result && result != -ENOENT)
		return error_errno(ret_error, result, "sync %s", paths->state);
	return 0;
}
