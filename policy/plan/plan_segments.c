/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_segments.h"

#include <string.h>

#include "policy/analysis/analysis.h"
#include "policy/marks/readonly.h"
#include "policy/plan/takeover.h"

const char segments_gap[] = "packets meet a chain that is half the old one and half the new";

/* One hook while its links are compared with its segments. */
struct comparison {
	struct arena *arena;
	const struct placement *placement;
	const struct observed_hook *hook;
	struct parts parts;
	bool used[64]; /* numbers of links that are there; no tcx hook has more */
};

static bool has_link(const struct observed_hook *hook, size_t program)
{
	return hook->programs[program].ours && observed_segment(hook, program).chain;
}

static unsigned int free_number(struct comparison *comparison)
{
	unsigned int number = 0;

	while (comparison->used[number])
		number++;
	comparison->used[number] = true;
	return number;
}

static const struct manifest *wanted(const struct placement *placement, size_t gap)
{
	for (size_t i = 0; i < placement->count; i++)
		if (placement->items[i].gap == gap)
			return placement->items[i].manifest;
	return NULL;
}

static bool is_right(const struct observed_segment *segment, const struct manifest *manifest)
{
	return manifest && segment->own == OWN_ATTACHED && segment->manifest &&
	       manifest_equal(segment->manifest, manifest) &&
	       manifest_same_absorbed(segment->manifest, manifest);
}

static void add_link(struct comparison *comparison, size_t program, size_t gap,
		     const struct manifest *manifest)
{
	struct observed_segment segment = observed_segment(comparison->hook, program);

	if (is_right(&segment, manifest))
		return;
	*list_push(comparison->arena, &comparison->parts) =
		(struct step_part){ .number = segment.number,
				    .expected_program = segment.chain,
				    .manifest = manifest,
				    .gap = gap };
}

static void add_new(struct comparison *comparison, size_t gap, const struct manifest *manifest,
		    uint32_t before)
{
	*list_push(comparison->arena, &comparison->parts) =
		(struct step_part){ .number = free_number(comparison),
				    .manifest = manifest,
				    .before = before,
				    .gap = gap };
	comparison->parts.added++;
}

/* The id that the hook knows. */
static uint32_t on_hook(const struct observed_program *program)
{
	return program->placeholder ? program->placeholder : program->id;
}

/* The programs of the hook up to the next foreign one: of several links of ours one is enough. */
static size_t compare_gap(struct comparison *comparison, size_t at, size_t gap)
{
	const struct observed_hook *hook = comparison->hook;
	const struct manifest *manifest = wanted(comparison->placement, gap);

	for (; at < hook->program_count && hook->programs[at].ours; at++) {
		if (!has_link(hook, at))
			continue;
		add_link(comparison, at, gap, manifest);
		manifest = NULL;
	}
	if (manifest)
		add_new(comparison, gap, manifest,
			at < hook->program_count ? on_hook(&hook->programs[at]) : 0);
	return at;
}

/* A placeholder comes into the link of somebody else, or what it stood for back. */
static void compare_theirs(struct comparison *comparison, size_t at, size_t gap)
{
	const struct observed_program *program = &comparison->hook->programs[at];
	const unsigned int *marks = comparison->placement->marks;
	unsigned int mark = marks ? marks[gap] : 0;

	if (program->mark == mark || (!mark && takeover_repeated(comparison->hook, at)))
		return;
	*list_push(comparison->arena, &comparison->parts) =
		(struct step_part){ .link = program->link_id,
				    .program = program->id,
				    .mark = mark,
				    .expected_program = on_hook(program),
				    .gap = gap };
}

/* Between two links that change: what is behind the last of them reads no latch any more. */
static bool is_between(const struct parts *parts, size_t gap, bool ours)
{
	size_t first, last;

	if (parts->count < 2)
		return false;
	first = parts->items[0].gap;
	last = parts->items[parts->count - 1].gap;
	return gap >= first && gap < last + (ours && first == last);
}

static void find_there(struct parts *parts, const struct observed_hook *hook)
{
	size_t gap = 0;

	for (size_t i = 0; i < hook->program_count && !parts->reentrant.why; i++) {
		const struct observed_program *program = &hook->programs[i];

		if (is_between(parts, gap, program->ours) && program->reenters)
			parts->reentrant =
				(struct reentrant){ .program = program, .why = program->reenters };
		gap += !program->ours;
	}
}

static const struct judgement *find_judgement(const struct chain *chain, const char *name)
{
	for (size_t i = 0; i < chain->count; i++)
		if (!strcmp(chain->elements[i].program->name, name))
			return chain->elements[i].judgement;
	return NULL;
}

/* What the analysis says of an element; what it does not understand may be anything. */
static const char *element_reenters(const struct judgement *judgement)
{
	const unsigned int unclear = 1u << FINDING_TAIL_CALL | 1u << FINDING_UNKNOWN_CALL |
				     1u << FINDING_TOO_COMPLEX | 1u << FINDING_UNKNOWN_INSTRUCTION;

	if (!judgement)
		return NULL;
	if (judgement->findings & 1u << FINDING_CLONES)
		return "it calls bpf_clone_redirect";
	return judgement->findings & unclear ? "its code is not all understood" : NULL;
}

/* Of what is new, all but the last segment's: that one reads the latch before its elements run. */
static void find_new(struct parts *parts, const struct chain *chain)
{
	for (size_t i = 0; i + 1 < parts->count; i++) {
		const struct manifest *manifest = parts->items[i].manifest;

		for (size_t j = 0; manifest && j < manifest->count; j++) {
			const char *name = manifest->items[j].name;
			const char *why = element_reenters(find_judgement(chain, name));

			if (why && !parts->reentrant.why)
				parts->reentrant =
					(struct reentrant){ .element = name, .why = why };
		}
	}
}

struct parts parts_of(struct arena *arena, const struct placement *placement,
		      const struct observed_hook *hook, const struct chain *chain)
{
	struct comparison comparison = { .arena = arena, .placement = placement, .hook = hook };
	size_t gaps = foreign_count(hook) + 1;
	size_t at = 0;

	for (size_t i = 0; i < hook->program_count; i++)
		if (has_link(hook, i))
			comparison.used[observed_segment(hook, i).number % 64] = true;
	for (size_t gap = 0; gap < gaps; gap++) {
		at = compare_gap(&comparison, at, gap);
		if (at < hook->program_count)
			compare_theirs(&comparison, at, gap);
		at++;
	}
	find_there(&comparison.parts, hook);
	if (chain)
		find_new(&comparison.parts, chain);
	return comparison.parts;
}

bool segments_matter(const struct observed_hook *hook)
{
	for (size_t i = 0; hook->hook != HOOK_XDP && i < hook->program_count; i++)
		if (!hook->programs[i].ours || hook->programs[i].segment)
			return true;
	return false;
}

/* Has an owner put the program that is an element back into his link? */
static bool is_put_back(const struct observed_hook *hook)
{
	for (size_t i = 0; hook->manifest && i < hook->manifest->count; i++) {
		const struct manifest_element *element = &hook->manifest->items[i];
		bool stands = false, back = false;

		for (size_t j = 0; element->absorbed && j < hook->program_count; j++) {
			const struct observed_program *program = &hook->programs[j];
			bool same = !program->ours && program->id == element->program;

			stands |= same && program->mark;
			back |= same && !program->mark;
		}
		if (back && !stands)
			return true;
	}
	return false;
}

/* Where a gap may be in the way of attaching, only a look at everything can tell. */
bool segments_drifted(const struct desired *desired, const struct observed_hook *hook)
{
	if (hook->own != OWN_NONE || !desired->manifest)
		return (hook->own != OWN_NONE && hook->own != OWN_ATTACHED) || is_put_back(hook);
	for (size_t i = 0; i < hook->program_count; i++)
		if (hook->programs[i].reenters)
			return false;
	return true;
}

enum chain_action segments_action(const struct desired *desired, const struct observed_hook *hook,
				  bool allow_gap)
{
	struct arena *arena = arena_new();
	struct placement placement = placement_of(arena, desired, hook);
	struct parts parts = parts_of(arena, &placement, hook, desired->chain);
	enum chain_action action = observed_own(hook) ? ACTION_UPDATE : ACTION_ATTACH;

	if (!placement.count)
		action = hook->own == OWN_NONE && !parts.count ? ACTION_NONE : ACTION_DETACH;
	else if ((!parts.count && hook->own != OWN_DETACHED) || (parts.reentrant.why && !allow_gap))
		action = ACTION_NONE;
	arena_free(arena);
	return action;
}
