/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "policy/model/override.h"
#include "policy/order/bond.h"
#include "policy/order/conflict.h"
#include "policy/order/edges.h"
#include "policy/order/lint.h"
#include "policy/order/order.h"
#include "policy/order/waiting.h"

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Both point into one array of the policy, whose order is that of names and places. */
static int compare_addresses(const void *a, const void *b)
{
	return ((const char *)a > (const char *)b) - ((const char *)a < (const char *)b);
}

/* 0 if the two hooks must have the same order, having the same programs and rules. */
static int compare_content(const struct selected *a, const struct selected *b)
{
	int order = compare_numbers(a->hook, b->hook);

	if (!order)
		order = compare_numbers(a->members.count, b->members.count);
	if (!order)
		order = compare_numbers(a->rules.count, b->rules.count);
	for (size_t i = 0; !order && i < a->members.count; i++)
		order = compare_addresses(a->members.items[i], b->members.items[i]);
	for (size_t i = 0; !order && i < a->rules.count; i++) {
		order = compare_addresses(a->rules.items[i].rule, b->rules.items[i].rule);
		if (!order)
			order = (int)a->rules.items[i].strength - (int)b->rules.items[i].strength;
	}
	return order;
}

static int compare_selected(const void *a, const void *b)
{
	const struct selected *x = *(const struct selected *const *)a;
	const struct selected *y = *(const struct selected *const *)b;
	int order = compare_content(x, y);

	return order ? order : strcmp(x->interface->name, y->interface->name);
}

/* The programs as they count on this hook: with what overrides say, and only the enabled ones. */
static struct members count_members(struct arena *arena, const struct selected *selected,
				    struct diags *diags)
{
	struct members members = { 0 };

	for (size_t i = 0; i < selected->members.count; i++) {
		const struct program *program =
			program_on(arena, &selected->rules, selected->members.items[i], diags);

		if (program->enabled.value)
			*list_push(arena, &members) = program;
	}
	return members;
}

static void resolve_chain(struct arena *arena, const struct selected *selected, struct chain *chain,
			  struct diags *diags)
{
	struct diags found = DIAGS(diags->arena);
	struct members members = count_members(arena, selected, &found);

	settings_on(&selected->rules, chain, &found);
	order_members(arena, &members, &selected->rules, chain);
	if (diags_have_errors(&found))
		chain_block(chain, &members, found.items[0].code);
	/* Contradicting overrides are the same on many hooks. */
	diags_append_new(diags, &found);
}

/* An override may have switched off all for which the hook was meant. */
static void drop_empty(struct chains *chains)
{
	size_t kept = 0;

	for (size_t i = 0; i < chains->count; i++) {
		const struct chain *chain = &chains->items[i];
		bool meant = chain->others.value != OTHERS_KEEP;

		for (size_t j = 0; j < chain->count; j++)
			meant = meant || chain->elements[j].program->interfaces.count;
		if (meant)
			chains->items[kept++] = *chain;
	}
	chains->count = kept;
}

/* Many interfaces have the very same programs: each distinct content is ordered once. */
static struct chains resolve_chains(struct arena *arena, const struct selection *selection,
				    struct diags *diags)
{
	const struct selected **sorted =
		arena_array(arena, const struct selected *, selection->count);
	struct chains chains = {
		arena_array(arena, struct chain, selection->count),
		selection->count,
	};
	struct chain *previous = NULL;

	for (size_t i = 0; i < selection->count; i++)
		sorted[i] = &selection->items[i];
	qsort(sorted, selection->count, sizeof(*sorted), compare_selected);
	for (size_t i = 0; i < selection->count; i++) {
		struct chain *chain = &chains.items[sorted[i] - selection->items];

		if (previous && !compare_content(sorted[i - 1], sorted[i]))
			*chain = *previous;
		else
			resolve_chain(arena, sorted[i], chain, diags);
		chain->interface = sorted[i]->interface;
		chain->hook = sorted[i]->hook;
		previous = chain;
	}
	drop_empty(&chains);
	return chains;
}

struct resolution *resolve(struct arena *arena, const struct policy *policy,
			   const struct interfaces *interfaces, struct diags *diags)
{
	struct resolution *resolution = arena_alloc(arena, sizeof(*resolution));
	struct selection selection = select_programs(arena, policy, interfaces);

	resolution->policy = policy;
	resolution->chains = resolve_chains(arena, &selection, diags);
	resolution->waiting = selection.waiting;
	bonds_block(arena, &resolution->chains, diags);
	conflicts_report(&resolution->chains, diags);
	waiting_report(resolution, interfaces, diags);
	lint(resolution, diags);
	return resolution;
}

static int compare_chain(const void *key, const void *item)
{
	const struct chain *wanted = key;
	const struct chain *chain = item;
	int order = strcmp(wanted->interface->name, chain->interface->name);

	return order ? order : compare_numbers(wanted->hook, chain->hook);
}

const struct program *chain_first_ours(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (!program_is_attached(chain->elements[i].program))
			return chain->elements[i].program;
	return NULL;
}

const struct chain *chains_find(const struct chains *chains, const char *interface, enum hook hook)
{
	struct interface wanted = { .name = interface };
	struct chain key = { .interface = &wanted, .hook = hook };

	return bsearch(&key, chains->items, chains->count, sizeof(key), compare_chain);
}
