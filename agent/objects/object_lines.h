/* SPDX-License-Identifier: GPL-2.0-only */
/* What .BTF.ext tells of instructions: the source line, and whether loading adjusts them. */
#ifndef ORDAIN_AGENT_OBJECTS_OBJECT_LINES_H
#define ORDAIN_AGENT_OBJECTS_OBJECT_LINES_H

#include "agent/objects/object_file.h"

struct object_line {
	const char *file; /* NULL: the object has no line info for it */
	const char *text; /* the line itself; NULL: it is not in the object */
	unsigned int line;
	unsigned int column;
};

struct object_lines;

/* Of a file that is open; lives in the arena. What is damaged there tells nothing. */
struct object_lines *object_lines_new(struct arena *arena, const struct object_file *file);

/*
 * Of the function at that place: the line of each of its instructions, and which of them a CO-RE
 * relocation is for. Both arrays are zeroed; names are in the arena.
 */
void object_lines_of(const struct object_lines *lines, size_t section, uint64_t offset,
		     size_t count, struct object_line *ret_lines, bool *ret_adjusted);

#endif
