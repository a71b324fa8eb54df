/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/order.h"

#include <string.h>

#include "policy/order/edges.h"

struct ordering {
	struct arena *arena; /* of the result */
	struct arena *scratch;
	const struct members *members;
	struct edges edges;
	struct graph graph; /* the edges in force */
	const struct statement **best; /* best[from * members + to]: the one to name; or NULL */
};

static const struct statement **best_between(const struct ordering *ordering, unsigned int from,
					     unsigned int to)
{
	return &ordering->best[from * ordering->members->count + to];
}

static void apply(struct ordering *ordering, const struct edge *edge)
{
	const struct statement **best = best_between(ordering, edge->from, edge->to);

	graph_add(&ordering->graph, edge->from, edge->to);
	if (!*best)
		*best = &edge->statement;
}

/*
 * Does it alone contradict what is stronger? `stronger` is closed. What a program asks of its input
 * is no wish that yields to an order: then it may not run there at all, unless only a package's
 * hint says so.
 */
static bool is_overridden(const struct graph *stronger, const struct edge *edge)
{
	if (edge->statement.kind == STATEMENT_UNMODIFIED &&
	    edge->statement.strength != STRENGTH_HINT)
		return false;
	return edge->from != edge->to && graph_has(stronger, edge->to, edge->from);
}

static struct graph closure(const struct ordering *ordering)
{
	struct graph closed = {
		ordering->graph.count,
		arena_memdup(ordering->scratch, ordering->graph.next,
			     ordering->graph.count * sizeof(struct nodeset)),
	};

	graph_close(&closed);
	return closed;
}

static struct statements name_cycle(const struct ordering *ordering)
{
	unsigned int nodes[GRAPH_MAX_NODES + 1];
	unsigned int length = graph_cycle(&ordering->graph, nodes);
	struct statements cycle = { 0 };

	for (unsigned int i = 0; i < length; i++)
		*list_push(ordering->arena, &cycle) =
			**best_between(ordering, nodes[i], nodes[i + 1]);
	return cycle;
}

/*
 * One strength after the other, so that edges are overridden by strictly stronger ones only.
 * Returns false, with the conflict set, as soon as those in force contradict each other.
 */
static bool apply_edges(struct ordering *ordering, struct chain *chain)
{
	struct graph stronger = closure(ordering);
	size_t next = 0;

	while (next < ordering->edges.count) {
		enum strength strength = ordering->edges.items[next].statement.strength;

		for (; next < ordering->edges.count; next++) {
			const struct edge *edge = &ordering->edges.items[next];
			bool overridden = is_overridden(&stronger, edge);

			if (edge->statement.strength != strength)
				break;
			*list_push(ordering->arena, overridden ? &chain->overridden
							       : &chain->applied) = edge->statement;
			if (!overridden)
				apply(ordering, edge);
		}
		stronger = closure(ordering);
		if (graph_cyclic(&stronger)) {
			chain->conflict = name_cycle(ordering);
			return false;
		}
	}
	return true;
}

static int compare_programs(const struct program *a, const struct program *b)
{
	if (a->stage.value != b->stage.value)
		return a->stage.value < b->stage.value ? -1 : 1;
	if (a->priority.value != b->priority.value)
		return a->priority.value < b->priority.value ? -1 : 1;
	if (program_is_attached(a) != program_is_attached(b))
		return program_is_attached(a) ? 1 : -1;
	return strcmp(a->name, b->name);
}

void order_sort(const struct graph *graph, const struct program *const *items,
		unsigned int *ret_order)
{
	unsigned int waits_for[GRAPH_MAX_NODES] = { 0 };
	bool placed[GRAPH_MAX_NODES] = { false };
	unsigned int count = graph->count;

	for (unsigned int from = 0; from < count; from++)
		for (unsigned int to = 0; to < count; to++)
			waits_for[to] += graph_has(graph, from, to);
	for (unsigned int at = 0; at < count; at++) {
		unsigned int smallest = count;

		for (unsigned int i = 0; i < count; i++)
			if (!placed[i] && !waits_for[i] &&
			    (smallest == count || compare_programs(items[i], items[smallest]) < 0))
				smallest = i;
		placed[smallest] = true;
		ret_order[at] = smallest;
		for (unsigned int to = 0; to < count; to++)
			waits_for[to] -= graph_has(graph, smallest, to);
	}
}

static enum reason_kind tie_break(const struct program *previous, const struct program *program)
{
	if (previous->stage.value != program->stage.value)
		return REASON_STAGE;
	if (previous->priority.value != program->priority.value)
		return REASON_PRIORITY;
	return program_is_attached(previous) != program_is_attached(program) ? REASON_OURS
									     : REASON_NAME;
}

static void set_reason(const struct ordering *ordering, const unsigned int *order, size_t at,
		       struct element *element)
{
	const struct program **items = ordering->members->items;
	unsigned int behind = at ? (unsigned int)at : 1;
	const struct statement *statement = NULL;

	if (behind < ordering->members->count)
		statement = *best_between(ordering, order[behind - 1], order[behind]);
	if (statement) {
		element->reason = REASON_STATEMENT;
		element->statement = *statement;
	} else {
		element->reason = at ? tie_break(items[order[at - 1]], items[order[at]])
				     : REASON_ONLY;
	}
}

void chain_block(struct chain *chain, const struct members *members, enum diag_code code)
{
	for (size_t i = 0; i < members->count; i++)
		chain->elements[i] = (struct element){ .program = members->items[i] };
	chain->blocked = true;
	chain->code = code;
	chain->applied = (struct statements){ 0 };
	chain->overridden = (struct statements){ 0 };
}

static void order_few(struct ordering *ordering, struct chain *chain)
{
	size_t count = ordering->members->count;
	size_t pairs = count * count;
	unsigned int order[GRAPH_MAX_NODES] = { 0 };

	ordering->graph = graph_new(ordering->scratch, (unsigned int)count);
	ordering->best = arena_array(ordering->scratch, const struct statement *, pairs);
	if (!apply_edges(ordering, chain)) {
		chain_block(chain, ordering->members, DIAG_ORDER_CYCLE);
		return;
	}
	order_sort(&ordering->graph, ordering->members->items, order);
	for (size_t i = 0; i < count; i++) {
		chain->elements[i].program = ordering->members->items[order[i]];
		set_reason(ordering, order, i, &chain->elements[i]);
	}
}

/*
 * Who wants the hook for itself and does not have it. What others attach somewhere may not be here:
 * it counts if the policy says that it is.
 */
static const struct program *find_exclusive(const struct members *members)
{
	const struct program *found = NULL;
	size_t certain = 0;

	for (size_t i = 0; i < members->count; i++) {
		certain += members->items[i]->interfaces.count > 0;
		if (!found && members->items[i]->exclusive.value)
			found = members->items[i];
	}
	return certain > 1 ? found : NULL;
}

void order_members(struct arena *arena, const struct members *members, const struct rules *rules,
		   struct chain *chain)
{
	struct ordering ordering = { .arena = arena, .members = members };

	chain->elements = arena_array(arena, struct element, members->count);
	chain->count = members->count;
	if (members->count > CHAIN_MAX_ELEMENTS) {
		chain_block(chain, members, DIAG_TOO_MANY_PROGRAMS);
		return;
	}
	chain->culprit = find_exclusive(members);
	if (chain->culprit) {
		chain_block(chain, members, DIAG_EXCLUSIVE_VIOLATED);
		return;
	}
	ordering.scratch = arena_new();
	ordering.edges = edges_collect(ordering.scratch, members, rules);
	order_few(&ordering, chain);
	arena_free(ordering.scratch);
}
