/* SPDX-License-Identifier: GPL-2.0-only */
/* Who typed a command. */
#ifndef ORDAIN_AGENT_SYSTEM_CALLER_H
#define ORDAIN_AGENT_SYSTEM_CALLER_H

#include "policy/base/arena.h"

/*
 * "alice (uid 1000, pid 4711)": whoever logged in, as the kernel remembers over sudo and su; where it
 * does not, who sudo says it was, or else whose process this is. Names are from /etc/passwd alone:
 * nobody's network is asked.
 */
const char *caller_words(struct arena *arena);

#endif
