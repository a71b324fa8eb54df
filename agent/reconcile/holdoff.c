/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/holdoff.h"

#include <stdlib.h>
#include <string.h>

struct holdoff {
	struct holdoff *next;
	unsigned int ifindex;
	enum hook hook;
	char *chain;
	unsigned int count;
	int64_t last_ms;
	int64_t wait_ms;
};

static struct holdoff *find(const struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook)
{
	struct holdoff *at = holdoffs->first;

	while (at && (at->ifindex != ifindex || at->hook != hook))
		at = at->next;
	return at;
}

static bool is_old(const struct holdoff *holdoff, int64_t now_ms)
{
	return now_ms - holdoff->last_ms > 2 * holdoff->wait_ms + HOLDOFF_FORGET_MS;
}

/* Another chain, or long enough ago: what was before says nothing about now. */
static bool is_over(const struct holdoff *holdoff, const char *chain, int64_t now_ms)
{
	return strcmp(holdoff->chain, chain) != 0 || is_old(holdoff, now_ms);
}

static void drop(struct holdoff **at)
{
	struct holdoff *holdoff = *at;

	*at = holdoff->next;
	free(holdoff->chain);
	free(holdoff);
}

/* Interfaces come and go, each with a number of its own. */
static void drop_old(struct holdoffs *holdoffs, int64_t now_ms)
{
	struct holdoff **at = &holdoffs->first;

	while (*at) {
		if (is_old(*at, now_ms))
			drop(at);
		else
			at = &(*at)->next;
	}
}

bool holdoff_may(const struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
		 const char *chain, int64_t now_ms)
{
	const struct holdoff *holdoff = find(holdoffs, ifindex, hook);

	return !holdoff || is_over(holdoff, chain, now_ms) ||
	       now_ms - holdoff->last_ms >= holdoff->wait_ms;
}

static struct holdoff *add(struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook)
{
	struct holdoff *holdoff = calloc(1, sizeof(*holdoff));

	if (!holdoff)
		abort();
	holdoff->ifindex = ifindex;
	holdoff->hook = hook;
	holdoff->next = holdoffs->first;
	holdoffs->first = holdoff;
	return holdoff;
}

static void start_afresh(struct holdoff *holdoff, const char *chain)
{
	free(holdoff->chain);
	holdoff->chain = strdup(chain);
	if (!holdoff->chain)
		abort();
	holdoff->count = 0;
	holdoff->wait_ms = 0;
}

static struct holdoff *find_or_add(struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
				   int64_t now_ms)
{
	struct holdoff *holdoff;

	drop_old(holdoffs, now_ms);
	holdoff = find(holdoffs, ifindex, hook);
	return holdoff ? holdoff : add(holdoffs, ifindex, hook);
}

void holdoff_ordered(struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
		     const char *chain, int64_t now_ms)
{
	struct holdoff *holdoff = find_or_add(holdoffs, ifindex, hook, now_ms);

	start_afresh(holdoff, chain);
	holdoff->count = 1;
	holdoff->last_ms = now_ms;
}

unsigned int holdoff_taken(struct holdoffs *holdoffs, unsigned int ifindex, enum hook hook,
			   const char *chain, int64_t now_ms, int64_t *ret_wait_ms)
{
	struct holdoff *holdoff = find_or_add(holdoffs, ifindex, hook, now_ms);

	if (!holdoff->chain || is_over(holdoff, chain, now_ms))
		start_afresh(holdoff, chain);
	/* The chain's first step puts it there; what comes after are repairs. */
	if (holdoff->count++)
		holdoff->wait_ms = holdoff->wait_ms ? holdoff->wait_ms * 2 : HOLDOFF_FIRST_MS;
	if (holdoff->wait_ms > HOLDOFF_LAST_MS)
		holdoff->wait_ms = HOLDOFF_LAST_MS;
	holdoff->last_ms = now_ms;
	*ret_wait_ms = holdoff->wait_ms;
	return holdoff->count;
}

void holdoffs_free(struct holdoffs *holdoffs)
{
	while (holdoffs->first)
		drop(&holdoffs->first);
}
