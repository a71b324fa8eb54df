/* SPDX-License-Identifier: GPL-2.0-only */
/* The order of one hook, or the smallest contradiction that keeps it from having one. */
#ifndef ORDAIN_POLICY_ORDER_ORDER_H
#define ORDAIN_POLICY_ORDER_ORDER_H

#include "policy/order/graph.h"
#include "policy/order/select.h"

/* Sets everything of the chain but its interface and hook. */
void order_members(struct arena *arena, const struct members *members, const struct rules *rules,
		   struct chain *chain);

/*
 * Always the smallest of those that nothing left has to precede, by (stage, priority, ours before
 * what others attach, name). `items` are the nodes' programs; the graph has no cycle.
 */
void order_sort(const struct graph *graph, const struct program *const *items,
		unsigned int *ret_order);

/* There is no chain of these members after all: they are its elements, by name. */
void chain_block(struct chain *chain, const struct members *members, enum diag_code code);

#endif
