/* SPDX-License-Identifier: GPL-2.0-only */
/* From what programs and chains entries say to edges between the elements of one hook. */
#ifndef ORDAIN_POLICY_ORDER_EDGES_H
#define ORDAIN_POLICY_ORDER_EDGES_H

#include "policy/order/select.h"

/* A statement between two elements, by their numbers among the members of the hook. */
struct edge {
	unsigned int from;
	unsigned int to;
	struct statement statement;
};

struct edges {
	struct edge *items;
	size_t count;
};

/*
 * Everything that is said about the members: strongest first, then by place. So the first edge
 * between two elements is the one to name. What concerns programs that are not members is void.
 */
struct edges edges_collect(struct arena *arena, const struct members *members,
			   const struct rules *rules);

/* A total order: strength, place, kind, the programs' names, the other place. */
int statement_compare(const struct statement *a, const struct statement *b);

#endif
