/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of text whose cells stand below each other. */
#ifndef ORDAIN_POLICY_RENDER_ROWS_H
#define ORDAIN_POLICY_RENDER_ROWS_H

#include "policy/base/text.h"
#include "policy/diag/source.h"

enum { ROW_CELLS = 4 };

struct row {
	const char *cells[ROW_CELLS];
};

struct rows {
	struct row *items;
	size_t count;
};

/* NULL is an empty cell. What could upset a terminal is shown as \x1b. */
void rows_add(struct arena *arena, struct rows *rows, const char *a, const char *b, const char *c,
	      const char *d);

/* Indented by two blanks, columns two apart, none wider than needed, no blanks at line ends. */
void rows_render(const struct rows *rows, struct text *out);

/* "/etc/ordain/10-a.yaml:7:14"; "" for nowhere. */
const char *span_text(struct arena *arena, const struct span *span);

#endif
