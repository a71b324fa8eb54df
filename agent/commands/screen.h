/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal that a result is shown on, once or again and again. */
#ifndef ORDAIN_AGENT_COMMANDS_SCREEN_H
#define ORDAIN_AGENT_COMMANDS_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/text.h"

/* Zeroed: the standard output is no terminal, or none whose size is known. */
struct screen {
	size_t lines;
	size_t columns;
};

struct screen screen_get(void);

/* Puts the text where the one before was, line over line, so that nothing flickers. */
void screen_show(const struct text *text, bool first);

/* From now on SIGINT and SIGTERM wait for screen_wait(). */
void screen_hold_signals(void);

/* Waits for a second. False: it is to end. */
bool screen_wait(void);

#endif
