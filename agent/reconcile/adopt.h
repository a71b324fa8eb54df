/* SPDX-License-Identifier: GPL-2.0-only */
/* A new policy becomes the one in force, for good, on trial, or as the way back. */
#ifndef ORDAIN_AGENT_RECONCILE_ADOPT_H
#define ORDAIN_AGENT_RECONCILE_ADOPT_H

#include "agent/decide/decision.h"

/*
 * Accepts the decision's policy if it is new; `trial` NULL: for good. From then on
 * the state directory says so, whatever happens to this process; a failure leaves what was.
 */
int adopt(const struct decision *decision, const struct paths *paths,
	  const struct trial_terms *trial, struct error *ret_error);

#endif
