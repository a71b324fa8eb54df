/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of docs/ with a part that a test writes: what it found. */
#ifndef ORDAIN_TESTS_SUPPORT_DOCUMENT_H
#define ORDAIN_TESTS_SUPPORT_DOCUMENT_H

#include <stdbool.h>

#include "policy/base/arena.h"

/* Another kernel is tried with what was built, and no more: then there are no pages. */
bool document_exists(struct arena *arena, const char *name);

/*
 * Fails the test unless `text` is what docs/NAME says behind the line "<!-- MARK -->", up to the next
 * such line or the end. ORDAIN_UPDATE_GOLDEN=1 writes it there instead.
 */
void document_check(struct arena *arena, const char *name, const char *mark, const char *text);

#endif
