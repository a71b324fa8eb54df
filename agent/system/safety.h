/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What root reads as policy, or loads into the kernel, root alone may be able to change: the file
 * and the directory it is in belong to root, and neither group nor others may write there. (Rights
 * that an ACL gives show among those of the group.) A process of any other user asks for nothing.
 */
#ifndef ORDAIN_AGENT_SYSTEM_SAFETY_H
#define ORDAIN_AGENT_SYSTEM_SAFETY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "policy/base/arena.h"

bool safety_holds(const struct stat *st);

/* "owned by uid 1000, should be 0, and writable by others"; NULL if it is as it has to be. */
const char *safety_problem(struct arena *arena, const struct stat *st);

/* The command that mends it. Only where there is a problem. */
const char *safety_remedy(struct arena *arena, const struct stat *st, const char *path);

#endif
