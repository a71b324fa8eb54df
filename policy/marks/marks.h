/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks: what a program is said to be, and how that is kept. */
#ifndef ORDAIN_POLICY_MARKS_MARKS_H
#define ORDAIN_POLICY_MARKS_MARKS_H

#include "policy/marks/readonly.h"
#include "policy/order/resolve.h"

struct mark {
	const char *name; /* that of the key */
	const char *kept; /* "proven: analysis + kernel" */
	struct span span; /* of the key */
};

struct marks {
	struct mark *items;
	size_t count;
};

/* Those of an element of a chain on that hook. A NULL program has none. */
struct marks marks_of(struct arena *arena, const struct program *program, enum hook hook,
		      const struct judgement *judgement);

/* "readonly (proven: analysis + kernel), unmodified_input (...)"; "" for none. */
const char *marks_words(struct arena *arena, const struct marks *marks);

/*
 * What an entry of `chains` says with `others` of the hook: "refuse", and what keeps it; `kept` is
 * NULL where there is nothing to keep. `name` NULL: none says anything.
 */
struct mark others_mark(const struct chain *chain);

/* "probe.c:33: writes the packet at offset 0"; NULL: no reason is known. */
const char *readonly_words(struct arena *arena, const struct judgement *judgement);

#endif
