/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent says of what it does and finds: one line for each thing that happened, on stderr;
 * whoever reads that adds the time.
 */
#ifndef ORDAIN_AGENT_RECONCILE_SAY_H
#define ORDAIN_AGENT_RECONCILE_SAY_H

#include "agent/notice/deeds.h"
#include "agent/reconcile/pass.h"

/* What was said last of what is wrong, so that nothing is said twice. Zeroed: nothing. */
struct said {
	struct arena *arena;
	const char *text;
};

void said_free(struct said *said);

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A step was taken; where the company of our chain has changed, also who changed it. */
void say_change(struct arena *arena, const struct deeds *deeds, const struct planned_chain *chain);

/*
 * The same for a step that is a repair: who made it necessary and how long the hook was without,
 * where that is known. `now_ms`: monotonic.
 */
void say_repair(struct arena *arena, const struct deeds *deeds, const struct planned_chain *chain,
		int64_t now_ms);

/* Somebody undid it `count` times in a row. */
void say_fight(struct arena *arena, const struct deeds *deeds, const struct planned_chain *chain,
	       unsigned int count);

/* A hook that our link keeps others out of. */
void say_locked_out(struct arena *arena, const struct locked_out *locked_out);

/* What is wrong is said when it comes up and when it changes, not with every pass. */
void say_what_is_wrong(struct said *said, const struct pass *pass);

/* A full disk, say: tried again every second, and said when it comes up. */
void say_failure(struct said *said, const char *text);

/* What a pause, which is to watch and report, keeps from being done. */
void say_what_waits(const struct pass *pass);

/* Marks are set by hand, from another terminal: the log says when they came and went. */
void say_marks(const struct decision *before, const struct decision *now);

/* A new policy is in force: also an upgrade of an object, with the same files. */
void say_accepted(const struct pass *pass);

/* For the supervisor, which shows the last one. */
void say_state(const struct pass *pass);

#endif
