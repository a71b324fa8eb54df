/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/caller.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "policy/base/utf8.h"

/* A number that is an id, and not the one for none. */
static bool read_uid(const char *word, uint32_t *ret)
{
	uint32_t uid;
	char rest;

	if (!word || sscanf(word, "%" SCNu32 "%c", &uid, &rest) != 1 || uid == UINT32_MAX)
		return false;
	*ret = uid;
	return true;
}

static bool login_uid(uint32_t *ret)
{
	char line[32];
	FILE *file = fopen("/proc/self/loginuid", "re");
	bool known;

	if (!file)
		return false;
	known = fgets(line, sizeof(line), file) && read_uid(line, ret);
	fclose(file);
	return known;
}

/* NULL: it is not in the file. */
static const char *name_of(struct arena *arena, uint32_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	const char *name = NULL;

	while (file && !name && (entry = fgetpwent(file)))
		if (entry->pw_uid == uid)
			name = arena_strdup(arena, entry->pw_name);
	if (file)
		fclose(file);
	return name;
}

const char *caller_words(struct arena *arena)
{
	const char *name = NULL;
	struct text text = TEXT(arena);
	uint32_t uid;

	if (!login_uid(&uid)) {
		if (read_uid(getenv("SUDO_UID"), &uid))
			name = getenv("SUDO_USER");
		else
			uid = getuid();
	}
	if (!name)
		name = name_of(arena, uid);
	if (name) {
		utf8_show_string(&text, name);
		text_printf(&text, " (uid %u, pid %d)", uid, getpid());
	} else {
		text_printf(&text, "uid %u (pid %d)", uid, getpid());
	}
	return text_string(&text);
}
