/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy directories as sources: *.yaml in /usr/lib/ordain, /run/ordain and /etc/ordain.
 *
 * A regular file after symlinks, no leading dot. As root: the files and the directories must be safe
 * (safety.h); of a substitute, the file alone. A file of the same name in a stronger directory
 * replaces the weaker one, and a symlink to /dev/null masks it.
 */
#ifndef ORDAIN_AGENT_STATE_CONFDIR_H
#define ORDAIN_AGENT_STATE_CONFDIR_H

#include <stdbool.h>

#include "agent/system/paths.h"
#include "policy/diag/diag.h"

enum { CONFDIR_MAX_FILES = 1024 };

/*
 * `--as NAME=FILE`: FILE's content stands in for the file NAME of ROOT/etc/ordain.
 * `--without NAME`: as though there was no such file there. One of the same name in a weaker
 * directory then counts.
 */
struct substitute {
	const char *name;
	const char *file; /* NULL: without */
};

struct substitutes {
	struct substitute *items;
	size_t count;
};

/*
 * Reads everything once. What is missing, unreadable, too much or, for root, not safe becomes an
 * error in `diags`, never fewer files; its place has the path and no line. In the directory of
 * hints it is a warning, and the file a source that is `unread`. *ret_present: at least one of the three
 * directories exists, or there are substitutes; when none does that is no error here, since a host
 * may have no policy. To leave out what is not there is an error, as it is a slip. A substitute beats a mask of its name; its diagnostics show FILE's own path.
 * `substitutes` may be NULL. Everything returned lives in `arena`.
 */
void confdir_read(struct arena *arena, const struct paths *paths,
		  const struct substitutes *substitutes, struct diags *diags,
		  struct sources *ret_sources, bool *ret_present);

#endif
