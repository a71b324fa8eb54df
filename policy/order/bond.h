/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP on a bond and on its ports: the kernel refuses one of the two. */
#ifndef ORDAIN_POLICY_ORDER_BOND_H
#define ORDAIN_POLICY_ORDER_BOND_H

#include "policy/order/resolve.h"

/* Blocks the chains of each bond and of its ports, with one error for each bond. */
void bonds_block(struct arena *arena, struct chains *chains, struct diags *diags);

#endif
