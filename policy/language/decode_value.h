/* SPDX-License-Identifier: GPL-2.0-only */
/* From a scalar or a list to the value that its key wants, with the fix for what is wrong. */
#ifndef ORDAIN_POLICY_LANGUAGE_DECODE_VALUE_H
#define ORDAIN_POLICY_LANGUAGE_DECODE_VALUE_H

#include "policy/language/schema.h"
#include "policy/model/policy.h"
#include "policy/yaml/document.h"

struct decoder {
	struct arena *arena;
	struct diags *diags;
	enum tier tier;
	const char *program; /* whose keys are being decoded; NULL for none */
	bool override; /* they override what the program says */
};

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A value on its way into the member that its key names. */
struct value {
	struct decoder *decoder;
	const struct key *key;
	const struct node *name;
	const struct node *node;
	void *member;
};

/* An error about the decoder's program. */
struct diag *decoder_error(struct decoder *decoder, enum diag_code code, struct span span,
			   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "a list", "a map", "text": what was found in place of something else. */
const char *node_words(const struct node *node);

/* Nothing behind the colon, or ~ or null. */
bool node_is_null(const struct node *node);

/*
 * Is it text to every YAML reader? False, with an error, for `no`, `0123`, `12:30`, `~` and their
 * kin without quotes.
 */
bool node_check_text(struct decoder *decoder, const struct node *node);

/*
 * Decodes `value` into the member of `target` that the key names. An error goes into the
 * diagnostics and leaves the member as it was. For every type but the sections of the top level.
 */
void value_decode(struct decoder *decoder, const struct key *key, const struct node *name,
		  const struct node *value, void *target);

/* What the decoding functions share. NULL, with an error, if it is a list or a map. */
const char *value_text(const struct value *value, const char *wanted);

/* "write 'KEY: text'" */
void value_help(const struct value *value, struct diag *diag, const char *text);

/* "write MEANT", without quotes where there were some. */
void value_label_meant(const struct value *value, struct diag *diag, const char *meant);

/* "no WHAT is called ...", with the name that may have been meant, or all of them. */
void value_vocabulary(const struct value *value, const struct node *node, const char *what,
		      const char *const *names, size_t count);

/* False, with an error, if the node names no hook. */
bool value_hook(const struct value *value, const struct node *node, enum hook *ret);

/* Is it a scalar that says something? Also for the one that may stand for a list. */
bool value_check_item(const struct value *value, const struct node *item, const char *what);

/* The items of a list as words, those that `check` refuses left out. */
void value_words(const struct value *value, const char *items, const char *item,
		 bool (*check)(const struct value *value, const struct node *item));

struct word word_of(const struct node *node);

/* The boolean that a word of YAML 1.1 means; NULL if none. */
const char *boolean_meant(const char *text);

/* The same digits as a decimal number: "010", "+10", "1_000". NULL if they are none. */
const char *decimal_meant(struct arena *arena, const char *text);

/* One for each type that has a file of its own. */
void decode_function(const struct value *value);
void decode_patterns(const struct value *value);
void decode_globs(const struct value *value);
void decode_one_or_more(const struct value *value);
void decode_macs(const struct value *value);
void decode_variables(const struct value *value);
void decode_functions(const struct value *value);
void decode_attached(const struct value *value);
void decode_overrides(const struct value *value);

#endif
