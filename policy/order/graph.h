/* SPDX-License-Identifier: GPL-2.0-only */
/* "Before" among the elements of one hook, as bit sets: nodes are numbers from 0. */
#ifndef ORDAIN_POLICY_ORDER_GRAPH_H
#define ORDAIN_POLICY_ORDER_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/arena.h"

/* A chain of ours and the programs that others may have on a tcx hook. */
enum { GRAPH_MAX_NODES = 320, NODESET_WORDS = GRAPH_MAX_NODES / 64 };

struct nodeset {
	uint64_t words[NODESET_WORDS];
};

struct graph {
	unsigned int count;
	struct nodeset *next; /* next[i]: the nodes that i is directly before */
};

/* At most GRAPH_MAX_NODES nodes, no edges. */
struct graph graph_new(struct arena *arena, unsigned int count);

/* Adds an edge to a graph that is closed, and stays so. */
void graph_add_closed(struct graph *closed, unsigned int from, unsigned int to);

void graph_add(struct graph *graph, unsigned int from, unsigned int to);
bool graph_has(const struct graph *graph, unsigned int from, unsigned int to);

/* Adds an edge wherever there is a path. */
void graph_close(struct graph *graph);

/* Does an edge of a closed graph lead from a node to itself? */
bool graph_cyclic(const struct graph *closed);

/*
 * The shortest path of at least one edge, of those the one through the smallest nodes. Its nodes,
 * both ends included, go to ret_nodes (room for count + 1). Returns the number of edges, 0 if
 * there is no path and nothing was written.
 */
unsigned int graph_path(const struct graph *graph, unsigned int from, unsigned int to,
			unsigned int *ret_nodes);

/* The same for the shortest cycle: ret_nodes begins and ends with its smallest node. */
unsigned int graph_cycle(const struct graph *graph, unsigned int *ret_nodes);

#endif
