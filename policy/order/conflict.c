/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/conflict.h"

#include <stdlib.h>
#include <string.h>

#include "policy/order/edges.h"

/* So many of those that an exclusive program has beside it are named. */
enum { COMPANY_NAMED = 5 };

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* Too many is too many, whoever they are; who is not alone is told who the others are. */
static int compare_members(const struct chain *a, const struct chain *b)
{
	int order = compare_numbers(a->count, b->count);

	if (a->code != DIAG_EXCLUSIVE_VIOLATED)
		return order;
	if (!order)
		order = strcmp(a->culprit->name, b->culprit->name);
	for (size_t i = 0; !order && i < a->count; i++)
		order = strcmp(a->elements[i].program->name, b->elements[i].program->name);
	return order;
}

/* 0 if both are blocked for the same reason on the same hook of two interfaces. */
static int compare_causes(const struct chain *a, const struct chain *b)
{
	int order = compare_numbers(a->hook, b->hook);

	if (!order)
		order = compare_numbers(a->code, b->code);
	if (!order)
		order = compare_numbers(a->conflict.count, b->conflict.count);
	if (!order && !a->conflict.count)
		order = compare_members(a, b);
	for (size_t i = 0; !order && i < a->conflict.count; i++)
		order = statement_compare(&a->conflict.items[i], &b->conflict.items[i]);
	return order;
}

static int compare_chains(const void *a, const void *b)
{
	const struct chain *x = *(const struct chain *const *)a;
	const struct chain *y = *(const struct chain *const *)b;
	int order = compare_causes(x, y);

	return order ? order : strcmp(x->interface->name, y->interface->name);
}

static bool by_order_alone(const struct statements *statements)
{
	for (size_t i = 0; i < statements->count; i++)
		if (statements->items[i].kind != STATEMENT_ORDER)
			return false;
	return true;
}

static bool has_kind(const struct statements *statements, enum statement_kind kind)
{
	for (size_t i = 0; i < statements->count; i++)
		if (statements->items[i].kind == kind)
			return true;
	return false;
}

const char *conflict_help(const struct chain *chain)
{
	switch (chain->code) {
	case DIAG_EXCLUSIVE_VIOLATED:
		return "leave this interface out of the 'interfaces' of the others, or remove "
		       "'exclusive: true'";
	case DIAG_TOO_MANY_PROGRAMS:
		return "narrow the 'interfaces' of some, or set 'enabled: false'";
	case DIAG_BOND_AND_PORT:
		return "leave the bond, or its ports, out of 'interfaces'";
	case DIAG_ORDER_CYCLE:
		break;
	default:
		return "let the chains entries for this hook agree";
	}
	if (has_kind(&chain->conflict, STATEMENT_UNMODIFIED))
		return "remove any one of them (smallest conflicting set shown); 'order' does not "
		       "beat 'unmodified_input', but a program that only watches may be 'readonly'";
	if (by_order_alone(&chain->conflict))
		return "remove any one of them (smallest conflicting set shown)";
	return "remove any one of them (smallest conflicting set shown), or decide with 'order' "
	       "in a chains entry";
}

const char *conflict_reason(const struct chain *chain)
{
	switch (chain->code) {
	case DIAG_EXCLUSIVE_VIOLATED:
		return "a program that is exclusive is not alone";
	case DIAG_TOO_MANY_PROGRAMS:
		return "more programs than a chain takes";
	case DIAG_BOND_AND_PORT:
		return "XDP programs for a bond and for its port";
	case DIAG_ORDER_CYCLE:
		return "no order satisfies its statements";
	default:
		return "its chains entries contradict each other";
	}
}

/* "eth0, eth1 tcx-ingress" */
static const char *name_hooks(struct arena *arena, const struct chain **chains, size_t count)
{
	const char **names = arena_array(arena, const char *, count);
	struct text text = TEXT(arena);

	for (size_t i = 0; i < count; i++)
		names[i] = chains[i]->interface->name;
	text_add_few(&text, names, count);
	text_printf(&text, " %s", hook_name(chains[0]->hook));
	return text_string(&text);
}

static void report_cycle(struct diags *diags, const struct statements *conflict, const char *hooks,
			 const char *help)
{
	size_t count = conflict->count;
	struct diag *diag;

	if (count == 1)
		diag = diag_error(diags, DIAG_ORDER_CYCLE, (struct span){ 0 },
				  "no order on %s satisfies this statement", hooks);
	else
		diag = diag_error(diags, DIAG_ORDER_CYCLE, (struct span){ 0 },
				  "no order on %s satisfies these %zu statements", hooks, count);
	for (size_t i = 0; i < count; i++) {
		const struct statement *statement = &conflict->items[i];

		diag_place(diags, diag, statement->span, "%s must run before %s",
			   statement->first->name, statement->second->name);
		if (statement->kind == STATEMENT_STAGE)
			diag_place(diags, diag, statement->other_span,
				   "since %s has the later stage", statement->second->name);
	}
	diag_help(diags, diag, "%s", help);
}

/* Nobody said who has to go; by name, one is the first that finds no room. */
static void report_too_many(struct diags *diags, const struct chain *chain, const char *hooks)
{
	const struct program *program = chain->elements[CHAIN_MAX_ELEMENTS].program;
	struct diag *diag = diag_error(diags, DIAG_TOO_MANY_PROGRAMS, (struct span){ 0 },
				       "%zu programs on %s, but a chain takes at most %d",
				       chain->count, hooks, CHAIN_MAX_ELEMENTS);

	diag_place(diags, diag, program->span, "by name, '%s' is the first without room",
		   program->name);
	diag_help(diags, diag, "%s", conflict_help(chain));
}

/* The program that would be alone, and with whom it is not. */
static void report_company(struct diags *diags, const struct chain *chain, const char *hooks)
{
	const struct program *culprit = chain->culprit;
	struct diag *diag = diag_error(diags, DIAG_EXCLUSIVE_VIOLATED, culprit->exclusive.span,
				       "'%s' wants %s for itself, and is not alone there",
				       culprit->name, hooks);
	size_t named = 0;

	diag->program = culprit->name;
	diag_label(diags, diag, "%s is exclusive", culprit->name);
	for (size_t i = 0; i < chain->count && named < COMPANY_NAMED; i++) {
		const struct program *other = chain->elements[i].program;

		if (other == culprit)
			continue;
		named++;
		diag_place(diags, diag, other->span, "%s is there too", other->name);
	}
	if (chain->count > named + 1)
		diag_detail(diags, diag, "and %zu more", chain->count - named - 1);
	diag_help(diags, diag, "%s", conflict_help(chain));
}

static void report_group(struct diags *diags, const struct chain **chains, size_t count)
{
	const struct chain *chain = chains[0];
	const char *hooks = name_hooks(diags->arena, chains, count);

	if (chain->code == DIAG_ORDER_CYCLE) {
		report_cycle(diags, &chain->conflict, hooks, conflict_help(chain));
		return;
	}
	if (chain->code == DIAG_EXCLUSIVE_VIOLATED) {
		report_company(diags, chain, hooks);
		return;
	}
	report_too_many(diags, chain, hooks);
}

/* What else blocks a chain is told by whoever finds it. */
static bool is_told_here(const struct chain *chain)
{
	return chain->blocked &&
	       (chain->code == DIAG_ORDER_CYCLE || chain->code == DIAG_TOO_MANY_PROGRAMS ||
		chain->code == DIAG_EXCLUSIVE_VIOLATED);
}

void conflicts_report(const struct chains *chains, struct diags *diags)
{
	struct {
		const struct chain **items;
		size_t count;
	} blocked = { 0 };
	size_t end;

	for (size_t i = 0; i < chains->count; i++)
		if (is_told_here(&chains->items[i]))
			*list_push(diags->arena, &blocked) = &chains->items[i];
	if (!blocked.count)
		return;
	qsort(blocked.items, blocked.count, sizeof(*blocked.items), compare_chains);
	for (size_t start = 0; start < blocked.count; start = end) {
		for (end = start + 1; end < blocked.count; end++)
			if (compare_causes(blocked.items[start], blocked.items[end]))
				break;
		report_group(diags, &blocked.items[start], end - start);
	}
}
