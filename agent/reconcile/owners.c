/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/owners.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct owner {
	struct owner *next;
	uint32_t program;
	int pidfd; /* -1: nobody is known */
	bool settled; /* it was asked who he is */
	bool told; /* that he has let go of it */
	bool seen;
	int64_t since_ms;
	int64_t gone_ms; /* 0: he lives */
};

static struct owner *find(struct owners *owners, uint32_t program, int64_t now_ms)
{
	struct owner *owner = owners->first;

	while (owner && owner->program != program)
		owner = owner->next;
	if (owner)
		return owner;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	*owner = (struct owner){
		.next = owners->first,
		.program = program,
		.pidfd = -1,
		.since_ms = now_ms,
	};
	owners->first = owner;
	return owner;
}

static void drop(struct owner **at)
{
	struct owner *owner = *at;

	*at = owner->next;
	if (owner->pidfd >= 0)
		close(owner->pidfd);
	free(owner);
}

static void adopt(struct owner *owner, uint32_t pid)
{
	if (owner->pidfd >= 0)
		close(owner->pidfd);
	owner->pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	owner->gone_ms = 0;
}

static bool is_gone(struct owner *owner, int64_t now_ms)
{
	struct pollfd exit = { .fd = owner->pidfd, .events = POLLIN };

	if (!owner->gone_ms && owner->pidfd >= 0 && poll(&exit, 1, 0) > 0)
		owner->gone_ms = now_ms;
	return owner->gone_ms;
}

static bool is_emptied(const struct observed_hook *hook)
{
	return hook->own == OWN_DETACHED && !hook->program_count;
}

/* Without him, does anything keep the program? Our chain in his link goes with that alone. */
static bool is_kept(const struct observed_hook *hook, const struct observed_program *program)
{
	const struct observed_program *own = observed_own(hook);

	return *program->pins || (own && own->link_id);
}

static void judge(struct owner *owner, const struct observed_hook *hook,
		  struct observed_program *program, int64_t now_ms)
{
	bool gone = is_gone(owner, now_ms);

	if (program->owner &&
	    (gone || (!owner->settled && now_ms - owner->since_ms >= OWNER_SETTLE_MS)))
		adopt(owner, program->owner);
	owner->settled |= now_ms - owner->since_ms >= OWNER_SETTLE_MS;
	if (program->owner || owner->pidfd < 0 || is_kept(hook, program))
		return;
	program->released = is_emptied(hook) ||
			    (gone && now_ms - owner->gone_ms >= OWNER_HOLDOFF_MS);
	owner->told = program->released;
}

/* One of several was taken off, and nobody of whom it is known that he held one has let go. */
static bool look_at(struct owners *owners, const struct observed_hook *hook, int64_t now_ms)
{
	bool released = false;
	bool held = false;

	for (size_t i = 0; i < hook->absorbed_count; i++) {
		struct owner *owner = find(owners, hook->absorbed[i].id, now_ms);

		if (!owner)
			continue;
		owner->seen = true;
		judge(owner, hook, &hook->absorbed[i], now_ms);
		released |= hook->absorbed[i].released;
		held |= owner->pidfd >= 0;
	}
	return is_emptied(hook) && hook->absorbed_count > 1 && held && !released;
}

bool owners_look(struct owners *owners, const struct observed *observed, int64_t now_ms)
{
	bool undecided = false;

	for (struct owner *owner = owners->first; owner; owner = owner->next)
		owner->seen = false;
	for (size_t i = 0; i < observed->count; i++)
		undecided |= look_at(owners, &observed->hooks[i], now_ms);
	for (struct owner **at = &owners->first; *at;)
		if ((*at)->seen)
			at = &(*at)->next;
		else
			drop(at);
	return undecided;
}

bool owners_due(struct owners *owners, int64_t now_ms)
{
	bool due = false;

	for (struct owner *owner = owners->first; owner; owner = owner->next) {
		due |= !owner->settled && now_ms - owner->since_ms >= OWNER_SETTLE_MS;
		due |= !owner->told && is_gone(owner, now_ms) &&
		       now_ms - owner->gone_ms >= OWNER_HOLDOFF_MS;
	}
	return due;
}

void owners_free(struct owners *owners)
{
	while (owners->first)
		drop(&owners->first);
}
