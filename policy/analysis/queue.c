/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/queue.h"

#include <string.h>

/* A binary heap. */
static void swap(struct queued *a, struct queued *b)
{
	struct queued kept = *a;

	*a = *b;
	*b = kept;
}

void queue_put(struct arena *arena, struct queue *queue, uint64_t rank, void *item)
{
	size_t at = queue->count++;

	if (at == queue->room) {
		struct queued *items;

		queue->room = queue->room ? 2 * queue->room : 64;
		items = arena_array(arena, struct queued, queue->room);
		if (at)
			memcpy(items, queue->items, at * sizeof(*items));
		queue->items = items;
	}
	queue->items[at] = (struct queued){ .rank = rank, .item = item };
	while (at && queue->items[(at - 1) / 2].rank > queue->items[at].rank) {
		swap(&queue->items[(at - 1) / 2], &queue->items[at]);
		at = (at - 1) / 2;
	}
}

void *queue_take(struct queue *queue)
{
	struct queued *items = queue->items;
	size_t at = 0;
	void *item;

	if (!queue->count)
		return NULL;
	item = items[0].item;
	items[0] = items[--queue->count];
	for (size_t child = 1; child < queue->count; child = 2 * at + 1) {
		if (child + 1 < queue->count && items[child + 1].rank < items[child].rank)
			child++;
		if (items[at].rank <= items[child].rank)
			break;
		swap(&items[at], &items[child]);
		at = child;
	}
	return item;
}
