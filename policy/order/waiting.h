/* SPDX-License-Identifier: GPL-2.0-only */
/* Patterns that match no interface: those that wait for one, and those that are slips. */
#ifndef ORDAIN_POLICY_ORDER_WAITING_H
#define ORDAIN_POLICY_ORDER_WAITING_H

#include "policy/order/resolve.h"

/*
 * A note for each pattern of a program that waits; a warning where it looks like a slip: an
 * interface is called nearly so, a label is called so, or it is no glob but something else. Of
 * entries of `chains` the slips alone.
 */
void waiting_report(const struct resolution *resolution, const struct interfaces *interfaces,
		    struct diags *diags);

#endif
