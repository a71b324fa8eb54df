/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the language, once: what a file's top level, a program, an entry of `chains` and a
 * label may say. Decoding, "did you mean" and every description of the language read these tables.
 */
#ifndef ORDAIN_POLICY_LANGUAGE_SCHEMA_H
#define ORDAIN_POLICY_LANGUAGE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* What stands behind a key, and what the member at its offset is. */
enum key_type {
	KEY_FORMAT, /* the number 1; no member */
	KEY_PROGRAMS, /* a map of names to programs; no member */
	KEY_CHAINS, /* a list of entries; no member */
	KEY_LABELS, /* a map of names to labels; no member */
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
	KEY_CHOICE, /* struct number, an index into `choices` */
	KEY_FUNCTIONS, /* a map of hooks to functions: struct program itself */
	KEY_ATTACHED, /* a map of name and pin: struct program itself */
	KEY_VARIABLES, /* struct variables */
	KEY_VERDICTS, /* struct words: which of them exist is the hook's matter */
	KEY_OVERRIDES, /* a map of programs to what overrides them: struct overrides */
	KEY_GLOBS, /* struct words, one or a list: globs of names */
	KEY_WORDS, /* struct words, one or a list */
	KEY_MACS, /* struct words, one or a list, lower case */
	KEY_GLOB, /* struct word */
	KEY_GLOB_PATH, /* struct word, a glob of absolute paths */
};

enum { PRIORITY_MIN = -1000, PRIORITY_MAX = 1000, NAME_MAX_LENGTH = 64, PATTERN_MAX_LENGTH = 64 };

struct key {
	const char *name;
	size_t offset; /* of its value in the struct that the map becomes */
	const char *example; /* a value */
	const char *help; /* one line, what it means */
	const char *others_say; /* what other tools call it, each word between blanks; NULL: none */
	const char *const *choices; /* of KEY_CHOICE; NULL-terminated */
	enum key_type type;
	bool required; /* in hints only if it may be given there at all */
	bool not_in_hints; /* /usr/lib may suggest an order, never decide what runs */
	bool not_in_override; /* where a program comes from is the same everywhere */
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
extern const struct schema schema_label; /* struct label */
extern const struct schema schema_attached; /* struct program */

/* NULL if there is no such key. */
const struct key *schema_key(const struct schema *schema, const char *name);

/* The key that may have been meant; NULL if none is near. */
const struct key *schema_nearest(const struct schema *schema, const char *name);

#endif
