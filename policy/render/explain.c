/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare_absentees(const void *a, const void *b)
{
	const struct absentee *x = a;
	const struct absentee *y = b;

	if (x->absence.kind != y->absence.kind)
		return x->absence.kind < y->absence.kind ? -1 : 1;
	return strcmp(x->program->name, y->program->name);
}

/* The element of that name: the program may be a copy, with what overrides say. NULL: none. */
static const struct element *find_element(const struct chain *chain, const char *name)
{
	for (size_t i = 0; chain && i < chain->count; i++)
		if (!strcmp(chain->elements[i].program->name, name))
			return &chain->elements[i];
	return NULL;
}

struct absentees explain_absentees(struct arena *arena, const struct policy *policy,
				   const struct chain *chain)
{
	struct absentees absentees = { 0 };

	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];
		struct absence absence;

		if (find_element(chain, program->name))
			continue;
		absence = absence_of(arena, policy, program, chain->interface, chain->hook);
		if (absence.kind == ABSENCE_NONE ||
		    (!(program->hooks & (1u << chain->hook)) && absence.kind != ABSENCE_OTHER_HOOK))
			continue;
		*list_push(arena, &absentees) = (struct absentee){ program, absence };
	}
	if (absentees.count)
		qsort(absentees.items, absentees.count, sizeof(*absentees.items),
		      compare_absentees);
	return absentees;
}

static unsigned int element_index(const struct chain *chain, const struct program *program)
{
	unsigned int at = 0;

	while (chain->elements[at].program != program)
		at++;
	return at;
}

struct contest contest_new(struct arena *arena, const struct chain *chain)
{
	size_t pairs = chain->count * chain->count;

	return (struct contest){
		.chain = chain,
		.stronger = graph_new(arena, (unsigned int)chain->count),
		.between = arena_array(arena, const struct statement *, pairs),
	};
}

/* Both lists are sorted by strength: what is stronger than this one is a prefix of the applied. */
static void add_stronger(struct contest *contest, enum strength strength)
{
	const struct chain *chain = contest->chain;

	for (; contest->next < chain->applied.count; contest->next++) {
		const struct statement *statement = &chain->applied.items[contest->next];
		unsigned int from = element_index(chain, statement->first);
		unsigned int to = element_index(chain, statement->second);
		const struct statement **between = &contest->between[from * chain->count + to];

		if (statement->strength >= strength)
			break;
		graph_add(&contest->stronger, from, to);
		if (!*between)
			*between = statement;
	}
}

struct statements contest_winners(struct arena *arena, struct contest *contest,
				  const struct statement *overridden)
{
	const struct chain *chain = contest->chain;
	unsigned int nodes[GRAPH_MAX_NODES + 1];
	struct statements path = { 0 };
	unsigned int length;

	add_stronger(contest, overridden->strength);
	length = graph_path(&contest->stronger, element_index(chain, overridden->second),
			    element_index(chain, overridden->first), nodes);
	for (unsigned int i = 0; i < length; i++)
		*list_push(arena, &path) =
			*contest->between[nodes[i] * chain->count + nodes[i + 1]];
	return path;
}

static const char *how_linked(const struct observed *observed, const struct chain *chain,
			      const char *name)
{
	const struct observed_hook *hook =
		observed ? observed_find(observed, chain->interface->name, chain->hook) : NULL;
	const struct manifest *running = hook ? observed_running(hook) : NULL;

	for (size_t i = 0; running && i < running->count; i++)
		if (!strcmp(running->items[i].name, name))
			return running->items[i].linked;
	return NULL;
}

/* One for each hook on which it is; without any, one that says why. */
static void add_positions(struct arena *arena, const struct resolution *resolution,
			  const struct interface *interface, const struct observed *observed,
			  const struct program *program, struct positions *positions)
{
	struct position absent = { .interface = interface };
	bool found = false;

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		const struct chain *chain = chains_find(&resolution->chains, interface->name, hook);
		const struct element *element = find_element(chain, program->name);

		if (!(program->hooks & (1u << hook)))
			continue;
		if (!element) {
			absent.absence =
				absence_of(arena, resolution->policy, program, interface, hook);
			continue;
		}
		*list_push(arena, positions) =
			(struct position){ .interface = interface,
					   .chain = chain,
					   .at = (size_t)(element - chain->elements),
					   .linked = how_linked(observed, chain, program->name) };
		found = true;
	}
	if (!found)
		*list_push(arena, positions) = absent;
}

struct positions explain_positions(struct arena *arena, const struct resolution *resolution,
				   const struct interfaces *interfaces,
				   const struct observed *observed, const struct program *program)
{
	struct positions positions = { 0 };

	for (size_t i = 0; i < interfaces->count; i++)
		add_positions(arena, resolution, &interfaces->items[i], observed, program,
			      &positions);
	return positions;
}

bool explain_waits(const struct waiting *waiting, const struct program *program)
{
	for (size_t i = 0; i < waiting->count; i++)
		if (waiting->items[i] == program)
			return true;
	return false;
}

const struct desired *explain_missing(const struct desires *desires, const struct chain *chain)
{
	for (size_t i = 0; desires && i < desires->count; i++) {
		const struct desired *desired = &desires->items[i];

		if (!hook_compare(desired->interface, desired->hook, chain->interface->name,
				  chain->hook))
			return desired->missing.count ? desired : NULL;
	}
	return NULL;
}

const char *explain_missing_words(struct arena *arena, const struct desired *desired,
				  const struct missing_program *program)
{
	if (desired->blocked)
		return arena_printf(arena, "its hook keeps generation %" PRIu64,
				    desired->kept_generation);
	return missing_effect(arena, &desired->missing, program);
}
