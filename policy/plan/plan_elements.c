/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_elements.h"

#include <stdlib.h>
#include <string.h>

#include "policy/order/edges.h"
#include "policy/order/reason.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_refused.h"
#include "policy/plan/plan_verify.h"

struct elements {
	struct planned_element *items;
	size_t count;
};

/* One hook while its elements are put together. */
struct merge {
	struct arena *arena;
	const struct planned_chain *chain;
	const struct manifest *before; /* never NULL */
	const struct manifest *after; /* never NULL */
	const struct program **entries; /* beside the hook's programs: who means it, or NULL */
	size_t in_front; /* foreign programs before our place on the hook */
	size_t foreign_count;
	struct elements elements;
};

/* An element of the chain before, for finding it by name. */
struct former {
	const char *name;
	size_t place; /* in that chain, from 1 */
};

static int compare_formers(const void *a, const void *b)
{
	return strcmp(((const struct former *)a)->name, ((const struct former *)b)->name);
}

/* For each element of `after` its place in `before`, from 1; 0 if it was not there. */
static size_t *find_places(struct arena *arena, const struct manifest *before,
			   const struct manifest *after)
{
	struct former *formers = arena_array(arena, struct former, before->count);
	size_t *places = arena_array(arena, size_t, after->count);

	for (size_t i = 0; i < before->count; i++)
		formers[i] = (struct former){ before->items[i].name, i + 1 };
	qsort(formers, before->count, sizeof(*formers), compare_formers);
	for (size_t i = 0; i < after->count; i++) {
		struct former key = { .name = after->items[i].name };
		struct former *found =
			bsearch(&key, formers, before->count, sizeof(*formers), compare_formers);

		places[i] = found ? found->place : 0;
	}
	return places;
}

/*
 * Which of the kept elements moved: those outside a longest run that kept its order. Of several
 * such runs the one that stood furthest in front stays, so that what came forward is what is said
 * to have moved: of [a b] become [b a] that is b.
 */
static bool *find_moved(struct arena *arena, const size_t *places, size_t count)
{
	/* tails[k] ends, of all runs of k + 1 elements so far, the one that ends furthest in front. */
	size_t *tails = arena_array(arena, size_t, count);
	size_t *previous = arena_array(arena, size_t, count);
	bool *moved = arena_array(arena, bool, count);
	size_t longest = 0;

	for (size_t i = 0; i < count; i++) {
		size_t low = 0;
		size_t high = longest;

		if (!places[i])
			continue;
		while (low < high) {
			size_t middle = (low + high) / 2;

			if (places[tails[middle]] < places[i])
				low = middle + 1;
			else
				high = middle;
		}
		previous[i] = low ? tails[low - 1] : count;
		tails[low] = i;
		longest += low == longest;
		moved[i] = true;
	}
	for (size_t i = longest ? tails[longest - 1] : count; i < count; i = previous[i])
		moved[i] = false;
	return moved;
}

/*
 * The policy's element of that name, at or behind *cursor: a manifest follows the order of its
 * chain, though elements that cannot run may be left out. NULL for a last good chain, which is not
 * the policy's.
 */
static const struct element *find_element(const struct planned_chain *chain, const char *name,
					  size_t *cursor)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;

	if (!resolved || resolved->blocked || chain->desired->blocked)
		return NULL;
	for (size_t i = *cursor; i < resolved->count; i++) {
		if (strcmp(resolved->elements[i].program->name, name))
			continue;
		*cursor = i + 1;
		return &resolved->elements[i];
	}
	return NULL;
}

/*
 * The first two elements have the same reason for standing where they do: it is told once, in the
 * line of the program that gives it, or in the first one's if a chains entry does.
 */
static bool told_elsewhere(const struct element *previous, const struct element *element)
{
	const struct statement *statement = &element->statement;
	bool told_by_second = statement_owner(statement) == statement->second;

	if (element->reason != REASON_STATEMENT)
		return false;
	if (!previous)
		return told_by_second;
	return !told_by_second && previous->reason == REASON_STATEMENT &&
	       !statement_compare(&previous->statement, statement);
}

/* That nothing but the name decided is no reason that anybody wrote: explain tells it, not plan. */
static void add_reason(struct merge *merge, struct planned_element *planned,
		       const struct element *element)
{
	const struct chain *resolved = merge->chain->desired->chain;
	const struct element *previous = element > resolved->elements ? element - 1 : NULL;

	if (element->reason == REASON_ONLY || element->reason == REASON_NAME ||
	    told_elsewhere(previous, element))
		return;
	planned->why = element->reason == REASON_STATEMENT
			       ? statement_said(merge->arena, &element->statement, element->program)
			       : element_reason(merge->arena, previous, element);
	planned->span = element_span(previous, element);
}

static const char *object_words(struct arena *arena, const char *path,
				const struct manifest_element *old,
				const struct manifest_element *new)
{
	if (!old || old->missing)
		return arena_printf(arena, "%s %.8s", path, new->digest);
	if (strcmp(old->digest, new->digest))
		return arena_printf(arena, "%s %.8s -> %.8s", path, old->digest, new->digest);
	return arena_printf(arena, "%s function %s -> %s", path, old->function, new->function);
}

/* A program that runs in a last good chain is not the policy's, and nothing is said of it. */
static const char *became(const struct merge *merge, const char *name)
{
	return merge->chain->incomplete
		       ? missing_words(merge->arena, &merge->chain->desired->missing, name)
		       : NULL;
}

static bool was_there(const struct merge *merge, const char *name)
{
	for (size_t i = 0; i < merge->before->count; i++)
		if (!strcmp(merge->before->items[i].name, name))
			return true;
	return false;
}

/* Of the policy's elements from `from` up to `to` those of ours that cannot be there. */
static void add_left_out(struct merge *merge, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct program *program = merge->chain->desired->chain->elements[i].program;
		struct planned_element *planned;

		/* What goes away has a line of its own. */
		if (program_is_attached(program) || was_there(merge, program->name))
			continue;
		planned = list_push(merge->arena, &merge->elements);
		planned->name = program->name;
		planned->change = CHANGE_LEFT_OUT;
		planned->missing = became(merge, program->name);
	}
}

static void add_ours(struct merge *merge, const struct manifest_element *new,
		     const struct manifest_element *old, bool moved, const struct element *element)
{
	struct planned_element *planned = list_push(merge->arena, &merge->elements);
	const char *path = element ? element->program->object.text : "object";

	planned->name = new->name;
	if (new->missing)
		planned->missing = became(merge, new->name);
	if (old)
		planned->was =
			(unsigned int)(merge->in_front + 1 + (size_t)(old - merge->before->items));
	if (!old)
		planned->change = CHANGE_ATTACH;
	else if (!manifest_same_code(old, new))
		planned->change = CHANGE_REPLACE;
	else
		planned->change = moved ? CHANGE_MOVE : CHANGE_KEEP;
	if ((planned->change == CHANGE_ATTACH || planned->change == CHANGE_REPLACE) &&
	    !new->missing)
		planned->object = object_words(merge->arena, path, old, new);
	if (!element)
		return;
	add_reason(merge, planned, element);
	planned->program = element->program;
	planned->judgement = element->judgement;
}

/* The chain as it will be, then what goes away, in the order that it had. */
static void add_chain(struct merge *merge)
{
	size_t *places = find_places(merge->arena, merge->before, merge->after);
	bool *moved = find_moved(merge->arena, places, merge->after->count);
	bool *stays = arena_array(merge->arena, bool, merge->before->count);
	size_t cursor = 0;

	for (size_t i = 0; i < merge->after->count; i++) {
		const struct manifest_element *new = &merge->after->items[i];
		const struct manifest_element *old = NULL;
		const struct element *element;
		size_t from = cursor;

		if (places[i]) {
			old = &merge->before->items[places[i] - 1];
			stays[places[i] - 1] = true;
		}
		element = find_element(merge->chain, new->name, &cursor);
		if (merge->chain->incomplete && element)
			add_left_out(merge, from, cursor - 1);
		add_ours(merge, new, old, moved[i], element);
	}
	if (merge->chain->incomplete)
		add_left_out(merge, cursor, merge->chain->desired->chain->count);
	for (size_t i = 0; i < merge->before->count; i++) {
		struct planned_element *planned;

		if (stays[i])
			continue;
		planned = list_push(merge->arena, &merge->elements);
		planned->name = merge->before->items[i].name;
		planned->change = CHANGE_DETACH;
		planned->was = (unsigned int)(merge->in_front + i + 1);
		planned->missing = became(merge, planned->name);
		if (!planned->missing)
			planned->why = "no longer wanted here";
	}
}

/* Where the foreign program behind the first `skip` of them is among all programs. */
static size_t find_foreign(const struct observed_hook *hook, size_t skip)
{
	size_t at = 0;

	while (hook->programs[at].ours || skip--)
		at++;
	return at;
}

static void add_foreign(struct merge *merge, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		size_t at = find_foreign(merge->chain->observed, i);
		const struct observed_program *program = &merge->chain->observed->programs[at];
		const struct program *entry = merge->entries[at];
		struct planned_element *planned = list_push(merge->arena, &merge->elements);

		planned->name = *program->name ? program->name : "?";
		planned->change = CHANGE_FOREIGN;
		planned->foreign_id = program->id;
		planned->refuted = program->changes;
		planned->program = entry;
		planned->why = arena_printf(merge->arena, "foreign, id %u%s%s, stays where it is",
					    program->id, entry ? ", for " : "",
					    entry ? entry->name : "");
	}
}

/* A new link goes to the head, so what is foreign comes in front only if it got there later. */
static void count_foreign(struct merge *merge)
{
	const struct observed_hook *hook = merge->chain->observed;
	bool seen = false;

	for (size_t i = 0; i < hook->program_count; i++) {
		seen |= hook->programs[i].ours;
		merge->foreign_count += !hook->programs[i].ours;
		merge->in_front += !hook->programs[i].ours && !seen;
	}
	if (!seen)
		merge->in_front = 0;
}

static void number_elements(struct elements *elements)
{
	unsigned int position = 0;

	for (size_t i = 0; i < elements->count; i++)
		if (elements->items[i].change != CHANGE_DETACH &&
		    elements->items[i].change != CHANGE_LEFT_OUT)
			elements->items[i].position = ++position;
}

void plan_elements(struct arena *arena, struct planned_chain *chain, const struct manifest *target,
		   struct diags *diags)
{
	static const struct manifest empty;
	const struct manifest *running = observed_running(chain->observed);
	struct merge merge = {
		.arena = arena,
		.chain = chain,
		.before = running ? running : &empty,
		.after = target ? target : &empty,
		.entries = attached_entries(arena, chain->desired, chain->observed),
	};

	count_foreign(&merge);
	add_foreign(&merge, 0, merge.in_front);
	add_chain(&merge);
	add_foreign(&merge, merge.in_front, merge.foreign_count);
	number_elements(&merge.elements);
	chain->elements = merge.elements.items;
	chain->count = merge.elements.count;
	plan_verify(arena, chain, diags);
	plan_refused(arena, chain);
}
