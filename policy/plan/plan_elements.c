/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_elements.h"

#include <stdlib.h>
#include <string.h>

#include "policy/order/edges.h"
#include "policy/order/reason.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_refused.h"
#include "policy/plan/plan_verify.h"
#include "policy/plan/takeover.h"

struct elements {
	struct planned_element *items;
	size_t count;
};

/* The hook before or after. */
struct side {
	const struct manifest *chain; /* never NULL */
	size_t *gaps; /* beside its elements: so many foreign programs run before it */
	const unsigned int *marks; /* of the foreign programs that are elements of it; NULL: none */
};

/* One hook while its elements are put together. */
struct merge {
	struct arena *arena;
	const struct planned_chain *chain;
	struct side before;
	struct side after;
	const struct program **entries; /* beside the hook's programs: who means it, or NULL */
	size_t foreign; /* how many of the foreign programs have their line */
	struct elements elements;
};

static struct side side_of(struct arena *arena, const struct placement *placement)
{
	static const struct manifest empty;
	struct side side = { .chain = placement->whole ? placement->whole : &empty,
			     .marks = placement->marks };
	size_t at = 0;

	side.gaps = arena_array(arena, size_t, side.chain->count);
	for (size_t i = 0; placement->whole && i < placement->count; i++)
		for (size_t j = 0; j < placement->items[i].manifest->count; j++)
			side.gaps[at++] = placement->items[i].gap;
	return side;
}

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
 * The policy's element of that name. *cursor is behind the last one so far: a manifest follows the
 * order of its chain, unless foreign programs make another one of it. NULL for a last good chain, which is not
 * the policy's.
 */
static const struct element *find_element(const struct planned_chain *chain, const char *name,
					  size_t *cursor)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;

	if (!resolved || resolved->blocked || chain->desired->blocked)
		return NULL;
	for (size_t i = 0; i < resolved->count; i++) {
		if (strcmp(resolved->elements[i].program->name, name))
			continue;
		*cursor = i + 1 > *cursor ? i + 1 : *cursor;
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
	for (size_t i = 0; i < merge->before.chain->count; i++)
		if (!strcmp(merge->before.chain->items[i].name, name))
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

/* So many of the first foreign programs are no elements. */
static size_t apart(const struct side *side, size_t foreign)
{
	size_t count = 0;

	for (size_t i = 0; i < foreign; i++)
		count += !side->marks || !side->marks[i];
	return count;
}

/* Elements and foreign programs counted together. */
static unsigned int was_at(const struct merge *merge, size_t at)
{
	return (unsigned int)(apart(&merge->before, merge->before.gaps[at]) + at + 1);
}

/* The place of a foreign program that becomes an element, before it does; 0: it was not there. */
static unsigned int foreign_was_at(const struct merge *merge, uint32_t program)
{
	const struct observed_hook *hook = merge->chain->observed;
	const struct side *before = &merge->before;
	size_t foreign = 0, ours = 0;

	for (size_t i = 0; i < hook->program_count; i++) {
		if (hook->programs[i].ours)
			continue;
		if (hook->programs[i].id == program && !hook->programs[i].mark)
			break;
		if (++foreign == foreign_count(hook))
			return 0;
	}
	while (ours < before->chain->count && before->gaps[ours] <= foreign)
		ours++;
	return (unsigned int)(apart(before, foreign) + ours + 1);
}

/* Which link it is of, as long as that is known. */
static const char *absorbed_words(const struct merge *merge, uint32_t program)
{
	const struct observed_hook *hook = merge->chain->observed;

	for (size_t i = 0; hook->hook != HOOK_XDP && i < hook->program_count; i++)
		if (!hook->programs[i].ours && hook->programs[i].id == program)
			return arena_printf(merge->arena, "foreign, id %u of link %u, absorbed",
					    program, hook->programs[i].link_id);
	return arena_printf(merge->arena, "foreign, id %u, absorbed", program);
}

static void add_ours(struct merge *merge, const struct manifest_element *new,
		     const struct manifest_element *old, bool moved, const struct element *element)
{
	struct planned_element *planned = list_push(merge->arena, &merge->elements);
	const char *path = element ? element->program->object.text : "object";

	planned->name = new->name;
	planned->absorbed_id = new->program;
	planned->running = old;
	if (new->missing)
		planned->missing = became(merge, new->name);
	if (old)
		planned->was = was_at(merge, (size_t)(old - merge->before.chain->items));
	else if (new->absorbed && merge->chain->hook != HOOK_XDP)
		planned->was = foreign_was_at(merge, new->program);
	if (!old)
		planned->change = planned->was ? CHANGE_MOVE : CHANGE_ATTACH;
	else if (!manifest_same_code(old, new) || old->program != new->program)
		planned->change = CHANGE_REPLACE;
	else
		planned->change = moved ? CHANGE_MOVE : CHANGE_KEEP;
	if ((planned->change == CHANGE_ATTACH || planned->change == CHANGE_REPLACE) &&
	    !new->missing && !new->absorbed)
		planned->object = object_words(merge->arena, path, old, new);
	if (new->absorbed)
		planned->why = absorbed_words(merge, new->program);
	if (!element)
		return;
	if (!new->absorbed)
		add_reason(merge, planned, element);
	planned->program = element->program;
	planned->judgement = element->judgement;
}

static const char *gone_words(const struct planned_chain *chain,
			      const struct manifest_element *element)
{
	if (chain->step && chain->step->kind == STEP_GIVE_BACK)
		return element->absorbed ? "goes back to where it was" : "makes room for it";
	return element->absorbed ? "not absorbed any more" : "no longer wanted here";
}

/* Where the foreign program behind the first `skip` of them is among all programs. */
static size_t find_foreign(const struct observed_hook *hook, size_t skip)
{
	size_t at = 0;

	while (hook->programs[at].ours || skip--)
		at++;
	return at;
}

/* The next ones, up to `to`. */
static void add_foreign(struct merge *merge, size_t to)
{
	for (; merge->foreign < to; merge->foreign++) {
		size_t at = find_foreign(merge->chain->observed, merge->foreign);
		const struct observed_program *program = &merge->chain->observed->programs[at];
		const struct program *entry = merge->entries[at];
		struct planned_element *planned;

		if (merge->after.marks && merge->after.marks[merge->foreign])
			continue;
		planned = list_push(merge->arena, &merge->elements);
		planned->name = *program->name ? program->name : "?";
		planned->change = CHANGE_FOREIGN;
		planned->foreign_id = program->id;
		planned->refuted = program->changes;
		if (entry && entry->absorb.value && merge->chain->hook != HOOK_XDP)
			planned->stays = takeover_why_not(merge->chain->desired, entry, program);
		planned->program = entry;
		planned->why =
			arena_printf(merge->arena, "foreign, id %u%s%s, %s", program->id,
				     entry ? ", for " : "", entry ? entry->name : "",
				     program->mark ? "goes back to its link" : "stays where it is");
	}
}

/*
 * Which of the kept elements moved: the ones that came past a foreign program, and of the others
 * those that came past each other.
 */
static bool *find_all_moved(const struct merge *merge, const size_t *places)
{
	size_t count = merge->after.chain->count;
	size_t *stayed = arena_array(merge->arena, size_t, count);
	bool *moved;

	for (size_t i = 0; i < count; i++)
		if (places[i] && merge->before.gaps[places[i] - 1] == merge->after.gaps[i])
			stayed[i] = places[i];
	moved = find_moved(merge->arena, stayed, count);
	for (size_t i = 0; i < count; i++)
		moved[i] |= places[i] && !stayed[i];
	return moved;
}

/* A program of others that is there without being an element has a line of its own. */
static bool has_line(const struct merge *merge, const struct manifest_element *element)
{
	const struct observed_hook *hook = merge->chain->observed;

	for (size_t i = 0; element->absorbed && i < hook->program_count; i++)
		if (!hook->programs[i].ours && hook->programs[i].id == element->program)
			return true;
	return false;
}

/* What goes away, in the order that it had. */
static void add_gone(struct merge *merge, const bool *stays)
{
	for (size_t i = 0; i < merge->before.chain->count; i++) {
		struct planned_element *planned;

		if (stays[i] || has_line(merge, &merge->before.chain->items[i]))
			continue;
		planned = list_push(merge->arena, &merge->elements);
		planned->name = merge->before.chain->items[i].name;
		planned->running = &merge->before.chain->items[i];
		planned->change = CHANGE_DETACH;
		planned->was = was_at(merge, i);
		planned->missing = became(merge, planned->name);
		if (!planned->missing)
			planned->why = gone_words(merge->chain, &merge->before.chain->items[i]);
	}
}

/* The chain as it will be, foreign programs included, then what goes away. */
static void add_chain(struct merge *merge, size_t foreign)
{
	const struct manifest *after = merge->after.chain;
	size_t *places = find_places(merge->arena, merge->before.chain, after);
	bool *moved = find_all_moved(merge, places);
	bool *stays = arena_array(merge->arena, bool, merge->before.chain->count);
	size_t cursor = 0;

	for (size_t i = 0; i < after->count; i++) {
		const struct manifest_element *old = NULL;
		const struct element *element;
		size_t from = cursor;

		if (places[i]) {
			old = &merge->before.chain->items[places[i] - 1];
			stays[places[i] - 1] = true;
		}
		add_foreign(merge, merge->after.gaps[i]);
		element = find_element(merge->chain, after->items[i].name, &cursor);
		if (merge->chain->incomplete && element && cursor)
			add_left_out(merge, from, cursor - 1);
		add_ours(merge, &after->items[i], old, moved[i], element);
	}
	if (merge->chain->incomplete)
		add_left_out(merge, cursor, merge->chain->desired->chain->count);
	/* Where none of ours will be, what goes away stands where it was. */
	if (!after->count && merge->before.chain->count)
		add_foreign(merge, merge->before.gaps[0]);
	add_gone(merge, stays);
	add_foreign(merge, foreign);
}

static void number_elements(struct elements *elements)
{
	unsigned int position = 0;

	for (size_t i = 0; i < elements->count; i++)
		if (elements->items[i].change != CHANGE_DETACH &&
		    elements->items[i].change != CHANGE_LEFT_OUT)
			elements->items[i].position = ++position;
}

void plan_elements(struct arena *arena, struct planned_chain *chain, const struct placement *target,
		   struct diags *diags)
{
	struct placement running = placement_running(arena, chain->observed);
	/* Who is taken over is an element of ours. */
	bool taken_over = chain->step && chain->step->kind == STEP_TAKE_OVER;
	struct merge merge = {
		.arena = arena,
		.chain = chain,
		.before = side_of(arena, &running),
		.after = side_of(arena, target),
		.entries = attached_entries(arena, chain->desired, chain->observed),
	};

	add_chain(&merge, taken_over ? 0 : foreign_count(chain->observed));
	number_elements(&merge.elements);
	chain->elements = merge.elements.items;
	chain->count = merge.elements.count;
	plan_verify(arena, chain, diags);
	plan_refused(arena, chain);
}
