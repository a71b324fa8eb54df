/* SPDX-License-Identifier: GPL-2.0-only */
/* What is desired of a hook instead of the policy's own chain, where that cannot be had. */
#ifndef ORDAIN_AGENT_DECIDE_FALLBACK_H
#define ORDAIN_AGENT_DECIDE_FALLBACK_H

#include "agent/decide/decision.h"

/*
 * This chain cannot run: the hook's last good chain is desired instead, or, where there is none,
 * what is there now.
 */
void fallback_block(struct decision *decision, const struct paths *paths, struct desired *desired,
		    enum diag_code code, const char *reason);

/*
 * Something of what is desired there is missing: the last good chain is desired instead, or, where
 * there is none, what `if_missing` makes of the rest.
 */
void fallback_make_do(struct decision *decision, const struct paths *paths,
		      struct desired *desired);

/* Was there ever a whole chain on the hook? */
bool fallback_has_last_good(const struct decision *decision, const struct paths *paths,
			    const struct desired *desired);

/*
 * What is desired there does not load, as the errors in `found` say: the hook's last good chain is
 * desired instead; where there is none, or it was that which does not load, what `if_missing` makes
 * of the programs that are named there. Where none is named it is all of them, if one of them says
 * anything but skip, else what is there now. Each time less is desired, so it comes to an end.
 */
void fallback_refused(struct decision *decision, const struct paths *paths, struct desired *desired,
		      const struct diags *found);

#endif
