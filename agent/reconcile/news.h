/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What came up and what went, for the agent's log: programs that cannot run, foreign ones beside an
 * exclusive one, and those that are refused. Each is said once when it comes, when it changes and when it goes.
 */
#ifndef ORDAIN_AGENT_RECONCILE_NEWS_H
#define ORDAIN_AGENT_RECONCILE_NEWS_H

#include "agent/notice/deeds.h"
#include "policy/render/conditions.h"

struct news_line {
	const char *interface;
	enum hook hook;
	const char *text; /* "eth0 xdp: complete again" */
	bool over; /* what it tells of holds no more */
};

struct news_lines {
	struct news_line *items;
	size_t count;
};

/* Zeroed: nothing was said yet. */
struct news {
	struct arena *arena; /* of the items, whatever plan they were about */
	struct news_item *items;
	size_t count;
};

/*
 * Compares with what was said last. `deeds`: who brought foreign programs, or took them away.
 * `done`: the plan's steps were carried out; until they are, nothing is complete again. Returns the
 * lines to be written, in `arena`.
 */
struct news_lines news_tell(struct news *news, const struct plan *plan, const struct deeds *deeds,
			    bool done, struct arena *arena);

void news_free(struct news *news);

#endif
