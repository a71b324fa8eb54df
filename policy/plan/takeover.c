/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/takeover.h"

#include <string.h>

#include "policy/base/text.h"
#include "policy/plan/plan_foreign.h"

static const char neighbours[] = "what is to change places may have nothing between that is not "
				 "absorbed, too";

const char *takeover_why_not(const struct desired *desired, const struct program *entry,
			     const struct observed_program *program)
{
	const char *hindrance = takeover_hindrance(desired, entry, program);

	return hindrance ? hindrance : neighbours;
}

const char *takeover_hindrance(const struct desired *desired, const struct program *entry,
			       const struct observed_program *program)
{
	bool allowed = entry ? entry->absorb.value : desired->chain->others.value == OTHERS_ABSORB;

	if (!allowed)
		return entry ? "its entry does not say 'absorb: true'" : "no entry names it";
	if (!program->link_id)
		return "it is attached by no link, and ordain takes over none but links";
	return desired->unabsorbable;
}

struct span_taken takeover_span(const unsigned int *wanted, size_t start, size_t count)
{
	size_t first = 0, end = count;

	while (first < count && wanted[first] == start + first)
		first++;
	while (end > first && wanted[end - 1] == start + end - 1)
		end--;
	if (first == end)
		return (struct span_taken){ 0 };
	return (struct span_taken){ start + first, start + end };
}

static const struct observed_program *foreign_at(const struct observed_hook *hook, size_t at)
{
	size_t i = 0;

	while (hook->programs[i].ours || at--)
		i++;
	return &hook->programs[i];
}

/* A mark that is there stays: it is in the placeholder's code. */
unsigned int *takeover_marks(struct arena *arena, const struct observed_hook *hook,
			     const struct span_taken *spans, size_t count)
{
	unsigned int *marks = arena_array(arena, unsigned int, count);
	uint64_t used = 1;
	bool any = false;

	for (size_t i = 0; i < hook->program_count; i++)
		used |= 1ull << (hook->programs[i].mark & MANIFEST_MAX_MARK);
	for (size_t i = 0; i < count; i++) {
		if (!spans[i].end)
			continue;
		any = true;
		marks[i] = foreign_at(hook, i)->mark;
		while (!marks[i] || (used >> marks[i] & 1 && !foreign_at(hook, i)->mark))
			marks[i]++;
		used |= 1ull << marks[i];
	}
	return any ? marks : NULL;
}

static bool has_name(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; manifest && i < manifest->count; i++)
		if (!strcmp(manifest->items[i].name, name))
			return true;
	return false;
}

/* What a manifest can hold of the program's own name. */
static const char *own_name(struct arena *arena, const struct observed_program *program)
{
	size_t length = strspn(program->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789_");

	return length ? arena_strndup(arena, program->name, length) : "unnamed";
}

struct manifest_element takeover_element(struct arena *arena, const struct manifest *ours,
					 const struct manifest *so_far, const struct program *entry,
					 const struct observed_program *program)
{
	const char *base = entry ? entry->name : own_name(arena, program);
	struct manifest_element element;
	const char *name = base;

	for (unsigned int i = 2; has_name(ours, name) || has_name(so_far, name); i++)
		name = arena_printf(arena, "%s-%u", base, i);
	element = manifest_element_absorbed(ours->hook, name, program->id);
	element.observe = entry && (entry->shadow.value || entry->readonly.value);
	if (entry && !element.observe && entry->proceed[ours->hook])
		element.proceed = entry->proceed[ours->hook];
	return element;
}

bool takeover_repeated(const struct observed_hook *hook, size_t program)
{
	for (size_t i = program + 1; i < hook->program_count; i++)
		if (!hook->programs[i].ours && hook->programs[i].id == hook->programs[program].id)
			return true;
	return false;
}

/* The program of a part that takes over. */
static const struct observed_program *program_of(const struct planned_chain *chain,
						 const struct step_part *part)
{
	for (size_t i = 0; i < chain->observed->program_count; i++)
		if (chain->observed->programs[i].link_id == part->link)
			return &chain->observed->programs[i];
	return NULL;
}

/* "id 1 'one' of link 2" for each; none: "". */
static const char *taken_words(struct arena *arena, const struct planned_chain *chain)
{
	struct text words = TEXT(arena);

	for (size_t i = 0; chain->step && i < chain->step->part_count; i++) {
		const struct step_part *part = &chain->step->parts[i];

		if (part->link && part->mark)
			text_printf(&words, "%s%s of link %u", words.length ? ", " : "",
				    foreign_words(arena, program_of(chain, part)), part->link);
	}
	return text_string(&words);
}

void takeover_report(const struct planned_chain *chain, struct diags *diags)
{
	const char *words = taken_words(diags->arena, chain);
	struct diag *diag;

	if (!*words)
		return;
	diag = diag_warn(diags, DIAG_ABSORBED, (struct span){ 0 },
			 "%s %s: elements of our chain from now on: %s", chain->interface,
			 hook_name(chain->hook), words);
	diag_detail(
		diags, diag,
		"their owners' updates fail (EPERM) if they name the program that they replace, "
		"and so does (ENOENT) whoever attaches before or after one of them by naming "
		"the program; all that is called shares 33 tail calls a packet");
}
