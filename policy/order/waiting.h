/* SPDX-License-Identifier: GPL-2.0-only */
/* What is on no hook: patterns that match no interface, and programs of others with none at all. */
#ifndef ORDAIN_POLICY_ORDER_WAITING_H
#define ORDAIN_POLICY_ORDER_WAITING_H

#include "policy/order/resolve.h"

/*
 * A note for each pattern of a program that waits; a warning where it looks like a slip: an
 * interface is called nearly so, a label is called so, or it is no glob but something else. Of
 * entries of `chains` the slips alone. And a note for each program of others that is looked for
 * nowhere, as it names no interfaces and no hook is meant by anything else.
 */
void waiting_report(const struct resolution *resolution, const struct interfaces *interfaces,
		    struct diags *diags);

#endif
