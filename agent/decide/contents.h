/* SPDX-License-Identifier: GPL-2.0-only */
/* What the objects of a policy hold, as a part of what the policy is. */
#ifndef ORDAIN_AGENT_DECIDE_CONTENTS_H
#define ORDAIN_AGENT_DECIDE_CONTENTS_H

#include "agent/decide/decision.h"

/*
 * Sets decision->contents, and the digest of what is written: its files and the objects they name.
 * After judge_objects() the digests that it found count.
 */
void contents_identify(const struct decide_options *options, struct decision *decision,
		       char ret_digest[65]);

/* Is there an object that was had before and now is not? */
bool contents_lack(const struct object_digests *before, const struct object_digests *now);

/* "~ lb 9d04c17e -> 77b1cc02, ~ ..." of programs that have another object now; "" for none. */
const char *contents_changes(struct arena *arena, const struct object_digests *before,
			     const struct object_digests *now);

#endif
