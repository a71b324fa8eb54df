/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_absorb.h"

#include <stdlib.h>
#include <string.h>

#include "policy/marks/door.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_mode.h"

/* A program of others that is to be an element. */
struct guest {
	const struct observed_program *program;
	const struct program *entry; /* that means it; NULL: the door let it in */
	const char *name; /* of the element */
	size_t rank; /* as rank_of() has it */
};

struct guests {
	struct guest *items;
	size_t count;
};

/* The resolved order, where there is one. */
static const struct chain *resolved(const struct desired *desired)
{
	const struct chain *chain = desired ? desired->chain : NULL;

	return chain && !chain->blocked && chain->hook == HOOK_XDP ? chain : NULL;
}

bool absorb_has_door(const struct desired *desired)
{
	const struct chain *chain = resolved(desired);

	return chain && door_open(chain);
}

bool absorb_watches(const struct desired *desired)
{
	const struct chain *chain = resolved(desired);

	if (absorb_has_door(desired))
		return true;
	for (size_t i = 0; chain && i < chain->count; i++)
		if (chain->elements[i].program->absorb.value)
			return true;
	return false;
}

bool absorb_concerns(const struct desired *desired, const struct observed_hook *observed)
{
	return observed->hook == HOOK_XDP &&
	       (observed->absorbed_count || observed->unlocked || absorb_watches(desired));
}

/* A look without details has no tag. */
static bool is_described(const struct observed_program *program)
{
	return *program->tag;
}

/* Is `name` `base`, or `base` with a number behind it? */
static bool is_named_after(const char *name, const char *base)
{
	size_t length = strlen(base);

	if (strncmp(name, base, length) != 0)
		return false;
	return !name[length] ||
	       (name[length] == '-' && name[length + 1] &&
		strspn(name + length + 1, "0123456789") == strlen(name + length + 1));
}

/* The entry that absorbs it; where its own name is not known, the one that its element's says. */
static const struct program *find_entry(const struct chain *chain,
					const struct observed_program *program, const char *as)
{
	for (size_t i = 0; chain && i < chain->count; i++) {
		const struct program *entry = chain->elements[i].program;
		bool means = is_described(program) ? attached_means(entry, program)
						   : as && program_is_attached(entry) &&
							     is_named_after(as, entry->name);

		if (means)
			return entry;
	}
	return NULL;
}

/* Would what no entry names, which says nothing of its place, run before it? */
static bool comes_later(const struct program *program)
{
	if (program->first.value || program->last.value)
		return program->last.value;
	if (program->stage.value != STAGE_DEFAULT)
		return program->stage.value > STAGE_DEFAULT;
	return program->priority.value > 0;
}

/* Elements stand at even ranks, in their order, and what no entry names at an odd one between. */
static size_t rank_of(const struct chain *chain, const char *name)
{
	size_t at = 0;

	for (; chain && at < chain->count; at++) {
		const struct program *program = chain->elements[at].program;

		if (name ? !strcmp(program->name, name) : comes_later(program))
			return 2 * at + (name ? 2 : 1);
	}
	return name ? 0 : 2 * at + 1;
}

static bool is_taken_name(const struct guests *guests, const struct manifest *ours,
			  const char *name)
{
	for (size_t i = 0; i < guests->count; i++)
		if (guests->items[i].name && !strcmp(guests->items[i].name, name))
			return true;
	for (size_t i = 0; ours && i < ours->count; i++)
		if (!strcmp(ours->items[i].name, name))
			return true;
	return false;
}

/* What a manifest can hold of the program's own name. */
static const char *own_name(struct arena *arena, const struct observed_program *program)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_";
	size_t length = strspn(program->name, good);

	return length ? arena_strndup(arena, program->name, length) : "unnamed";
}

static const char *choose_name(struct arena *arena, const struct guests *guests,
			       const struct manifest *ours, const char *base)
{
	const char *name = base;

	for (unsigned int i = 2; is_taken_name(guests, ours, name); i++)
		name = arena_printf(arena, "%s-%u", base, i);
	return name;
}

/*
 * `as`: the name of the element that it is; NULL: it comes now. One of the same name as a newcomer
 * is the same program of the same owner, loaded anew.
 */
static void add_guest(struct arena *arena, struct guests *guests, const struct desired *desired,
		      const struct observed_program *program, const char *as)
{
	const struct chain *chain = resolved(desired);
	const struct program *entry = find_entry(chain, program, as);
	const char *base = entry ? entry->name : as;
	struct guest *guest;

	if (!base || (!entry && is_described(program)))
		base = own_name(arena, program);
	if (!as || !is_named_after(as, base))
		as = choose_name(arena, guests, desired->manifest, base);
	guest = list_push(arena, guests);
	*guest = (struct guest){ program, entry, as, rank_of(chain, entry ? entry->name : NULL) };
}

static bool is_wanted(const struct desired *desired, const struct observed_program *program,
		      const char *as)
{
	const struct program *entry = find_entry(resolved(desired), program, as);

	if (!desired)
		return false;
	/* Without an order of the policy nothing changes for what is there. */
	if (!resolved(desired))
		return as != NULL && desired->manifest;
	return entry ? entry->absorb.value : absorb_has_door(desired);
}

/* Our own chain, where its pins are not, is nobody's to absorb. */
static const struct observed_program *find_newcomer(const struct desired *desired,
						    const struct observed_hook *observed)
{
	const struct observed_program *program = observed->program_count ? &observed->programs[0]
									 : NULL;

	if (!program || program->ours || !is_described(program) ||
	    !strcmp(program->name, "ordain_xdp") || desired->unabsorbable)
		return NULL;
	return is_wanted(desired, program, NULL) ? program : NULL;
}

static bool is_emptied(const struct observed_hook *observed)
{
	return observed->own == OWN_DETACHED && !observed->program_count;
}

/*
 * Who of those that were absorbed is so no more: whose owner let go of it. Somebody has to be, where
 * the hook was emptied: if nobody is known, who came last.
 */
static const struct observed_program *find_withdrawn(const struct observed_hook *observed,
						     bool *ret_guessed)
{
	const struct observed_program *newest = NULL;
	const struct observed_program *released = NULL;

	for (size_t i = 0; i < observed->absorbed_count; i++) {
		const struct observed_program *program = &observed->absorbed[i];

		if (!newest || program->id > newest->id)
			newest = program;
		if (program->released && (!released || program->id > released->id))
			released = program;
	}
	*ret_guessed = !released && is_emptied(observed) && observed->absorbed_count > 1;
	return released || !is_emptied(observed) ? released : newest;
}

/*
 * Does `newcomer` take the place of what is absorbed, as the same or as its next version? Whoever
 * attaches anew would have replaced what he attached before. Of a program that nobody holds the name
 * has to tell it.
 */
static bool is_renewed(const struct observed_program *absorbed,
		       const struct observed_program *newcomer)
{
	if (!newcomer || newcomer->id == absorbed->id)
		return newcomer != NULL;
	if (absorbed->owner || *absorbed->pins)
		return absorbed->owner && absorbed->owner == newcomer->owner;
	return *newcomer->name && !strcmp(newcomer->name, absorbed->name);
}

/*
 * What is not wanted any more goes back where it was. There is one place: while others are called
 * from it, nobody goes there, and of several the one that came last has it.
 */
static void leave_out(struct arena *arena, struct guests *guests, const struct desired *desired,
		      const struct guests *unwanted, struct absorption *absorption)
{
	bool crowded = guests->count || absorption->newcomer;

	for (size_t i = 0; i < unwanted->count; i++) {
		const struct guest *guest = &unwanted->items[i];
		const struct observed_program *before = absorption->gives_back;

		if (crowded) {
			add_guest(arena, guests, desired, guest->program, guest->name);
			absorption->stuck = guest->program;
		} else if (!before || guest->program->id > before->id) {
			absorption->gives_back = guest->program;
			absorption->lost = before;
		} else {
			absorption->lost = guest->program;
		}
	}
}

static struct guests collect(struct arena *arena, const struct desired *desired,
			     const struct observed_hook *observed, struct absorption *absorption)
{
	struct guests guests = { 0 };
	struct guests unwanted = { 0 };
	const char *renewed = NULL;
	bool gone = observed->own == OWN_DETACHED;

	for (size_t i = 0; i < observed->absorbed_count; i++) {
		const struct observed_program *program = &observed->absorbed[i];
		const char *as = observed->absorbed_as[i];

		if (program == absorption->withdrawn || program->released ||
		    (gone && desired && desired->unabsorbable))
			continue;
		if (is_renewed(program, absorption->newcomer))
			renewed = as;
		else if (is_wanted(desired, program, as))
			add_guest(arena, &guests, desired, program, as);
		else
			*list_push(arena, &unwanted) =
				(struct guest){ .program = program, .name = as };
	}
	leave_out(arena, &guests, desired, &unwanted, absorption);
	if (absorption->newcomer)
		add_guest(arena, &guests, desired, absorption->newcomer, renewed);
	return guests;
}

static int compare_guests(const void *a, const void *b)
{
	const struct guest *x = a;
	const struct guest *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

static struct manifest_element element_of(const struct guest *guest)
{
	struct manifest_element element =
		manifest_element_absorbed(HOOK_XDP, guest->name, guest->program->id);
	const struct program *entry = guest->entry;

	element.observe = entry && (entry->shadow.value || entry->readonly.value);
	if (entry && !element.observe && entry->proceed[HOOK_XDP])
		element.proceed = entry->proceed[HOOK_XDP];
	return element;
}

/* A last good chain may have another order than the policy: it keeps its own. */
static const struct manifest *merge(struct arena *arena, const struct desired *desired,
				    const struct guests *guests)
{
	const struct manifest *ours = desired->manifest;
	struct manifest *merged = arena_alloc(arena, sizeof(*merged));
	size_t next = 0;

	merged->hook = HOOK_XDP;
	for (size_t i = 0; ours && i < ours->count; i++) {
		size_t rank = rank_of(resolved(desired), ours->items[i].name);

		while (next < guests->count && guests->items[next].rank < rank)
			*list_push(arena, merged) = element_of(&guests->items[next++]);
		*list_push(arena, merged) = ours->items[i];
	}
	while (next < guests->count)
		*list_push(arena, merged) = element_of(&guests->items[next++]);
	return merged;
}

struct absorption absorb_decide(struct arena *arena, const struct desired *desired,
				const struct observed_hook *observed)
{
	struct absorption absorption = { .target = desired ? desired->manifest : NULL };
	struct guests guests;

	if (!absorb_concerns(desired, observed))
		return absorption;
	if (desired)
		absorption.newcomer = find_newcomer(desired, observed);
	absorption.withdrawn = find_withdrawn(observed, &absorption.guessed);
	guests = collect(arena, desired, observed, &absorption);
	absorption.unlocked = observed->unlocked || guests.count || absorb_has_door(desired);
	if (!guests.count)
		return absorption;
	qsort(guests.items, guests.count, sizeof(*guests.items), compare_guests);
	absorption.target = merge(arena, desired, &guests);
	return absorption;
}

const char *absorb_held_wrong(const struct desired *desired, const struct observed_hook *observed,
			      const struct absorption *absorption)
{
	const struct manifest *target = absorption->target;

	if (!target || absorption->gives_back || manifest_absorbs(target) ||
	    !observed_own(observed))
		return NULL;
	if (!observed->unlocked)
		return absorb_has_door(desired) ? "our link locks it, and it is to be a door"
						: NULL;
	if (!absorb_has_door(desired))
		return "held by netlink, which locks nobody out";
	return mode_differs(desired, observed) ? "it is to run in the other mode" : NULL;
}
