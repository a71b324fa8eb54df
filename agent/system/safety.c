/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/safety.h"

#include <unistd.h>

static bool has_other_owner(const struct stat *st)
{
	return st->st_uid != 0;
}

static bool is_writable(const struct stat *st)
{
	return st->st_mode & (S_IWGRP | S_IWOTH);
}

bool safety_holds(const struct stat *st)
{
	return geteuid() != 0 || (!has_other_owner(st) && !is_writable(st));
}

/* Others are most often all there is to say: whoever lets them lets the group too. */
static const char *writers(const struct stat *st)
{
	return st->st_mode & S_IWOTH ? "others" : "its group";
}

const char *safety_problem(struct arena *arena, const struct stat *st)
{
	const char *owner;

	if (safety_holds(st))
		return NULL;
	if (!has_other_owner(st))
		return arena_printf(arena, "writable by %s", writers(st));
	owner = arena_printf(arena, "owned by uid %u, should be 0", (unsigned int)st->st_uid);
	if (!is_writable(st))
		return owner;
	return arena_printf(arena, "%s, and writable by %s", owner, writers(st));
}

const char *safety_remedy(struct arena *arena, const struct stat *st, const char *path)
{
	if (!is_writable(st))
		return arena_printf(arena, "chown root: %s", path);
	if (!has_other_owner(st))
		return arena_printf(arena, "chmod go-w %s", path);
	return arena_printf(arena, "chown root: %s && chmod go-w %s", path, path);
}
