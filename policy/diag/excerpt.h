/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of a source as a diagnostic shows it, and where in it the caret goes. */
#ifndef ORDAIN_POLICY_DIAG_EXCERPT_H
#define ORDAIN_POLICY_DIAG_EXCERPT_H

#include "policy/base/text.h"
#include "policy/diag/source.h"

struct excerpt {
	const char *text; /* tabs are blanks, control bytes are shown as \x1b, no trailing blanks */
	size_t caret; /* columns before it */
	size_t length; /* columns to mark, at least 1 */
};

/*
 * Where the last excerpt was taken. Excerpts in the order of their places cost one walk through
 * the source, in any other order one each. All zero to begin with.
 */
struct excerpt_cursor {
	const struct source *source;
	size_t offset;
	size_t line_offset;
	unsigned int line;
	unsigned int column;
};

/*
 * The line of `span` (which has a source and a line). A line wider than `width` columns is cut
 * around the span, "..." standing for the rest. A place behind the end is the end.
 */
struct excerpt excerpt_make(struct arena *arena, struct excerpt_cursor *cursor,
			    const struct span *span, size_t width);

#endif
