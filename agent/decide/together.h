/* SPDX-License-Identifier: GPL-2.0-only */
/* Chains that share an object change to its new content together or not at all. Part of pass.c. */
#ifndef ORDAIN_AGENT_DECIDE_TOGETHER_H
#define ORDAIN_AGENT_DECIDE_TOGETHER_H

#include "agent/reconcile/pass.h"

/*
 * After some chains of the plan turned out not to run: blocks those others that would take over
 * an object which one of them has to keep in its old content. A hook that has no last good chain
 * to keep holds no other, and is not held: what it lacks comes first.
 */
void together_hold(struct pass *pass, const struct paths *paths);

#endif
