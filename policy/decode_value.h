/* SPDX-License-Identifier: GPL-2.0-only */
/* From a scalar or a list to the value that its key wants, with the fix for what is wrong. */
#ifndef ORDAIN_POLICY_DECODE_VALUE_H
#define ORDAIN_POLICY_DECODE_VALUE_H

#include "document.h"
#include "policy.h"
#include "schema.h"

struct decoder {
	struct arena *arena;
	struct diags *diags;
	enum tier tier;
	const char *program; /* whose keys are being decoded; NULL for none */
};

/* An error about the decoder's program. */
struct diag *decoder_error(struct decoder *decoder, enum diag_code code, struct span span,
			   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "a list", "a map", "text": what was found in place of something else. */
const char *node_words(const struct node *node);

/* Nothing behind the colon, or ~ or null. */
bool node_is_null(const struct node *node);

/*
 * Decodes `value` into the member of `target` that the key names. An error goes into the
 * diagnostics and leaves the member as it was. For every type but the maps and KEY_LATER.
 */
void value_decode(struct decoder *decoder, const struct key *key, const struct node *name,
		  const struct node *value, void *target);

#endif
