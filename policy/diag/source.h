/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files as values: their bytes, where they came from, and places in them. */
#ifndef ORDAIN_POLICY_DIAG_SOURCE_H
#define ORDAIN_POLICY_DIAG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

/* The directories a file can come from, weakest first. */
enum tier {
	TIER_HINT, /* /usr/lib/ordain: what packages suggest */
	TIER_RUN, /* /run/ordain: until the next boot */
	TIER_ETC, /* /etc/ordain: what the administrator decided */
};

struct source {
	const char *path; /* as shown in diagnostics */
	const char *name; /* the file's name in its directory */
	enum tier tier;
	const char *text; /* not NUL-terminated */
	size_t length;
	bool unread; /* a file of hints that could not be read: it has no text */
};

struct sources {
	struct source *items; /* sorted by (name, tier) */
	size_t count;
};

/* A place in a source. All zero means: nowhere in particular. */
struct span {
	const struct source *source;
	unsigned int line; /* from 1 */
	unsigned int column; /* from 1, in characters */
	unsigned int length; /* in characters; 0 and 1 mark one */
};

/* By path, line and column; nowhere comes first. */
int span_compare(const struct span *a, const struct span *b);

/* The content of the object that a program runs. */
struct object_digest {
	const char *program;
	const char *digest; /* 64 lowercase hex digits, or DIGEST_NONE */
};

struct object_digests {
	struct object_digest *items; /* sorted by program */
	size_t count;
};

/* Of an object that cannot be had. */
#define DIGEST_NONE "-"

/*
 * The digest of a policy: SHA-256 over its files and then its objects, as 64 lowercase hex digits
 * and a NUL. Of files, tiers, names and contents count, in (name, tier) order; paths and the order
 * of items do not, so every host with the same files and objects has the same digest.
 */
void policy_digest(const struct sources *sources, const struct object_digests *objects,
		   char ret_digest[65]);

#endif
