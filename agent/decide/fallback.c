/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/fallback.h"

#include <string.h>

static const struct last_good *last_good(const struct decision *decision, const struct paths *paths,
					 const struct desired *desired)
{
	const struct last_good *last;

	if (state_last_good(decision->arena, paths, desired->interface, desired->hook, &last))
		return NULL;
	return last;
}

bool fallback_has_last_good(const struct decision *decision, const struct paths *paths,
			    const struct desired *desired)
{
	return last_good(decision, paths, desired) != NULL;
}

void fallback_block(struct decision *decision, const struct paths *paths, struct desired *desired,
		    enum diag_code code, const char *reason)
{
	const struct last_good *last = last_good(decision, paths, desired);

	desired->blocked = true;
	desired->code = code;
	desired->reason = reason;
	desired->manifest = NULL;
	desired->one_buffer = NULL;
	desired->kept_generation = 0;
	if (!last)
		return;
	desired->manifest = last->manifest;
	desired->kept_generation = last->generation;
}

void fallback_make_do(struct decision *decision, const struct paths *paths, struct desired *desired)
{
	const struct missing_program *first = &desired->missing.items[0];

	fallback_block(decision, paths, desired, first->code, first->reason);
	if (!desired->manifest)
		desired_fall_back(decision->arena, desired);
}

static const struct program *chain_program(const struct chain *chain, const char *name)
{
	for (size_t i = 0; i < chain->count; i++)
		if (!strcmp(chain->elements[i].program->name, name))
			return chain->elements[i].program;
	return NULL;
}

static void miss(struct decision *decision, struct desired *desired, const char *name,
		 const struct diag *error)
{
	const struct program *program = chain_program(desired->chain, name);

	if (program && !missing_find(&desired->missing, name))
		*list_push(decision->arena, &desired->missing) = (struct missing_program){
			name,
			(enum if_missing)program->if_missing.value,
			error->code,
			error->summary,
		};
}

/* The kernel takes each alone and not together: which of them runs without the others, nobody said. */
static void miss_all(struct decision *decision, struct desired *desired, const struct diag *error)
{
	struct missing known = desired->missing;

	desired->missing.items = NULL;
	desired->missing.count = 0;
	for (size_t i = 0; i < known.count; i++)
		*list_push(decision->arena, &desired->missing) = known.items[i];
	for (size_t i = 0; i < desired->whole->count; i++)
		miss(decision, desired, desired->whole->items[i].name, error);
	if (missing_decides(&desired->missing) == IF_MISSING_SKIP)
		desired->missing = known;
}

static const struct diag *first_error(const struct diags *diags)
{
	const struct diag *error = diags->items;

	while (error->severity != SEVERITY_ERROR)
		error++;
	return error;
}

/* False if that says nothing new: then all that can be done about it was done. */
static bool miss_refused(struct decision *decision, struct desired *desired,
			 const struct diags *found)
{
	size_t before = desired->missing.count;

	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].severity == SEVERITY_ERROR && found->items[i].program)
			miss(decision, desired, found->items[i].program, &found->items[i]);
	if (desired->missing.count == before)
		miss_all(decision, desired, first_error(found));
	return desired->missing.count > before;
}

void fallback_refused(struct decision *decision, const struct paths *paths, struct desired *desired,
		      const struct diags *found)
{
	const struct diag *error = first_error(found);
	bool whole = desired->manifest == desired->whole;

	if (desired->blocked && desired->missing.count) {
		desired_fall_back(decision->arena, desired);
	} else if (desired->blocked) {
		desired->manifest = NULL;
	} else if (!miss_refused(decision, desired, found)) {
		fallback_block(decision, paths, desired, error->code, error->summary);
		if (!whole)
			desired->manifest = NULL;
	} else if (whole) {
		fallback_make_do(decision, paths, desired);
	} else {
		desired_fall_back(decision->arena, desired);
	}
}
