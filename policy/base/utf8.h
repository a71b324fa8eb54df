/* SPDX-License-Identifier: GPL-2.0-only */
/* UTF-8 one character at a time, and text from files made harmless for a terminal. */
#ifndef ORDAIN_POLICY_BASE_UTF8_H
#define ORDAIN_POLICY_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/text.h"

/*
 * The first character of `length` > 0 bytes: its size in bytes, or 0 if no valid UTF-8 starts
 * there (overlong forms and surrogates are not valid).
 */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret_character);

/* The size of the mark that some editors put before the first character of a file; mostly 0. */
size_t utf8_mark(const char *bytes, size_t length);

/* Nothing that moves the cursor, colours the terminal, reorders or hides text. */
bool utf8_printable(uint32_t character);

/*
 * The size of the line break that starts there, 0 if none does: LF, CR, CR LF, NEL, LS and PS,
 * which are what libyaml counts lines by.
 */
size_t utf8_line_break(const char *bytes, size_t length);

/*
 * Adds one character, what is not printable as \x1b or \u202e, and bytes that are not UTF-8 as
 * \xff. Returns how many bytes of the input that was (length > 0), and the columns it takes.
 */
size_t utf8_show(struct text *out, const char *bytes, size_t length, size_t *ret_columns);

/* Adds a string in the same way; newlines, too, are shown as \x0a. */
void utf8_show_string(struct text *out, const char *string);

/* Characters in a valid string. */
size_t utf8_count(const char *string);

#endif
