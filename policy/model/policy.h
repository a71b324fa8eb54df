/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files say, merged and checked: the immutable model that the resolver works on. */
#ifndef ORDAIN_POLICY_MODEL_POLICY_H
#define ORDAIN_POLICY_MODEL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/diag/diag.h"
#include "policy/model/hook.h"

/* A string with its place; text NULL means that the key was not given. */
struct word {
	const char *text;
	struct span span;
};

struct words {
	struct word *items;
	size_t count;
};

/* A network interface, with what labels can ask of it. */
struct interface {
	const char *name;
	unsigned int index; /* the kernel's; never decides an order */
	const char **altnames; /* NULL-terminated; NULL: none */
	const char *driver; /* "mlx5_core"; "" or NULL: unknown or none */
	const char *mac; /* lower case; "" or NULL: none */
	bool physical; /* backed by a device: what label:physical means */
	const char *master; /* the bond or bridge that it is a port of; "" or NULL: none */
	bool is_bond;
	unsigned int mtu; /* 0: unknown */
};

struct interfaces {
	struct interface *items; /* sorted by name, names unique */
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

/* A value of a `const volatile` global of the object. */
struct variable {
	const char *name;
	struct span span; /* of the value */
	enum variable_kind {
		VARIABLE_INTEGER,
		VARIABLE_BOOLEAN,
		VARIABLE_STRING,
		VARIABLE_LIST
	} kind;
	int64_t integer; /* also for a boolean */
	bool huge; /* beyond INT64_MAX: `integer` has the bits of a uint64_t */
	const char *string;
	int64_t *list;
	size_t list_count;
};

struct variables {
	struct variable *items; /* sorted by name */
	size_t count;
};

/* What happens where the program cannot run and no last good chain exists. */
enum if_missing { IF_MISSING_SKIP, IF_MISSING_EMPTY, IF_MISSING_DROP };

/* What a key said until something stronger said it otherwise. */
struct replaced_key {
	size_t key; /* its index in schema_program */
	const char *words; /* "priority: 10"; NULL: nobody had said it */
	struct span span; /* of its name */
};

struct replaced_keys {
	struct replaced_key *items; /* of one key the weakest first */
	size_t count;
};

/*
 * What a program says, or what an override says of it: each key on its own, written or not. The
 * tier of a statement is that of its span's source.
 */
struct program {
	const char *name; /* [a-z0-9][a-z0-9_-]*, unique */
	struct span span; /* of the name */
	enum tier tier; /* the strongest that says anything about it */
	bool hinted; /* a package says something about it */
	unsigned int keys; /* those written: bit (1 << index in schema_program) */
	struct span *places; /* of their names, by that index; NULL if nothing is written */
	unsigned int hooks; /* bit (1 << enum hook) */
	struct word functions[HOOK_COUNT]; /* by hook; where the object has several for it */
	struct word function; /* as written beside 'hook'; for its hook also in `functions` */
	struct words interfaces; /* patterns, label:NAME included; '!' excludes */
	struct word object; /* absolute path; NULL for an attached program */
	struct word attached_name; /* globs: somebody else attaches it, we only order it */
	struct word attached_pin;
	struct word sha256; /* 64 lowercase hex digits */
	struct variables variables;
	struct words proceed_on; /* as written */
	unsigned int proceed[HOOK_COUNT]; /* bit (1 << verdict slot): the chain goes on */
	struct number stage; /* an enum stage */
	struct number priority; /* -1000..1000, lower first */
	struct number if_missing; /* an enum if_missing */
	struct words before;
	struct words after;
	struct flag first;
	struct flag last;
	struct flag exclusive;
	struct flag readonly;
	struct flag shadow;
	struct flag unmodified_input;
	struct flag absorb;
	struct flag pin_by_name;
	struct flag enabled; /* value true unless said otherwise */
	struct replaced_keys replaced; /* what weaker places said instead */
};

enum others { OTHERS_KEEP, OTHERS_ABSORB, OTHERS_REFUSE };
enum bypass { BYPASS_REFUSE, BYPASS_ALLOW };
enum xdp_mode { MODE_AUTO, MODE_NATIVE, MODE_GENERIC };
enum linking_wanted { LINKING_AUTO, LINKING_CALLED };
enum mechanism {
	MECHANISM_AUTO,
	MECHANISM_LINKED,
	MECHANISM_LIBXDP,
	MECHANISM_TCX,
	MECHANISM_CLSACT
};

struct overrides {
	struct program *items; /* sorted by name; only what is written counts */
	size_t count;
};

/* An entry of `chains`: the administrator's last word for some interfaces. */
struct chain_rule {
	struct span span;
	struct words interfaces;
	unsigned int hooks; /* bit (1 << enum hook) */
	struct words order; /* relative; adds and removes nothing */
	struct overrides overrides;
	struct number others; /* an enum others */
	struct number mode; /* an enum xdp_mode */
	struct number mechanism; /* an enum mechanism */
	struct number bypass; /* an enum bypass */
	struct number linking; /* an enum linking_wanted */
};

/* A name for a group of interfaces: all that is given must match. */
struct label {
	const char *name; /* as that of a program */
	struct span span;
	struct words names; /* globs, also against altnames */
	struct words drivers;
	struct words macs; /* lower case, "02:00:5e:00:53:01" */
};

/* Does somebody else attach it, so that we only order it? */
static inline bool program_is_attached(const struct program *program)
{
	return program->attached_name.text || program->attached_pin.text;
}

struct policy {
	struct program *programs; /* sorted by name */
	size_t program_count;
	struct chain_rule *rules; /* sorted by place: file name, line */
	size_t rule_count;
	struct label *labels; /* sorted by name; without the built-in label:physical */
	size_t label_count;
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
 * Is that interface meant by the patterns, by its name, an altname or a label? Any positive pattern
 * and no negative one (fnmatch(3) globs; `*` alone and every other glob never match `lo`: it must
 * be written out). A NULL policy has no labels but label:physical.
 */
bool patterns_match(const struct policy *policy, const struct words *patterns,
		    const struct interface *interface);

/* Is the interface itself among the patterns, without any glob? */
bool patterns_name(const struct words *patterns, const char *interface);

/* Does the word begin with '!'? */
bool pattern_excludes(const char *pattern);

/* Does this one pattern, alone and its '!' aside, match the interface? */
bool pattern_matches(const struct policy *policy, const char *pattern,
		     const struct interface *interface);

#define LABEL_PHYSICAL "physical"

/* May a program or a label be called so? [a-z0-9][a-z0-9_-]*, at most NAME_MAX_LENGTH. */
bool name_is_good(const char *name);

/* The NAME of "label:NAME" or "!label:NAME"; NULL for any other pattern. */
const char *pattern_label(const char *pattern);

/* NULL if no file defines it; label:physical is built in and has no definition. */
const struct label *policy_label(const struct policy *policy, const char *name);

/* No glob characters and no label: the pattern names one interface. */
bool pattern_is_literal(const char *pattern);

/*
 * The candidate nearest to `word`, if it is near enough to be meant; else NULL. The case of letters
 * does not count.
 */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
