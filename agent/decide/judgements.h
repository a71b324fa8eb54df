/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs do to packets, found out once for each piece of code. */
#ifndef ORDAIN_AGENT_DECIDE_JUDGEMENTS_H
#define ORDAIN_AGENT_DECIDE_JUDGEMENTS_H

#include "agent/decide/decision.h"

/*
 * Of that function of the object, with the variables of `program`: what this decision or the one
 * before it found out, or what the judges say now. Never NULL; lives as long as the decision.
 */
const struct judgement *judgement_get(const struct decide_options *options,
				      struct decision *decision, const struct program *program,
				      enum hook hook, const char *digest, const char *function);

#endif
