/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `others: absorb` on xdp: a door. Nothing of ours locks the hook, so whoever forces a program onto
 * it gets in, is alone there for 15 ms or more, and is then called from our chain.
 */
#ifndef ORDAIN_POLICY_MARKS_DOOR_H
#define ORDAIN_POLICY_MARKS_DOOR_H

#include "policy/order/resolve.h"

/* Does the policy ask for a door? */
bool door_asked(const struct chain *chain);

/* The first of ours that says `if_missing: drop`, past which a door lets packets; NULL: none. */
const struct program *door_bypassed(const struct chain *chain);

/* The one that wants the hook for itself; NULL: none. */
const struct program *door_shut(const struct chain *chain);

/*
 * Is there one? Beside what door_bypassed() finds, `bypass` has to allow it; beside what door_shut()
 * finds there is none.
 */
bool door_open(const struct chain *chain);

#endif
