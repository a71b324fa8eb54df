/* SPDX-License-Identifier: GPL-2.0-only */
/* A string that grows: what every renderer writes into. Memory comes from the arena. */
#ifndef ORDAIN_POLICY_BASE_TEXT_H
#define ORDAIN_POLICY_BASE_TEXT_H

#include "policy/base/arena.h"

struct text {
	struct arena *arena;
	char *bytes; /* always NUL-terminated once anything was added; NULL before */
	size_t length;
	size_t capacity;
};

#define TEXT(arena_) ((struct text){ .arena = (arena_) })

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Blanks until the current line is `column` wide (bytes); at least one if it is wider already. */
void text_pad(struct text *text, size_t column);

/* "eth0, eth1 and 7 more": up to five names are all there; of more, two and a number. */
void text_add_few(struct text *text, const char *const *names, size_t count);

/* The string so far, "" if nothing was added. */
const char *text_string(const struct text *text);

#endif
