/* SPDX-License-Identifier: GPL-2.0-only */
/* One declaration of a program over another, and what has to hold of the result. */
#ifndef ORDAIN_POLICY_MODEL_LAYER_H
#define ORDAIN_POLICY_MODEL_LAYER_H

#include "policy/language/schema.h"
#include "policy/model/policy.h"

/* Is that key of a program written? */
bool program_says(const struct program *program, const char *key);

/* The place of the key's name; zero if it is not written. */
struct span program_place(const struct program *program, const char *key);

/*
 * Puts the keys that `over` says over those of `under`. Lists are replaced, variables one by one
 * (an empty map clears them). What cannot stand beside a new source goes: `functions` and `hook`
 * replace each other, as do `attached` and `object` with what is said about it.
 */
void program_layer(struct arena *arena, struct program *under, const struct program *over);

/* As above, but one key alone: its index in schema_program. */
void program_layer_key(struct arena *arena, struct program *under, const struct program *over,
		       size_t key);

/* Remembers what it says with that key, if `over`, which is stronger, says it otherwise. */
void program_note_replaced(struct arena *arena, struct program *program, const struct program *over,
			   size_t key);

/* "priority: 10", "after: [a, b]": the key and its value in the words of a file. */
const char *program_key_words(struct arena *arena, const struct program *program, size_t key);

/* Do both say the same with that key? Of variables: the same of each that both set. */
bool program_agrees(const struct program *a, const struct program *b, size_t key);

/* functions[] and proceed[] as what is written means them. */
void program_settle(struct program *program);

/*
 * An error for each key that a program needs and does not have (unless only hints speak of it),
 * and for those that cannot stand together. `meant`: the program of a package that may have been
 * meant by its name, NULL if none. `excused`: a hint that could not be read may say more.
 */
void program_check(const struct program *program, const char *meant, bool excused,
		   struct diags *diags);

/* An error for each verdict that none of the hooks has; a warning about `drop`. */
void verdicts_check(const struct program *program, unsigned int hooks, struct diags *diags);

#endif
