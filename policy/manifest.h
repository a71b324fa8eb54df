/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What determines a linked chain, and nothing else. The kernel's copy is a frozen map bound to the
 * chain's program: two chains with equal manifests are the same chain, so there is nothing to do.
 *
 * As text (what the map and the state directory hold), format 1:
 *
 *	ordain-chain 1
 *	hook tcx-ingress
 *	element NAME sha256:HEX64 FUNCTION
 *	...
 */
#ifndef ORDAIN_POLICY_MANIFEST_H
#define ORDAIN_POLICY_MANIFEST_H

#include <stdbool.h>

#include "arena.h"
#include "hook.h"

struct manifest_element {
	const char *name;
	const char *digest; /* of the object: 64 lowercase hex digits */
	const char *function; /* never NULL: resolved from the object */
};

struct manifest {
	enum hook hook;
	struct manifest_element *items;
	size_t count;
};

const char *manifest_text(struct arena *arena, const struct manifest *manifest);

/* NULL if it is not a manifest of a format known here. Reads up to the first NUL or `length`. */
const struct manifest *manifest_parse(struct arena *arena, const char *text, size_t length);

const struct manifest *manifest_copy(struct arena *arena, const struct manifest *manifest);

bool manifest_equal(const struct manifest *a, const struct manifest *b);

#endif
