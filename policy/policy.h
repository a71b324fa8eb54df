/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files say, merged and checked: the immutable model that the resolver works on. */
#ifndef ORDAIN_POLICY_POLICY_H
#define ORDAIN_POLICY_POLICY_H

#include <stdbool.h>

#include "diag.h"
#include "hook.h"

/* A string with its place; text NULL means that the key was not given. */
struct word {
	const char *text;
	struct span span;
};

struct words {
	struct word *items;
	size_t count;
};

/* A flag or a number that may have been written: `span` is its place, set if it was. */
struct flag {
	bool value;
	bool written;
	struct span span;
};

struct number {
	int value;
	bool written;
	struct span span;
};

struct program {
	const char *name; /* [a-z0-9][a-z0-9_-]*, unique */
	struct span span; /* of the name */
	enum tier tier;
	enum hook hook;
	struct words interfaces; /* patterns; '!' excludes */
	struct word object; /* absolute path */
	struct word function; /* where the object has several */
	struct word sha256; /* 64 lowercase hex digits */
	struct number stage; /* an enum stage */
	struct number priority; /* -1000..1000, lower first */
	struct words before;
	struct words after;
	struct flag first;
	struct flag last;
	struct flag enabled; /* value true unless said otherwise */
};

/* An entry of `chains`: the administrator's last word for some interfaces. */
struct chain_rule {
	struct span span;
	struct words interfaces;
	unsigned int hooks; /* bit (1 << enum hook) */
	struct words order; /* relative; adds and removes nothing */
};

struct policy {
	struct program *programs; /* sorted by name */
	size_t program_count;
	struct chain_rule *rules; /* sorted by place: file name, line */
	size_t rule_count;
	const struct sources *sources;
};

/*
 * Decodes, merges and checks all sources. Never NULL; whether it may be used is what
 * diags_have_errors() says. The strings of the model live in `arena`, the spans point into
 * `sources`: both must outlive it. The result does not depend on the order of `sources`.
 */
const struct policy *policy_build(struct arena *arena, const struct sources *sources,
				  struct diags *diags);

/* NULL if there is no such program. */
const struct program *policy_program(const struct policy *policy, const char *name);

/*
 * Is an interface of that name meant by the patterns? Any positive pattern and no negative one
 * (fnmatch(3) globs; `*` alone and every other glob never match `lo`: it must be written out).
 */
bool patterns_match(const struct words *patterns, const char *interface);

/* Is the interface itself among the patterns, without any glob? */
bool patterns_name(const struct words *patterns, const char *interface);

/* No glob characters: the pattern names one interface. */
bool pattern_is_literal(const char *pattern);

/* The candidate nearest to `word`, if it is near enough to be meant; else NULL. */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
