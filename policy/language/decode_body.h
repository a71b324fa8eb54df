/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps on their way into structs, key by key. */
#ifndef ORDAIN_POLICY_LANGUAGE_DECODE_BODY_H
#define ORDAIN_POLICY_LANGUAGE_DECODE_BODY_H

#include "policy/language/decode_value.h"

struct body {
	struct decoder *decoder;
	const struct schema *schema;
	const char *where; /* "in program 'lb'" */
	const struct node *map;
	unsigned int given; /* bits by the schema's index; also of a key that is spelled wrong */
	struct span places[SCHEMA_MAX_KEYS]; /* of the names of the keys given */
};

/*
 * Judges the name of what the body describes, and that it is a map. `what` is "program", "label".
 * False, with an error, if there are no keys to decode.
 */
bool body_begin(struct body *body, const struct node *name, const char *what);

/* The key of the i-th pair if it has a value that can be looked at; else NULL, with an error. */
const struct key *body_next(struct body *body, size_t i);

/* All pairs into the members of `target`. */
void body_decode(struct body *body, void *target);

/* An error at `span` for each required key that is not given. */
void body_check_missing(struct body *body, struct span span, const char *what);

/* An error about something that has to be a map; `example` is one of its pairs. */
void node_not_a_map(struct decoder *decoder, const struct node *node, struct span span,
		    const char *what, const char *example);

#endif
