/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan.h"

#include <string.h>

#include "policy/plan/plan_absorb.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_hook.h"
#include "policy/plan/plan_mode.h"
#include "policy/plan/plan_refused.h"
#include "policy/plan/plan_segments.h"
#include "policy/plan/plan_taken.h"

enum { NAMED_HOOKS = 3 };

struct chain_list {
	struct planned_chain *items;
	size_t count;
};

/*
 * What is desired of that hook, or NULL. Both inputs are sorted alike, so asking for one hook after
 * the other is one walk: *at is where it stands, 0 at its start.
 */
static const struct desired *desired_of(const struct desires *desires, size_t *at,
					const struct observed_hook *hook)
{
	while (*at < desires->count) {
		const struct desired *desired = &desires->items[*at];
		int order = hook_compare(desired->interface, desired->hook, hook->interface,
					 hook->hook);

		if (order >= 0)
			return order ? NULL : desired;
		++*at;
	}
	return NULL;
}

static struct chain_list plan_hooks(struct arena *arena, const struct desires *desires,
				    const struct observed *observed, struct diags *diags)
{
	struct chain_list list = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < observed->count; i++) {
		const struct observed_hook *hook = &observed->hooks[i];
		const struct desired *desired = desired_of(desires, &at, hook);
		struct planned_chain chain;

		if (plan_hook(arena, desired, hook, desires->allow_gap, &chain, diags))
			*list_push(arena, &list) = chain;
	}
	return list;
}

static bool is_too_old(const struct planned_chain *chain, bool xdp)
{
	return chain->action == ACTION_BLOCKED && chain->code == DIAG_KERNEL_TOO_OLD &&
	       (chain->hook == HOOK_XDP) == xdp;
}

static struct span program_span(const struct planned_chain *chain)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;

	return resolved && resolved->count ? resolved->elements[0].program->span
					   : (struct span){ 0 };
}

/* One diagnostic for a family of hooks, however many interfaces miss it. */
static void report_too_old(const struct plan *plan, const char *release, bool xdp,
			   struct diags *diags)
{
	struct text detail = TEXT(diags->arena);
	const struct planned_chain *first = NULL;
	struct diag *diag;
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];

		if (!is_too_old(chain, xdp))
			continue;
		first = first ? first : chain;
		if (count++ < NAMED_HOOKS)
			text_printf(&detail, "%s%s %s",
				    count > 1 ? ", " : "not attached: ", chain->interface,
				    hook_name(chain->hook));
	}
	if (!first)
		return;
	if (count > NAMED_HOOKS)
		text_printf(&detail, " and %zu more", count - NAMED_HOOKS);
	diag = diag_error(diags, DIAG_KERNEL_TOO_OLD, program_span(first),
			  xdp ? "kernel %s has no XDP links; they came with 5.9"
			      : "kernel %s has no tcx hooks; they came with 6.6; XDP chains go on",
			  release);
	diag_detail(diags, diag, "%s", text_string(&detail));
}

static struct step *forget_orphans(struct arena *arena, const struct observed *observed)
{
	struct step *steps = arena_array(arena, struct step, observed->orphan_count);

	for (size_t i = 0; i < observed->orphan_count; i++) {
		steps[i].kind = STEP_FORGET;
		steps[i].ifindex = observed->orphans[i].ifindex;
		steps[i].hook = observed->orphans[i].hook;
	}
	return steps;
}

const struct plan *plan_build(struct arena *arena, const struct desires *desires,
			      const struct observed *observed, struct diags *diags)
{
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	struct chain_list list = plan_hooks(arena, desires, observed, diags);

	plan->chains = list.items;
	plan->count = list.count;
	plan->forget = forget_orphans(arena, observed);
	plan->forget_count = observed->orphan_count;
	report_too_old(plan, observed->kernel_release, true, diags);
	report_too_old(plan, observed->kernel_release, false, diags);
	taken_report(plan, diags);
	mode_report(plan, diags);
	refused_report(plan, diags);
	doors_report(plan, diags);
	attached_report_waiting(plan, diags);
	return plan;
}

bool desired_incomplete(const struct desired *desired)
{
	return !desired->blocked && desired->missing.count;
}

void desired_fall_back(struct arena *arena, struct desired *desired)
{
	desired->blocked = false;
	desired->kept_generation = 0;
	desired->code = desired->missing.items[0].code;
	desired->reason = desired->missing.items[0].reason;
	desired->manifest = missing_manifest(arena, desired->whole, &desired->missing);
}

bool plan_pending(const struct desires *desires, const struct observed *observed)
{
	bool pending = observed->orphan_count > 0;
	size_t at = 0;

	for (size_t i = 0; i < observed->count && !pending; i++) {
		const struct observed_hook *hook = &observed->hooks[i];

		const struct desired *desired = desired_of(desires, &at, hook);

		pending = observed->nameless && placement_wanted(desired) && segments_matter(hook)
				  ? segments_drifted(desired, hook)
				  : plan_hook_action(desired, hook, desires->allow_gap) !=
					    ACTION_NONE;
	}
	return pending;
}

static bool minds_others(const struct program *program)
{
	return program_is_attached(program) || program->exclusive.value || program->first.value ||
	       program->last.value || program->unmodified_input.value;
}

/* Does the policy say anything of a hook that hangs on who else is there? */
static bool minds_company(const struct desired *desired)
{
	const struct chain *chain = desired ? desired->chain : NULL;

	if (chain && refuses_foreign(chain))
		return true;
	for (size_t i = 0; chain && i < chain->count; i++)
		if (minds_others(chain->elements[i].program))
			return true;
	return false;
}

/* FNV-1a, 64 bits. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
	for (size_t i = 0; i < sizeof(value); i++)
		hash = (hash ^ (value >> (8 * i) & 0xff)) * 0x100000001b3;
	return hash;
}

/* The programs up to the last one of ours; 0 if all of them are ours. */
static size_t in_front(const struct observed_hook *hook)
{
	size_t end = 0, foreign = 0, count = 0;

	for (size_t i = 0; i < hook->program_count; i++) {
		foreign += !hook->programs[i].ours;
		if (!hook->programs[i].ours)
			continue;
		end = i + 1;
		count = foreign;
	}
	return count ? end : 0;
}

uint64_t plan_company(const struct desires *desires, const struct observed *observed)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t at = 0;

	for (size_t i = 0; i < observed->count; i++) {
		const struct observed_hook *hook = &observed->hooks[i];
		const struct desired *desired = desired_of(desires, &at, hook);
		size_t count = desired ? in_front(hook) : 0;

		/* Whoever holds it: where several race for it, who does is news for nobody. */
		if (hook->hook == HOOK_XDP && desired && desired->manifest &&
		    plan_hook_is_taken(hook))
			hash = mix(mix(hash, hook->ifindex), hook->hook);
		if (minds_company(desired))
			count = hook->program_count;
		for (size_t j = 0; j < count; j++)
			if (!hook->programs[j].ours || hook->hook != HOOK_XDP)
				hash = mix(mix(mix(hash, hook->ifindex), hook->hook),
					   hook->programs[j].ours ? 0 : hook->programs[j].id);
	}
	return hash;
}

uint64_t plan_guests(const struct desires *desires, const struct observed *observed)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t at = 0;

	for (size_t i = 0; i < observed->count; i++) {
		const struct observed_hook *hook = &observed->hooks[i];

		if (!absorb_concerns(desired_of(desires, &at, hook), hook))
			continue;
		hash = mix(hash, hook->ifindex);
		for (size_t j = 0; j < hook->absorbed_count; j++)
			hash = mix(hash, hook->absorbed[j].id);
		for (size_t j = 0; j < hook->program_count; j++)
			if (!hook->programs[j].ours)
				hash = mix(hash, hook->programs[j].id);
	}
	return hash;
}

/* Each segment of the chain has a manifest of its own, and the element is in one of them. */
static const char *linked_by(const struct step *step, const char *name)
{
	const struct manifest *manifest;

	for (size_t at = 0; (manifest = step_manifest(step, at)); at++)
		for (size_t i = 0; i < manifest->count; i++)
			if (!strcmp(manifest->items[i].name, name))
				return manifest->items[i].linked;
	return NULL;
}

const char *element_linked(const struct planned_chain *chain, const struct planned_element *element)
{
	const struct step *step = chain->step ? chain->step : chain->waiting;
	const char *linked = step && !element->foreign_id ? linked_by(step, element->name) : NULL;

	/* What no step is about runs on as it does. */
	return linked || !element->running ? linked : element->running->linked;
}

size_t plan_changes(const struct plan *plan)
{
	size_t changes = plan->forget_count;

	for (size_t i = 0; i < plan->count; i++)
		changes += plan->chains[i].step != NULL;
	return changes;
}

size_t plan_blocked(const struct plan *plan)
{
	size_t blocked = 0;

	for (size_t i = 0; i < plan->count; i++)
		blocked += plan->chains[i].action == ACTION_BLOCKED;
	return blocked;
}

size_t plan_incomplete(const struct plan *plan)
{
	size_t incomplete = 0;

	for (size_t i = 0; i < plan->count; i++)
		incomplete += plan->chains[i].incomplete != NULL;
	return incomplete;
}

size_t plan_violated(const struct plan *plan)
{
	size_t violated = 0;

	for (size_t i = 0; i < plan->count; i++)
		violated += plan->chains[i].violated;
	return violated;
}

const struct step *plan_gap(const struct planned_chain *chain)
{
	if (chain->step &&
	    (chain->step->kind == STEP_REATTACH || chain->step->kind == STEP_REARRANGE))
		return chain->step;
	return chain->waiting;
}

const char *chain_action_name(enum chain_action action)
{
	static const char *const names[] = { "none", "attach", "update", "detach", "blocked" };

	return names[action];
}

const char *element_change_name(enum element_change change)
{
	static const char *const names[] = {
		[CHANGE_KEEP] = "keep",	    [CHANGE_ATTACH] = "attach",
		[CHANGE_DETACH] = "detach", [CHANGE_REPLACE] = "replace",
		[CHANGE_MOVE] = "move",	    [CHANGE_LEFT_OUT] = "left-out",
		[CHANGE_FOREIGN] = "keep",
	};

	return names[change];
}

const char *step_kind_name(enum step_kind kind)
{
	static const char *const names[] = { "attach",	  "update",    "reattach",
					     "switch",	  "rearrange", "detach",
					     "take-over", "give-back", "forget" };

	return names[kind];
}

const struct manifest *step_manifest(const struct step *step, size_t at)
{
	if (!step->part_count)
		return at ? NULL : step->manifest;
	for (size_t i = 0; i < step->part_count; i++)
		if (step->parts[i].manifest && !at--)
			return step->parts[i].manifest;
	return NULL;
}

/* Where or how something is attached. */
static const char *attach_words(struct arena *arena, const struct step *step)
{
	if (step->part_count && step->parts[0].gap)
		return step->parts[0].before
			       ? arena_printf(arena, " before id %u", step->parts[0].before)
			       : " at the tail";
	if (step->hook != HOOK_XDP)
		return " at the head";
	if (step->mode == MODE_AUTO)
		return "";
	return arena_printf(arena, " in %s mode", mode_name(step->mode));
}

/* "2 segments at once", "1 segment" */
static const char *parts_words(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%zu segment%s", step->part_count,
			    step->part_count == 1 ? "" : "s");
}

const char *step_words(struct arena *arena, const struct step *step)
{
	const char *hook = hook_name(step->hook);
	const char *place = attach_words(arena, step);

	switch (step->kind) {
	case STEP_ATTACH:
		return arena_printf(arena, "%s %s: attach a chain of %zu%s", step->interface, hook,
				    step->manifest->count, place);
	case STEP_UPDATE:
		return arena_printf(arena, "%s %s: swap in a chain of %zu", step->interface, hook,
				    step->manifest->count);
	case STEP_REATTACH:
		return arena_printf(arena, "%s %s: detach our chain, and attach a chain of %zu%s",
				    step->interface, hook, step->manifest->count, place);
	case STEP_SWITCH:
		return arena_printf(arena, "%s %s: %s %s%s", step->interface, hook,
				    step->part_count > 1 ? "switch" : "remove",
				    parts_words(arena, step),
				    step->part_count > 1 ? " at once" : "");
	case STEP_REARRANGE:
		return arena_printf(arena, "%s %s: change %s one after the other", step->interface,
				    hook, parts_words(arena, step));
	case STEP_DETACH:
		return arena_printf(arena, "%s %s: detach our chain", step->interface, hook);
	case STEP_TAKE_OVER:
		return arena_printf(arena,
				    "%s %s: take over id %u, into a chain of %zu in its place",
				    step->interface, hook, step->expected_program,
				    step->manifest->count);
	case STEP_GIVE_BACK:
		return arena_printf(arena, "%s %s: put id %u back in the place of our chain",
				    step->interface, hook, step->gives_back);
	case STEP_FORGET:
		break;
	}
	return arena_printf(arena,
			    "ifindex %u %s: remove our chain of an interface that is not here",
			    step->ifindex, hook);
}

const char *change_words(struct arena *arena, const struct planned_chain *chain)
{
	static const char symbols[] = {
		[CHANGE_ATTACH] = '+', [CHANGE_DETACH] = '-',	[CHANGE_REPLACE] = '~',
		[CHANGE_MOVE] = '>',   [CHANGE_FOREIGN] = '\0', /* and all others that have none: no news */
	};
	struct text words = TEXT(arena);

	for (size_t i = 0; i < chain->count; i++) {
		const struct planned_element *element = &chain->elements[i];

		if (!symbols[element->change])
			continue;
		text_printf(&words, "%s%c %s", words.length ? ", " : "", symbols[element->change],
			    element->name);
		if (element->missing)
			text_printf(&words, " (%s)", element->missing);
		else if (element->change == CHANGE_REPLACE)
			text_printf(&words, " (%s)", element->object);
	}
	return text_string(&words);
}
