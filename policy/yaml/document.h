/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One YAML document as a tree, every node with its place. Built on libyaml's event interface: its
 * document loader would silently accept duplicate keys and several documents.
 */
#ifndef ORDAIN_POLICY_YAML_DOCUMENT_H
#define ORDAIN_POLICY_YAML_DOCUMENT_H

#include <stdbool.h>

#include "policy/diag/diag.h"

enum { DOCUMENT_MAX_BYTES = 256 * 1024, DOCUMENT_MAX_DEPTH = 32 };

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node;

struct nodes {
	struct node **items;
	size_t count;
};

struct node {
	enum node_kind kind;
	struct span span;
	const char *scalar; /* NUL-terminated, no NUL inside; scalars only */
	bool quoted; /* the scalar was quoted or a block: never a number or a boolean */
	bool refused; /* a diagnostic says already why this cannot be used: to be passed over */
	bool incomplete; /* keys of the map were left out: others that are missing prove nothing */
	struct nodes keys; /* scalars; maps only, in the file's order */
	struct nodes values; /* beside keys[i] in a map; the items of a list */
};

/*
 * Parses a whole source. Refused, each with an error in `diags`: what is not YAML or not UTF-8,
 * several documents, nesting beyond DOCUMENT_MAX_DEPTH (as soon as it is met), more than
 * DOCUMENT_MAX_BYTES, an empty file: then NULL, as there is no tree. Also aliases, anchors, tags
 * and the second of two equal keys (`refused` where they stand), merge keys and keys that are not
 * scalars (left out with their values): then the tree is worth a look for what else is wrong.
 */
const struct node *document_parse(struct arena *arena, const struct source *source,
				  struct diags *diags);

#endif
