/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose programs our links keep out of their hooks. A loader is known by its name and user, since a
 * supervisor that starts it again gives it another pid. It is told of once, until it gets in or an
 * hour has passed.
 */
#ifndef ORDAIN_AGENT_NOTICE_LOCKOUTS_H
#define ORDAIN_AGENT_NOTICE_LOCKOUTS_H

#include <net/if.h>

#include "agent/notice/deeds.h"
#include "policy/render/render.h"

enum { LOCKOUTS_MAX = 16, LOCKOUT_SECONDS = 3600 };

struct lockout {
	char interface[IF_NAMESIZE];
	struct deed deed;
	int64_t at; /* seconds since 1970 */
};

/* Zeroed: nobody. */
struct lockouts {
	struct lockout items[LOCKOUTS_MAX]; /* the oldest first */
	size_t count;
};

/*
 * After a look: takes what failed out of `deeds`. Attempts to get on a hook that `observed` shows our
 * link on are kept. Returns those that are new, in `arena`; *ret_changed: the
 * list is not as it was.
 */
struct locked_outs lockouts_take(struct lockouts *lockouts, struct deeds *deeds,
				 const struct observed *observed, struct arena *arena,
				 bool *ret_changed);

/* Everybody on the list, in `arena`. */
struct locked_outs lockouts_list(struct arena *arena, const struct lockouts *lockouts);

#endif
