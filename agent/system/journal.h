/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told to whoever reads it later: entries of one message and fields, by the native protocol
 * of systemd's journal where that listens, and the message alone on stderr otherwise.
 */
#ifndef ORDAIN_AGENT_SYSTEM_JOURNAL_H
#define ORDAIN_AGENT_SYSTEM_JOURNAL_H

#include <stdbool.h>

/* Stable: scripts ask for these. operations.md says what is in each. */
#define JOURNAL_FIELDS(X)                                                                          \
	X(MESSAGE_ID, "MESSAGE_ID")                                                                \
	X(CHANGE, "ORDAIN_CHANGE")                                                                 \
	X(BY, "ORDAIN_BY")                                                                         \
	X(INTERFACE, "ORDAIN_INTERFACE")                                                           \
	X(HOOK, "ORDAIN_HOOK")                                                                     \
	X(GENERATION, "ORDAIN_GENERATION")                                                         \
	X(POLICY, "ORDAIN_POLICY")                                                                 \
	X(BEFORE, "ORDAIN_BEFORE")                                                                 \
	X(AFTER, "ORDAIN_AFTER")                                                                   \
	X(FILES, "ORDAIN_FILES")                                                                   \
	X(OBJECTS, "ORDAIN_OBJECTS")                                                               \
	X(DEED, "ORDAIN_DEED")                                                                     \
	X(REASON, "ORDAIN_REASON")                                                                 \
	X(CODE, "ORDAIN_CODE")                                                                     \
	X(FILE, "ORDAIN_FILE")                                                                     \
	X(LINE, "ORDAIN_LINE")

enum journal_field {
#define JOURNAL_ENUM(symbol, name) JOURNAL_##symbol,
	JOURNAL_FIELDS(JOURNAL_ENUM)
#undef JOURNAL_ENUM
		JOURNAL_FIELD_COUNT
};

const char *journal_field_name(enum journal_field field);

/* Of MESSAGE_ID: what a machine may wait for. */
#define JOURNAL_ID_ACCEPTED "034db617b1c94fcc9a426b9c68ee990f" /* another policy is in force */
#define JOURNAL_ID_CHANGED "dbfde5e040af486396cdac440f98ebe7" /* a hook has another chain */
#define JOURNAL_ID_REPAIRED "08656dabcf1642a588a411fe98144a00" /* it has its chain again */
#define JOURNAL_ID_FIGHT "5ee793556a474e4ab01ddcf476f8054d" /* somebody keeps undoing that */

/* As syslog(3) counts. */
enum journal_priority {
	PRIORITY_ERROR = 3,
	PRIORITY_WARNING = 4,
	PRIORITY_NOTICE = 5,
	PRIORITY_INFO = 6,
};

struct journal_entry {
	enum journal_priority priority;
	const char *message; /* no newline at its end; may have some within */
	const char
		*plain; /* all that stderr gets instead; NULL: "ordain: " and the message, a line */
	const char *fields[JOURNAL_FIELD_COUNT]; /* NULL: it has none. "" is a value */
};

struct journal {
	const char *socket; /* where the journal would listen (paths.h) */
	const char *by; /* who makes the changes that are told; NULL: the agent */
	/*
	 * What is told goes to stderr, too: where that is not the journal by another way, or the
	 * journal has not taken it. Without, it is told to the journal or to nobody.
	 */
	bool aloud;
	bool deaf; /* it did not read: nobody waits for it again until it does */
};

/*
 * Waits at most a second for a journal that does not read, and only once. What is longer than a
 * field may be is cut short, behind a whole character, and ends in "...". An entry with CHANGE gets
 * BY from `journal`. Failures are no business of the caller's.
 */
void journal_write(struct journal *journal, const struct journal_entry *entry);

#endif
