/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hears at once of what others do to the hooks of this network namespace, and who it was, by the
 * best grade that the kernel gives. What it tells is a reason to look and a name for what is found
 * then, never a fact about the hook: no grade hears everything, so the poll stays.
 */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_H
#define ORDAIN_AGENT_NOTICE_NOTICE_H

#include <stdbool.h>

#include "agent/system/error.h"
#include "bpf/notice.h"

/* From the worst to the best. */
#define NOTICE_GRADES(X)                                                                           \
	X(POLL, "poll") /* nothing is heard */                                                     \
	X(TRACEPOINT, "tracepoint") /* each bpf(2) call that changes a hook or fails to */         \
	X(FULL, "full") /* also what netlink does to XDP, links that go, and pins of links */

enum notice_grade {
#define NOTICE_GRADE_ENUM(symbol, name) NOTICE_##symbol,
	NOTICE_GRADES(NOTICE_GRADE_ENUM)
#undef NOTICE_GRADE_ENUM
		NOTICE_GRADE_COUNT
};

const char *notice_grade_name(enum notice_grade grade);
bool notice_grade_from_name(const char *name, enum notice_grade *ret);

struct notice;

/*
 * Opens the best grade up to `best`, and never fails: where nothing else is to be had the grade is
 * `poll`. ret_error says why it is no better than it is (its text is "" where it is `best`). Needs
 * CAP_BPF and CAP_PERFMON. What the calling process does is not told.
 */
struct notice *notice_open(enum notice_grade best, struct error *ret_error);

enum notice_grade notice_grade(const struct notice *notice);

/* Readable when there is something to be drained; -1: never (poll(2) ignores that). */
int notice_fd(const struct notice *notice);

/* Hands over what has happened since the last call, in the order of time. */
void notice_drain(struct notice *notice,
		  void (*tell)(void *context, const struct notice_event *event), void *context);

void notice_close(struct notice *notice);

#endif
