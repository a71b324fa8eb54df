/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The language as a JSON Schema (draft 2020-12), for editors and for tools that write policies.
 *
 * It is made from the tables that decode the keys (schema.h), and is for one file at a time: what a
 * file may not say because of another one, or of the directory it is in, is for `ordain check`.
 */
#ifndef ORDAIN_POLICY_LANGUAGE_SCHEMA_JSON_H
#define ORDAIN_POLICY_LANGUAGE_SCHEMA_JSON_H

#include "policy/base/text.h"
#include "policy/language/schema.h"

/* Adds the whole document, which ends in a newline. */
void schema_json(struct text *out);

/* Does the document know what may stand behind a key of that type? False for KEY_LATER alone. */
bool schema_json_knows(enum key_type type);

#endif
