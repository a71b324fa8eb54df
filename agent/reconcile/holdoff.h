/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patience with whoever keeps undoing our chains: the first repair is at once, the next ones at
 * intervals that double up to five minutes. A hook left alone for a while starts afresh, and so
 * does one that gets another chain: holding off is for repairs, never for the administrator.
 */
#ifndef ORDAIN_AGENT_RECONCILE_HOLDOFF_H
#define ORDAIN_AGENT_RECONCILE_HOLDOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/model/hook.h"

enum { HOLDOFF_FIRST_MS = 1000, HOLDOFF_LAST_MS = 5 * 60 * 1000, HOLDOFF_FORGET_MS = 60 * 1000 };

struct holdoff;

struct holdoffs {
	struct holdoff *first;
};

/* May this hook be put right now? `chain` identifies what it should run (its manifest's text). */
bool holdoff_may(const struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
		 const char *chain, int64_t now_ms);

/* Somebody ordered that chain, anew or once more: what comes after are repairs of it. */
void holdoff_ordered(struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
		     const char *chain, int64_t now_ms);

/* A step was taken. Returns how many in a row by now, and until the next one at least so long. */
unsigned int holdoff_taken(struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
			   const char *chain, int64_t now_ms, int64_t *ret_wait_ms);

void holdoffs_free(struct holdoffs *holdoffs);

#endif
