/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/edges.h"

#include <stdlib.h>
#include <string.h>

#include "policy/model/override.h"

struct collector {
	struct arena *arena;
	const struct members *members;
	const struct rules *rules;
	struct edges edges;
};

static int compare_numbers(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
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
	const struct program **found = NULL;

	if (members->count)
		found = bsearch(name, members->items, members->count, sizeof(*members->items),
				compare_name);
	return found ? (int)(found - members->items) : -1;
}

static bool begins_at(const struct words *words, const struct span *span)
{
	return words->count && !span_compare(&words->items[0].span, span);
}

/* Is that the place of one of the keys that order? Lists are replaced whole: their begin counts. */
static bool says_at(const struct program *said, const struct span *span)
{
	const struct flag *flags[] = { &said->first, &said->last, &said->unmodified_input };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i]->written && !span_compare(&flags[i]->span, span))
			return true;
	return (said->stage.written && !span_compare(&said->stage.span, span)) ||
	       begins_at(&said->before, span) || begins_at(&said->after, span);
}

/* Each key has the strength of the file that says it, or of the chains entry that overrides it. */
static enum strength strength_at(const struct collector *collector, const struct program *program,
				 const struct span *span)
{
	for (size_t i = 0; i < collector->rules->count; i++) {
		const struct selected_rule *rule = &collector->rules->items[i];
		const struct program *said = rule_override(rule->rule, program->name);

		if (said && says_at(said, span))
			return rule->strength;
	}
	return span->source && span->source->tier == TIER_HINT ? STRENGTH_HINT : STRENGTH_POLICY;
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
			statement->strength = rule->strength;
			statement->other_span = order->items[j].span;
		}
	}
}

static void collect_names(struct collector *collector, unsigned int member,
			  const struct words *names, enum statement_kind kind)
{
	const struct program *program = collector->members->items[member];
	enum strength strength =
		names->count ? strength_at(collector, program, &names->items[0].span) : 0;

	for (size_t i = 0; i < names->count; i++) {
		int other = find_member(collector->members, names->items[i].text);
		unsigned int from = kind == STATEMENT_BEFORE ? member : (unsigned int)other;
		unsigned int to = kind == STATEMENT_BEFORE ? (unsigned int)other : member;

		if (other >= 0)
			push_edge(collector, from, to, kind, names->items[i].span)->strength =
				strength;
	}
}

static bool names_program(const struct words *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i].text, name))
			return true;
	return false;
}

/*
 * What is first (or last) yields to a readonly program that says `before` (or `after`) it, if that
 * is said with no less right.
 */
static bool yields(const struct collector *collector, const struct program *end,
		   const struct program *other, enum statement_kind kind, enum strength strength)
{
	const struct words *names = kind == STATEMENT_FIRST ? &other->before : &other->after;

	return other->readonly.value && names_program(names, end->name) &&
	       strength_at(collector, other, &names->items[0].span) <= strength;
}

static void collect_end(struct collector *collector, unsigned int member, const struct flag *flag,
			enum statement_kind kind)
{
	const struct program *program = collector->members->items[member];
	enum strength strength = flag->value ? strength_at(collector, program, &flag->span) : 0;

	for (unsigned int other = 0; flag->value && other < collector->members->count; other++) {
		unsigned int from = kind == STATEMENT_FIRST ? member : other;
		unsigned int to = kind == STATEMENT_FIRST ? other : member;

		if (other != member &&
		    !yields(collector, program, collector->members->items[other], kind, strength))
			push_edge(collector, from, to, kind, flag->span)->strength = strength;
	}
}

/* Whatever may write packets comes after what wants to see them as they arrived. */
static void collect_unmodified(struct collector *collector, unsigned int member)
{
	const struct members *members = collector->members;
	const struct program *program = members->items[member];
	const struct flag *flag = &program->unmodified_input;
	enum strength strength = flag->value ? strength_at(collector, program, &flag->span) : 0;

	for (unsigned int other = 0; flag->value && other < members->count; other++)
		if (other != member && !members->items[other]->readonly.value)
			push_edge(collector, member, other, STATEMENT_UNMODIFIED, flag->span)
				->strength = strength;
}

/* Only between two written stages: a default breaks ties and states nothing. */
static void collect_stage(struct collector *collector, unsigned int member,
			  const enum strength *strengths)
{
	const struct program *program = collector->members->items[member];

	for (unsigned int i = 0; program->stage.written && i < collector->members->count; i++) {
		const struct program *other = collector->members->items[i];
		struct statement *statement;

		if (!other->stage.written || program->stage.value >= other->stage.value)
			continue;
		statement = push_edge(collector, member, i, STATEMENT_STAGE, program->stage.span);
		statement->strength = strengths[member] > strengths[i] ? strengths[member]
								       : strengths[i];
		statement->other_span = other->stage.span;
	}
}

static void collect_stages(struct collector *collector)
{
	const struct members *members = collector->members;
	enum strength *strengths = arena_array(collector->arena, enum strength, members->count);

	for (size_t i = 0; i < members->count; i++)
		if (members->items[i]->stage.written)
			strengths[i] = strength_at(collector, members->items[i],
						   &members->items[i]->stage.span);
	for (unsigned int i = 0; i < members->count; i++)
		collect_stage(collector, i, strengths);
}

struct edges edges_collect(struct arena *arena, const struct members *members,
			   const struct rules *rules)
{
	struct collector collector = { .arena = arena, .members = members, .rules = rules };

	for (size_t i = 0; i < rules->count; i++)
		collect_order(&collector, &rules->items[i]);
	for (unsigned int i = 0; i < members->count; i++) {
		const struct program *program = members->items[i];

		collect_names(&collector, i, &program->before, STATEMENT_BEFORE);
		collect_names(&collector, i, &program->after, STATEMENT_AFTER);
		collect_end(&collector, i, &program->first, STATEMENT_FIRST);
		collect_end(&collector, i, &program->last, STATEMENT_LAST);
		collect_unmodified(&collector, i);
	}
	collect_stages(&collector);
	if (collector.edges.count)
		qsort(collector.edges.items, collector.edges.count, sizeof(struct edge),
		      compare_edges);
	return collector.edges;
}
