/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites about `ordain try` begin with: one order in force, and another one in the files. */
#ifndef ORDAIN_TESTS_SUPPORT_TRIED_H
#define ORDAIN_TESTS_SUPPORT_TRIED_H

#include "ordain.h"

/* The policy file that orders eth0 xdp; words as of policy_chain(). */
void tried_write(const struct ordain *ordain, const char *words);

/* "ab" in force, with packets to show it on ordain->way, and "ba" in the files. */
void tried_begin(struct ordain *ordain);

/*
 * Has one that a `try` left behind ended since the last call, or is there none? Only where this process
 * adopts orphans, and has no other children.
 */
bool tried_guard_is_gone(void);

#endif
