/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent's mind: what it decided last, what it may do now, and what it has said already. The
 * loop wakes it up; an event never says what changed, only that it is time to look.
 */
#ifndef ORDAIN_AGENT_RECONCILE_RECONCILER_H
#define ORDAIN_AGENT_RECONCILE_RECONCILER_H

#include "agent/commands/command.h"
#include "agent/notice/lockouts.h"
#include "agent/notice/notice.h"
#include "agent/reconcile/holdoff.h"
#include "agent/reconcile/news.h"
#include "agent/reconcile/owners.h"
#include "agent/reconcile/pass.h"
#include "agent/reconcile/say.h"
#include "agent/reconcile/tally.h"

struct reconciler {
	const struct session *session;
	struct decision *decision; /* NULL before the first pass */
	unsigned int passes; /* so many decisions there were */
	struct holdoffs holdoffs;
	struct owners owners; /* of what is absorbed */
	enum notice_grade grade; /* by which the next two are told */
	struct deeds deeds; /* of others, which no look has explained yet */
	struct lockouts lockouts;
	struct tally tally;
	struct said said; /* of what is wrong */
	struct news news; /* what holds of single hooks, and was said */
	uint64_t company; /* plan_company() when it was said; 0: something was left to do */
	uint64_t guests; /* plan_guests() at the last pass */
	bool drift_said; /* what a pause keeps from being repaired was reported */
	char vanished[65]; /* digest of a policy that lacks files or objects; "" none */
	int64_t vanished_at_ms; /* when it was seen first, monotonic */
	int64_t now_ms; /* monotonic; set by the caller before each call */
	bool going_back; /* from a trial, and not all of it is done yet */
	bool ready; /* a full pass was made */
};

enum look_again {
	LOOK_SETTLED, /* nothing is left to do until something happens */
	LOOK_SOON, /* overtaken by somebody else: at once */
	LOOK_LATER, /* a file is missing: again after a second, to see whether it stays so */
};

/* Has anything changed that files, objects, marks or interfaces decide? Cheap if not. */
bool reconciler_changed(struct reconciler *reconciler);

/* Is there a hook on which a program that others attach by netlink is to become an element? */
bool reconciler_has_door(const struct reconciler *reconciler);

/*
 * Does the kernel hold something else than was decided, and may that be put right now? Or has it to
 * be told that others came to, or left, a hook that is exclusive?
 */
bool reconciler_drifted(struct reconciler *reconciler);

/* What only the agent knows; in `arena`. */
struct agent_words reconciler_words(const struct reconciler *reconciler, struct arena *arena);

/* Leaves that in the state directory, for `status`. */
void reconciler_introduce(const struct reconciler *reconciler);

/* One full pass. */
enum look_again reconciler_pass(struct reconciler *reconciler);

/* Directories whose changes can change the decision; in `arena`. */
const char *const *reconciler_directories(const struct reconciler *reconciler, struct arena *arena,
					  size_t *ret_count);

void reconciler_free(struct reconciler *reconciler);

#endif
