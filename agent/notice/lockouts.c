/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/lockouts.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

static bool same_loader(const struct deed *a, const struct deed *b)
{
	return a->hook == b->hook && a->event.ifindex == b->event.ifindex &&
	       a->event.uid == b->event.uid && !strcmp(a->event.comm, b->event.comm);
}

static void drop(struct lockouts *lockouts, size_t at)
{
	lockouts->count--;
	memmove(&lockouts->items[at], &lockouts->items[at + 1],
		(lockouts->count - at) * sizeof(lockouts->items[0]));
}

/* What was before that deed of the same loader. */
static bool forget(struct lockouts *lockouts, const struct deed *deed)
{
	for (size_t i = 0; i < lockouts->count; i++) {
		const struct deed *before = &lockouts->items[i].deed;

		if (!same_loader(before, deed) || before->event.time > deed->event.time)
			continue;
		drop(lockouts, i);
		return true;
	}
	return false;
}

static bool is_known(const struct lockouts *lockouts, const struct deed *deed, int64_t at)
{
	for (size_t i = 0; i < lockouts->count; i++)
		if (same_loader(&lockouts->items[i].deed, deed))
			return at - lockouts->items[i].at < LOCKOUT_SECONDS;
	return false;
}

static bool is_attempt(const struct deed *deed)
{
	return deed->event.command == BPF_LINK_CREATE || deed->event.command == BPF_PROG_ATTACH;
}

/* The hook of the deed, if our link is what is in the way there. */
static const struct observed_hook *find_ours(const struct observed *observed,
					     const struct deed *deed)
{
	for (size_t i = 0; i < observed->count; i++) {
		const struct observed_hook *hook = &observed->hooks[i];

		if (hook->ifindex == deed->event.ifindex && hook->hook == deed->hook)
			return observed_own(hook) ? hook : NULL;
	}
	return NULL;
}

static struct locked_out describe(struct arena *arena, const struct lockout *lockout)
{
	const struct notice_event *event = &lockout->deed.event;

	return (struct locked_out){
		.interface = arena_strdup(arena, lockout->interface),
		.hook = lockout->deed.hook,
		.loader = deed_culprit(arena, event->comm, event->pid, event->uid),
		.at = lockout->at,
	};
}

static const struct lockout *add(struct lockouts *lockouts, const struct deed *deed,
				 const char *interface, int64_t at)
{
	struct lockout *lockout;

	forget(lockouts, deed);
	if (lockouts->count == LOCKOUTS_MAX)
		drop(lockouts, 0);
	lockout = &lockouts->items[lockouts->count++];
	*lockout = (struct lockout){ .deed = *deed, .at = at };
	snprintf(lockout->interface, sizeof(lockout->interface), "%s", interface);
	return lockout;
}

struct locked_outs lockouts_take(struct lockouts *lockouts, struct deeds *deeds,
				 const struct observed *observed, struct arena *arena,
				 bool *ret_changed)
{
	struct locked_outs news = { 0 };
	size_t kept = 0;

	*ret_changed = false;
	for (size_t i = 0; i < deeds->count; i++) {
		const struct deed *deed = &deeds->items[i];
		int64_t at = deed_seconds(deeds, deed);
		const struct observed_hook *hook;

		if (deed->event.result >= 0) {
			*ret_changed |= is_attempt(deed) && forget(lockouts, deed);
			deeds->items[kept++] = *deed;
			continue;
		}
		hook = find_ours(observed, deed);
		if (hook && !is_known(lockouts, deed, at)) {
			*list_push(arena, &news) =
				describe(arena, add(lockouts, deed, hook->interface, at));
			*ret_changed = true;
		}
	}
	deeds->count = kept;
	return news;
}

struct locked_outs lockouts_list(struct arena *arena, const struct lockouts *lockouts)
{
	struct locked_outs list = { 0 };

	for (size_t i = 0; i < lockouts->count; i++)
		*list_push(arena, &list) = describe(arena, &lockouts->items[i]);
	return list;
}
