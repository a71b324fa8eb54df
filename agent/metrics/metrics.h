/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent's page for monitoring, on a unix socket. It never waits: who reads slowly or not at all
 * keeps one of a few places until his time is over, and the others and the agent go on. All of them
 * together get one new page a second. With nobody there it costs a descriptor in poll().
 */
#ifndef ORDAIN_AGENT_METRICS_METRICS_H
#define ORDAIN_AGENT_METRICS_METRICS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/system/error.h"
#include "policy/base/text.h"

enum {
	METRICS_READERS = 8, /* at the same time; more wait */
	METRICS_FDS = METRICS_READERS + 1,
	METRICS_DEADLINE_MS = 5000, /* from the connection to the last byte */
	METRICS_FRESH_MS = 1000, /* a page is good for so long */
};

struct metrics;

/* Adds the page. False: it cannot be told now. */
typedef bool (*metrics_page)(void *context, struct text *out);

/* NULL: the socket could not be made. Copies the path. */
struct metrics *metrics_open(const char *path, struct error *ret_error);

/* Whoever still reads is cut off. NULL is fine in all that follow. */
void metrics_close(struct metrics *metrics);

/* What to poll; unused ones have the descriptor -1, which poll() ignores. */
void metrics_fds(const struct metrics *metrics, struct pollfd ret[METRICS_FDS]);

/* When metrics_serve() has to be called at the latest; 0: nobody is there. Monotonic. */
int64_t metrics_due(const struct metrics *metrics);

/* After poll(), with what it said of metrics_fds(). */
void metrics_serve(struct metrics *metrics, const struct pollfd fds[METRICS_FDS], int64_t now_ms,
		   metrics_page page, void *context);

#endif
