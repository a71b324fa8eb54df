/* SPDX-License-Identifier: GPL-2.0-only */
/* What every suite includes: cmocka with what it needs before it, and small makers of values. */
#ifndef ORDAIN_TESTS_SUPPORT_TEST_H
#define ORDAIN_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/model/policy.h"

/* Ends the process as a skipped test: says why, and ctest reports SKIP. */
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* What a suite about files starts each case with: nothing, and room for it. */
struct fixture {
	struct arena *arena;
	struct source source; /* for a suite of single documents */
	struct sources sources;
	struct diags diags; /* in the arena */
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Adds /etc/ordain/NAME with that text; everything is copied into the arena. */
void sources_add(struct arena *arena, struct sources *sources, const char *name, const char *text);

#endif
