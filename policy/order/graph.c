/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/graph.h"

#include <string.h>

struct graph graph_new(struct arena *arena, unsigned int count)
{
	return (struct graph){ count, arena_array(arena, struct nodeset, count) };
}

void graph_add(struct graph *graph, unsigned int from, unsigned int to)
{
	graph->next[from].words[to / 64] |= UINT64_C(1) << (to % 64);
}

bool graph_has(const struct graph *graph, unsigned int from, unsigned int to)
{
	return graph->next[from].words[to / 64] >> (to % 64) & 1;
}

void graph_add_closed(struct graph *closed, unsigned int from, unsigned int to)
{
	struct nodeset behind = closed->next[to];

	behind.words[to / 64] |= UINT64_C(1) << (to % 64);
	for (unsigned int node = 0; node < closed->count; node++)
		for (int i = 0;
		     (node == from || graph_has(closed, node, from)) && i < NODESET_WORDS; i++)
			closed->next[node].words[i] |= behind.words[i];
}

void graph_close(struct graph *graph)
{
	for (unsigned int via = 0; via < graph->count; via++)
		for (unsigned int from = 0; from < graph->count; from++)
			for (int i = 0; graph_has(graph, from, via) && i < NODESET_WORDS; i++)
				graph->next[from].words[i] |= graph->next[via].words[i];
}

bool graph_cyclic(const struct graph *closed)
{
	for (unsigned int node = 0; node < closed->count; node++)
		if (graph_has(closed, node, node))
			return true;
	return false;
}

/*
 * Breadth first. A node keeps the parent that found it first, and nodes are tried in ascending
 * order: that makes the path the smallest of the shortest ones.
 */
unsigned int graph_path(const struct graph *graph, unsigned int from, unsigned int to,
			unsigned int *ret_nodes)
{
	unsigned int queue[GRAPH_MAX_NODES + 1] = { from };
	unsigned int parent[GRAPH_MAX_NODES];
	bool found[GRAPH_MAX_NODES] = { false };
	unsigned int length = 1;
	unsigned int node;

	for (unsigned int head = 0, tail = 1; head < tail && !found[to]; head++)
		for (node = 0; node < graph->count; node++) {
			if (found[node] || !graph_has(graph, queue[head], node))
				continue;
			found[node] = true;
			parent[node] = queue[head];
			queue[tail++] = node;
		}
	if (!found[to])
		return 0;
	for (node = parent[to]; node != from; node = parent[node])
		length++;
	ret_nodes[length] = to;
	for (unsigned int at = length; at; at--)
		ret_nodes[at - 1] = parent[ret_nodes[at]];
	return length;
}

unsigned int graph_cycle(const struct graph *graph, unsigned int *ret_nodes)
{
	unsigned int nodes[GRAPH_MAX_NODES + 1];
	unsigned int shortest = 0;

	for (unsigned int node = 0; node < graph->count && shortest != 1; node++) {
		unsigned int length = graph_path(graph, node, node, nodes);

		if (!length || (shortest && length >= shortest))
			continue;
		shortest = length;
		memcpy(ret_nodes, nodes, (length + 1) * sizeof(*nodes));
	}
	return shortest;
}
