/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the language, once: what a file's top level, a program and an entry of `chains` may
 * say. Decoding, "did you mean" and every description of the language read these tables.
 */
#ifndef ORDAIN_POLICY_SCHEMA_H
#define ORDAIN_POLICY_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* What stands behind a key, and what the member at its offset is. */
enum key_type {
	KEY_FORMAT, /* the number 1; no member */
	KEY_PROGRAMS, /* a map of names to programs; no member */
	KEY_CHAINS, /* a list of entries; no member */
	KEY_HOOK, /* unsigned int, the bit of one hook */
	KEY_HOOKS, /* one hook or a list: unsigned int, a bit for each */
	KEY_STAGE, /* struct number, an enum stage */
	KEY_PRIORITY, /* struct number, PRIORITY_MIN..PRIORITY_MAX */
	KEY_BOOLEAN, /* struct flag */
	KEY_PATTERNS, /* struct words: interfaces */
	KEY_NAMES, /* struct words: programs */
	KEY_PATH, /* struct word */
	KEY_FUNCTION, /* struct word */
	KEY_SHA256, /* struct word, lower case */
	KEY_LATER, /* known to the language, not to this version; no member */
};

enum { PRIORITY_MIN = -1000, PRIORITY_MAX = 1000, NAME_MAX_LENGTH = 64, PATTERN_MAX_LENGTH = 64 };

struct key {
	const char *name;
	size_t offset; /* of its value in the struct that the map becomes */
	const char *example; /* a value; NULL for KEY_LATER */
	const char *help; /* one line, what it means; NULL for KEY_LATER */
	enum key_type type;
	bool required; /* in hints only if it may be given there at all */
	bool not_in_hints; /* /usr/lib may suggest an order, never decide what runs */
};

struct schema {
	const char *where; /* "in a program": where its keys stand */
	const struct key *keys;
	size_t count;
};

enum { SCHEMA_MAX_KEYS = 32 };

extern const struct schema schema_top; /* no members */
extern const struct schema schema_program; /* struct program */
extern const struct schema schema_chain; /* struct chain_rule */

/* NULL if there is no such key. */
const struct key *schema_key(const struct schema *schema, const char *name);

/* The key that may have been meant; NULL if none is near. */
const struct key *schema_nearest(const struct schema *schema, const char *name);

#endif
