/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told of what is done and found, one line a change: the agent's words, and those that a
 * command leaves for who reads the journal later.
 */
#ifndef ORDAIN_AGENT_RECONCILE_SAY_H
#define ORDAIN_AGENT_RECONCILE_SAY_H

#include "agent/notice/deeds.h"
#include "agent/reconcile/news.h"
#include "agent/reconcile/pass.h"
#include "agent/system/journal.h"

/* What was said last of what is wrong, so that nothing is said twice. Zeroed: nothing. */
struct said {
	struct arena *arena;
	const char *text;
};

void said_free(struct said *said);

/* The machine failed: one line. */
void say_error_line(struct journal *journal, const char *text);

/* The same for what is tried again every second, a full disk, say: said when it comes up. */
void say_failure(struct journal *journal, struct said *said, const char *text);

/* What may have brought a step about. */
struct occasion {
	const struct decision *before; /* of the last pass; NULL: this is the first one */
	const struct decision *now; /* what the step is for */
	const struct deeds *deeds; /* of others; NULL: nobody was told of */
};

/* A step was taken: what ran, what runs now, and why; of a changed company who changed it. */
void say_change(struct journal *journal, struct arena *arena, const struct planned_chain *chain,
		const struct occasion *occasion);

/* The same to be told later, when what is known of the chain is gone. In `arena`. */
struct journal_entry change_entry(const struct journal *journal, struct arena *arena,
				  const struct planned_chain *chain,
				  const struct occasion *occasion);

/*
 * The same for a step that is a repair: who made it necessary and how long the hook was without,
 * where that is known. `now_ms`: monotonic.
 */
void say_repair(struct journal *journal, struct arena *arena, const struct planned_chain *chain,
		const struct occasion *occasion, int64_t now_ms);

/* Instead of that: somebody undid it `count` times in a row. */
void say_fight(struct journal *journal, struct arena *arena, const struct planned_chain *chain,
	       const struct occasion *occasion, unsigned int count);

/* A hook that our link keeps others out of. */
void say_locked_out(struct journal *journal, struct arena *arena,
		    const struct locked_out *locked_out);

/* What holds of a hook since now, or no more. */
void say_news(struct journal *journal, const struct news_line *line);

/* What is wrong is said when it comes up and when it changes, not with every pass. */
void say_what_is_wrong(struct journal *journal, struct said *said, const struct pass *pass);

/* What a pause, which is to watch and report, keeps from being done. */
void say_what_waits(struct journal *journal, const struct pass *pass);

/* Marks are set by hand, from another terminal: the agent says when it saw them come and go. */
void say_marks(struct journal *journal, struct arena *arena, const struct decision *before,
	       const struct decision *now);

/* Somebody ordered it, by a command named `change`: "paused until 14:00 UTC". `reason`: NULL none. */
void say_order(struct journal *journal, const char *change, const char *what, const char *reason);

/* A new policy is in force: by which files, and which objects. `trial`: NULL for good. */
void say_accepted(struct journal *journal, const struct pass *pass,
		  const struct trial_terms *trial);

/* For the supervisor, which shows the last one. */
void say_state(const struct pass *pass);

#endif
