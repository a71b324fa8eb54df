/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files made one policy another. */
#ifndef ORDAIN_AGENT_DECIDE_FILE_CHANGES_H
#define ORDAIN_AGENT_DECIDE_FILE_CHANGES_H

#include "policy/base/arena.h"
#include "policy/diag/source.h"

/*
 * "+ 20-flow.yaml, ~ 90-host.yaml, - /run/ordain/old.yaml" of files that came, are otherwise, or
 * went, in the order of names; those of the administrator by their name alone. "" for none. `before`
 * NULL: there was no policy.
 */
const char *file_changes(struct arena *arena, const struct sources *before,
			 const struct sources *now);

#endif
