/* SPDX-License-Identifier: GPL-2.0-only */
/* The built program as a shell starts it, below a test's own root. */
#ifndef ORDAIN_TESTS_SUPPORT_CLI_H
#define ORDAIN_TESTS_SUPPORT_CLI_H

#include <jansson.h>

#include "tree.h"

struct cli_result {
	int status; /* the exit code */
	const char *out;
	const char *err;
};

/*
 * `ordain --root ROOT ARGUMENTS`, in a shell whose working directory is the root. A program that
 * dies of a signal (or that a sanitizer stops) fails the test.
 */
struct cli_result cli_run(const struct tree *tree, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, with the exit code and words of either stream as they have to be; NULL: it is empty. */
void cli_expect(const struct tree *tree, int status, const char *out, const char *err,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * With `-o json`: nothing on stderr, one JSON object on stdout with a format_version and an array
 * of diagnostics. The caller owns the reference.
 */
json_t *cli_json(const struct tree *tree, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fails the test unless the object has each of the keys: words with a blank between them. */
void cli_has_keys(const json_t *object, const char *keys);

#endif
