/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocked hooks as diagnostics. */
#ifndef ORDAIN_POLICY_ORDER_CONFLICT_H
#define ORDAIN_POLICY_ORDER_CONFLICT_H

#include "policy/order/resolve.h"

/*
 * An error for each conflict. Hooks of several interfaces that are blocked by the same statements,
 * or by as many programs, share one that names them all.
 */
void conflicts_report(const struct chains *chains, struct diags *diags);

/* What the administrator can do about a blocked chain; one line. */
const char *conflict_help(const struct chain *chain);

/* Why it is blocked, in a line for plan and status. */
const char *conflict_reason(const struct chain *chain);

#endif
