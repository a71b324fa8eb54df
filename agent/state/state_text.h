/* SPDX-License-Identifier: GPL-2.0-only */
/* How the files of the state directory are written: lines "KEY VALUE", read back strictly. */
#ifndef ORDAIN_AGENT_STATE_STATE_TEXT_H
#define ORDAIN_AGENT_STATE_STATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/arena.h"

/* Where reading a file has got to. */
struct cursor {
	const char *at;
	const char *end;
};

/* The next line without its newline; NULL if there is no whole one, or if it holds a NUL. */
const char *cursor_line(struct arena *arena, struct cursor *cursor);

/* The value of the next line, which must be "KEY VALUE"; NULL if it is anything else. */
const char *cursor_value(struct arena *arena, struct cursor *cursor, const char *key);

/* The same for a decimal number up to INT64_MAX without sign, blanks or leading zeros. */
bool cursor_number(struct arena *arena, struct cursor *cursor, const char *key, int64_t *ret);

/* Digits alone, as above; false and *ret untouched for any other string. */
bool number_parse(const char *string, int64_t *ret);

/*
 * An interface's name (any bytes but '/' and NUL) as a word that can be a file's name: letters,
 * digits and "_-.@" stand for themselves, but a dot in front and everything else is %XX, in
 * lowercase hex.
 */
const char *name_escape(struct arena *arena, const char *name);

/* The other way. NULL for what name_escape() never makes. */
const char *name_unescape(struct arena *arena, const char *word);

#endif
