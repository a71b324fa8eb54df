/* SPDX-License-Identifier: GPL-2.0-only */
#include "edges.h"

#include <stdlib.h>
#include <string.h>

struct collector {
	struct arena *arena;
	const struct members *members;
	struct edges edges;
};

static int compare_numbers(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

int span_compare(const struct span *a, const struct span *b)
{
	int order = 0;

	if (!a->source || !b->source)
		return (a->source != NULL) - (b->source != NULL);
	if (a->source != b->source)
		order = strcmp(a->source->path, b->source->path);
	if (!order)
		order = compare_numbers(a->line, b->line);
	return order ? order : compare_numbers(a->column, b->column);
}

int statement_compare(const struct statement *a, const struct statement *b)
{
	int order = compare_numbers(a->strength, b->strength);

	if (!order)
		order = span_compare(&a->span, &b->span);
	if (!order)
		order = compare_numbers(a->kind, b->kind);
	if (!order)
		order = strcmp(a->first->name, b->first->name);
	if (!order)
		order = strcmp(a->second->name, b->second->name);
	return order ? order : span_compare(&a->other_span, &b->other_span);
}

static int compare_edges(const void *a, const void *b)
{
	return statement_compare(&((const struct edge *)a)->statement,
				 &((const struct edge *)b)->statement);
}

static int compare_name(const void *name, const void *member)
{
	return strcmp(name, (*(const struct program *const *)member)->name);
}

/* The element of that name; -1 if it is not on this hook. */
static int find_member(const struct members *members, const char *name)
{
	const struct program **found = bsearch(name, members->items, members->count,
					       sizeof(*members->items), compare_name);

	return found ? (int)(found - members->items) : -1;
}

static enum strength program_strength(const struct program *program)
{
	return program->tier == TIER_HINT ? STRENGTH_HINT : STRENGTH_POLICY;
}

static struct statement *push_edge(struct collector *collector, unsigned int from, unsigned int to,
				   enum statement_kind kind, struct span span)
{
	struct edge *edge = list_push(collector->arena, &collector->edges);

	edge->from = from;
	edge->to = to;
	edge->statement.kind = kind;
	edge->statement.span = span;
	edge->statement.first = collector->members->items[from];
	edge->statement.second = collector->members->items[to];
	return &edge->statement;
}

/* All pairs: `a` stays before `c` when `b` is not on this hook. */
static void collect_order(struct collector *collector, const struct selected_rule *rule)
{
	const struct words *order = &rule->rule->order;

	for (size_t i = 0; i < order->count; i++) {
		int from = find_member(collector->members, order->items[i].text);

		for (size_t j = i + 1; from >= 0 && j < order->count; j++) {
			int to = find_member(collector->members, order->items[j].text);
			struct statement *statement;

			if (to < 0)
				continue;
			statement = push_edge(collector, (unsigned int)from, (unsigned int)to,
					      STATEMENT_ORDER, order->items[i].span);
			statement->strength = rule->named ? STRENGTH_NAMED : STRENGTH_CHAINS;
			statement->other_span = order->items[j].span;
		}
	}
}

static void collect_names(struct collector *collector, unsigned int member,
			  const struct words *names, enum statement_kind kind)
{
	const struct program *program = collector->members->items[member];

	for (size_t i = 0; i < names->count; i++) {
		int other = find_member(collector->members, names->items[i].text);
		struct statement *statement;

		if (other < 0)
			continue;
		if (kind == STATEMENT_BEFORE)
			statement = push_edge(collector, member, (unsigned int)other, kind,
					      names->items[i].span);
		else
			statement = push_edge(collector, (unsigned int)other, member, kind,
					      names->items[i].span);
		statement->strength = program_strength(program);
	}
}

static void collect_end(struct collector *collector, unsigned int member, const struct flag *flag,
			enum statement_kind kind)
{
	enum strength strength = program_strength(collector->members->items[member]);

	for (unsigned int other = 0; flag->value && other < collector->members->count; other++) {
		unsigned int from = kind == STATEMENT_FIRST ? member : other;
		unsigned int to = kind == STATEMENT_FIRST ? other : member;

		if (other != member)
			push_edge(collector, from, to, kind, flag->span)->strength = strength;
	}
}

/* Only between two written stages: a default breaks ties and states nothing. */
static void collect_stage(struct collector *collector, unsigned int member)
{
	const struct program *program = collector->members->items[member];
	enum strength strength = program_strength(program);

	for (unsigned int i = 0; program->stage.written && i < collector->members->count; i++) {
		const struct program *other = collector->members->items[i];
		struct statement *statement;

		if (!other->stage.written || program->stage.value >= other->stage.value)
			continue;
		statement = push_edge(collector, member, i, STATEMENT_STAGE, program->stage.span);
		statement->strength = strength > program_strength(other) ? strength
									 : program_strength(other);
		statement->other_span = other->stage.span;
	}
}

struct edges edges_collect(struct arena *arena, const struct members *members,
			   const struct rules *rules)
{
	struct collector collector = { .arena = arena, .members = members };

	for (size_t i = 0; i < rules->count; i++)
		collect_order(&collector, &rules->items[i]);
	for (unsigned int i = 0; i < members->count; i++) {
		const struct program *program = members->items[i];

		collect_names(&collector, i, &program->before, STATEMENT_BEFORE);
		collect_names(&collector, i, &program->after, STATEMENT_AFTER);
		collect_end(&collector, i, &program->first, STATEMENT_FIRST);
		collect_end(&collector, i, &program->last, STATEMENT_LAST);
		collect_stage(&collector, i);
	}
	if (collector.edges.count)
		qsort(collector.edges.items, collector.edges.count, sizeof(struct edge),
		      compare_edges);
	return collector.edges;
}
