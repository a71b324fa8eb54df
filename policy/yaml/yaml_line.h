/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of a source as libyaml's marks count them, for a look at what it could not parse. */
#ifndef ORDAIN_POLICY_YAML_YAML_LINE_H
#define ORDAIN_POLICY_YAML_YAML_LINE_H

#include <stdbool.h>
#include <yaml.h>

#include "policy/diag/diag.h"

/* A line of the source without its end. */
struct line {
	const char *text;
	size_t length;
	size_t number; /* from 0, as libyaml counts */
};

/* The first line, and then one after the other; false behind the last, which leaves an empty one. */
struct line line_first(const struct source *source);
bool line_next(const struct source *source, struct line *line);

/* An empty line if the source has no line of that number. */
struct line line_at(const struct source *source, size_t number);

/* The nearest line above that number that says anything; one without text if none does. */
struct line line_above(const struct source *source, size_t number);

/* The byte in a line at a column that counts characters; the end of the line at most. */
size_t line_offset(const struct line *line, size_t column);

/* Is there a blank, a tab or the end of the line? */
bool line_is_blank_at(const struct line *line, size_t offset);

/* Its indentation in bytes, tabs counted as one. */
size_t line_blanks(const struct line *line);

/* Where what it says ends: before its comment and the blanks before that. */
size_t line_content_end(const struct line *line);

/* Does what it says begin with these bytes? */
bool line_begins(const struct line *line, const char *prefix);

/* So many bytes of it as a place. */
struct span line_span(const struct source *source, const struct line *line, size_t offset,
		      size_t length);

/* The character there; 0 at the end of a line. */
char mark_character(const struct source *source, const yaml_mark_t *mark);

/* One character as a place. */
struct span mark_span(const struct source *source, const yaml_mark_t *mark);

/* Is the bracket that opens there closed anywhere behind it? */
bool mark_is_closed(const struct source *source, const yaml_mark_t *open);

#endif
