/* SPDX-License-Identifier: GPL-2.0-only */
/* What is allowed, and probably not meant. */
#ifndef ORDAIN_POLICY_ORDER_LINT_H
#define ORDAIN_POLICY_ORDER_LINT_H

#include "policy/order/resolve.h"

/*
 * Warns of readonly programs behind what ends the chain, and of hints about programs that nothing
 * in /etc or /run names. Each once, however many hooks it is about.
 */
void lint(const struct resolution *resolution, struct diags *diags);

#endif
