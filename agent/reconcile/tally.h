/* SPDX-License-Identifier: GPL-2.0-only */
/* What only the agent can count: repairs by what had happened, and how the last reload went. */
#ifndef ORDAIN_AGENT_RECONCILE_TALLY_H
#define ORDAIN_AGENT_RECONCILE_TALLY_H

#include <net/if.h>

#include "agent/reconcile/pass.h"

struct tallied {
	char interface[IF_NAMESIZE];
	enum hook hook;
	uint64_t counts[OWN_STATE_COUNT];
};

/* Zeroed: nothing happened yet. */
struct tally {
	struct tallied *items;
	size_t count;
	struct reload reload;
	char files[65]; /* the digest of what was taken up last; "" nothing */
	bool changed; /* since the last pass */
};

/* A hook was put right, of which that had become. */
void tally_repair(struct tally *tally, const char *interface, enum hook hook, enum own_state own);

/*
 * At the end of each pass, with its result, at `now` in seconds since 1970. Hooks that are not in
 * its plan are forgotten: interfaces come and go. True: there is something new to tell.
 */
bool tally_pass(struct tally *tally, const struct pass *pass, int result, int64_t now);

/* In `arena`. */
struct repairs_list tally_repairs(struct arena *arena, const struct tally *tally);

void tally_free(struct tally *tally);

#endif
