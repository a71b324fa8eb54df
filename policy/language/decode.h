/* SPDX-License-Identifier: GPL-2.0-only */
/* From a document's tree to what it declares, each key by the tables of schema.h. */
#ifndef ORDAIN_POLICY_LANGUAGE_DECODE_H
#define ORDAIN_POLICY_LANGUAGE_DECODE_H

#include "policy/model/policy.h"
#include "policy/yaml/document.h"

/* What the sources declare, in their order; names may still be there twice. */
struct declarations {
	struct {
		struct program *items;
		size_t count;
	} programs;
	struct {
		struct chain_rule *items;
		size_t count;
	} rules;
	struct {
		struct label *items;
		size_t count;
	} labels;
};

/*
 * Appends what the document declares, and every error in it to `diags`. A program with an error
 * in it is declared all the same, so that its name is known. False if the document's names remain
 * unknown: it is of another format or not a policy at all.
 */
bool decode_document(struct arena *arena, const struct node *root, struct diags *diags,
		     struct declarations *declarations);

#endif
