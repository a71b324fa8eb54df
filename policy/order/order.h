/* SPDX-License-Identifier: GPL-2.0-only */
/* The order of one hook, or the smallest contradiction that keeps it from having one. */
#ifndef ORDAIN_POLICY_ORDER_ORDER_H
#define ORDAIN_POLICY_ORDER_ORDER_H

#include "policy/order/select.h"

/* Sets everything of the chain but its interface and hook. */
void order_members(struct arena *arena, const struct members *members, const struct rules *rules,
		   struct chain *chain);

/* There is no chain of these members after all: they are its elements, by name. */
void chain_block(struct chain *chain, const struct members *members, enum diag_code code);

#endif
