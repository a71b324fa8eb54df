/* SPDX-License-Identifier: GPL-2.0-only */
/* Items by rank, the smallest first. */
#ifndef ORDAIN_POLICY_ANALYSIS_QUEUE_H
#define ORDAIN_POLICY_ANALYSIS_QUEUE_H

#include <stdint.h>

#include "policy/base/arena.h"

/* Zeroed: empty. */
struct queue {
	struct queued {
		uint64_t rank;
		void *item;
	} * items;
	size_t count;
	size_t room;
};

void queue_put(struct arena *arena, struct queue *queue, uint64_t rank, void *item);

/* NULL: empty. */
void *queue_take(struct queue *queue);

#endif
