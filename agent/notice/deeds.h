/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What others did to hooks, as notice.h tells it, until a look has shown whether it matters: then
 * these are the names for what is found. Only what was told is said. Whoever may have done it is
 * named, and if that is nobody, nobody.
 */
#ifndef ORDAIN_AGENT_NOTICE_DEEDS_H
#define ORDAIN_AGENT_NOTICE_DEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/notice.h"
#include "policy/plan/observed.h"

enum { DEEDS_MAX = 32 };

struct deed {
	enum hook hook;
	struct notice_event event;
};

/* Zeroed: nothing was told. */
struct deeds {
	struct deed items[DEEDS_MAX]; /* in the order of time */
	size_t count;
	int64_t to_wall_ms; /* from the monotonic clock to that of the day; set by the owner */
};

/*
 * What somebody does again and again is one deed, and what nobody knows the culprit of is none. Of
 * more than fit, the oldest are forgotten.
 */
void deeds_add(struct deeds *deeds, const struct notice_event *event);

/* A look that began at `now_ms` found nothing wrong with any hook, or (_hook) put this one right. */
void deeds_forget(struct deeds *deeds, int64_t now_ms);
void deeds_forget_hook(struct deeds *deeds, unsigned int ifindex, enum hook hook);

/*
 * Who brought that hook of ours where it was found: "link 12 detached by bpftool (pid 4711, root) at
 * 02:13:07 UTC", several with commas between them; NULL if nobody is known. *ret_since_ms is when
 * the first of them did it, on the monotonic clock.
 */
const char *deeds_words(struct arena *arena, const struct deeds *deeds,
			const struct observed_hook *hook, int64_t *ret_since_ms);

/*
 * Who put the foreign programs of that hook there, and who took others away: "program 66 attached by
 * ip (pid 4711, root) at 02:13:07 UTC", several with commas between them; NULL if it is not known.
 */
const char *deeds_company(struct arena *arena, const struct deeds *deeds,
			  const struct observed_hook *hook);

/*
 * The agent's line about a repair done at `now_ms`: "eth0 xdp: link 12 detached by ...; repaired in
 * 21 ms", with the plan's `note` before the deed where it tells more than that. NULL as above.
 */
const char *deeds_repaired(struct arena *arena, const struct deeds *deeds,
			   const struct observed_hook *hook, const char *note, int64_t now_ms);

/* "bpftool (pid 4711, root)": whose name it is may be anything. */
const char *deed_culprit(struct arena *arena, const char *comm, unsigned int pid, unsigned int uid);

/* "02:13:07 UTC". */
const char *deed_time(struct arena *arena, int64_t seconds);

/* When it was done: seconds since 1970. */
int64_t deed_seconds(const struct deeds *deeds, const struct deed *deed);

#endif
