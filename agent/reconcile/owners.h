/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose programs are called from our chains. A loader that checks what is on the hook before it
 * takes its program off finds ours, and leaves without a word; so the process that holds a program
 * is watched, and when that is gone the program is, too. Who attached and ended at once, as `ip`
 * does, never was such a process: his program stays.
 */
#ifndef ORDAIN_AGENT_RECONCILE_OWNERS_H
#define ORDAIN_AGENT_RECONCILE_OWNERS_H

#include "policy/plan/observed.h"

enum {
	OWNER_SETTLE_MS = 500, /* who still holds a program then is its owner */
	OWNER_HOLDOFF_MS = 1000, /* a supervisor may start him again */
};

struct owner;

/* Zeroed: nobody. */
struct owners {
	struct owner *first;
};

/*
 * After a look with DETAIL_HOLDERS: takes down who is new, and marks as `released` what nobody holds
 * any more. True if a hook was emptied by one of several, and nobody has let go yet: look again in
 * a moment.
 */
bool owners_look(struct owners *owners, const struct observed *observed, int64_t now_ms);

/* Is it time for such a look? Cheap: for asking often. */
bool owners_due(struct owners *owners, int64_t now_ms);

void owners_free(struct owners *owners);

#endif
