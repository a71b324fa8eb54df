/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_hook.h"

#include <string.h>

#include "policy/plan/plan_absorb.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_elements.h"
#include "policy/plan/plan_foreign.h"
#include "policy/plan/plan_mode.h"
#include "policy/plan/plan_segments.h"
#include "policy/plan/plan_taken.h"
#include "policy/plan/takeover.h"

/* The most that the kernel takes on one tcx hook (BPF_MPROG_MAX - 1). */
enum { TCX_MAX_PROGRAMS = 63 };

static bool has_our_link(const struct observed_hook *observed)
{
	return observed_own(observed) != NULL;
}

bool plan_hook_is_taken(const struct observed_hook *observed)
{
	return !has_our_link(observed) && taken_holder(observed);
}

static bool is_full(const struct observed_hook *observed)
{
	return observed->hook != HOOK_XDP && observed->program_count >= TCX_MAX_PROGRAMS &&
	       !has_our_link(observed);
}

/* By what it is held, if not by a link of ours. */
static const char *unlocked_words(struct arena *arena, const struct observed_hook *observed)
{
	const struct observed_program *own = observed_own(observed);

	if (!observed->unlocked || !own)
		return "";
	return own->link_id ? arena_printf(arena, ", in link %u of others", own->link_id)
			    : ", by netlink";
}

static const char *mechanism(struct arena *arena, const struct desired *desired,
			     const struct observed_hook *observed)
{
	enum xdp_mode wanted = mode_wanted(desired);

	if (desired && desired->chain && !chain_first_ours(desired->chain) &&
	    !has_our_link(observed) && !absorb_watches(desired))
		return "nothing of ours";
	if (observed->hook != HOOK_XDP)
		return "linked, tcx";
	if (observed->mode && has_our_link(observed))
		return arena_printf(arena, "linked, %s%s", observed->mode,
				    unlocked_words(arena, observed));
	if (wanted == MODE_AUTO || mode_is_missing(desired, observed))
		return "linked";
	return arena_printf(arena, "linked, %s", mode_name(wanted));
}

/*
 * What somebody did to our chain; NULL if nobody did anything. The words stand beside what is done
 * about it, which is still to come in a plan and was done in the agent's log.
 */
static const char *drift_words(struct arena *arena, const struct observed_hook *observed,
			       const struct absorption *absorption, bool repaired)
{
	const char *words;

	if (absorption->withdrawn)
		return arena_printf(arena, "%s was taken off the hook%s",
				    foreign_words(arena, absorption->withdrawn),
				    absorption->guessed ? " (a guess: it came last)" : "");
	if (observed->own == OWN_DETACHED && absorption->newcomer)
		return arena_printf(arena, "our chain was replaced by %s",
				    foreign_words(arena, absorption->newcomer));
	switch (observed->own) {
	case OWN_OVERWRITTEN:
		words = foreign_words(arena, observed_own(observed));
		return arena_printf(arena, "our program was replaced by %s%s", words,
				    repaired ? "" : ", which goes with our link");
	case OWN_UNPINNED:
		return "our pins were removed";
	case OWN_DETACHED:
		return "our link was detached";
	case OWN_ATTACHED:
		if (!observed->manifest && repaired)
			return "the manifest of our chain cannot be read";
		break;
	case OWN_NONE:
		break;
	}
	return NULL;
}

/* A hook that is blocked for another reason waits with its mode until that is put right. */
static bool changes_mode(const struct desired *desired, const struct observed_hook *observed)
{
	return !desired->blocked && !observed->unlocked && mode_differs(desired, observed) &&
	       !mode_is_missing(desired, observed);
}

/*
 * A chain that has a program which could not be loaded any more is better than one without it: it
 * stays, though nobody knows it as a last good one.
 */
static bool runs_missing(const struct desired *desired, const struct observed_hook *observed)
{
	return desired && desired_incomplete(desired) &&
	       missing_runs(&desired->missing, observed_running(observed));
}

/* The hook is as an absorbed program needs it, and no place for ours beside the one given back. */
static bool gives_back(const struct observed_hook *observed, const struct absorption *absorption)
{
	return absorption->gives_back && observed->unlocked;
}

/* Is it held by somebody who neither leaves nor becomes an element? */
static bool is_shut(const struct observed_hook *observed, const struct absorption *absorption)
{
	return plan_hook_is_taken(observed) && !absorption->newcomer;
}

static enum chain_action choose_action(const struct desired *desired,
				       const struct observed_hook *observed,
				       const struct absorption *absorption, bool allow_gap)
{
	const struct manifest *target = absorption->target;
	const struct manifest *running = observed_running(observed);

	if (!observed->supported ||
	    (target && (is_shut(observed, absorption) || is_full(observed))))
		return ACTION_NONE;
	if (desired && attached_ambiguity(desired, observed).program)
		return ACTION_NONE;
	if ((!target && desired && desired->blocked) || runs_missing(desired, observed))
		return ACTION_NONE;
	if (!target && !(placement_wanted(desired) && segments_matter(observed)))
		return observed->own == OWN_NONE ? ACTION_NONE : ACTION_DETACH;
	if (segments_matter(observed))
		return segments_action(desired, observed, allow_gap);
	if (desired->unabsorbable && observed->unlocked)
		return ACTION_NONE;
	if (gives_back(observed, absorption))
		return ACTION_DETACH;
	if (!has_our_link(observed))
		return mode_is_missing(desired, observed) ? ACTION_NONE : ACTION_ATTACH;
	if (allow_gap && changes_mode(desired, observed))
		return ACTION_UPDATE;
	if (observed->own == OWN_ATTACHED && running && manifest_equal(running, target))
		return ACTION_NONE;
	return ACTION_UPDATE;
}

/* Of which links what becomes. None: the pins of a dead one are all that is to go. */
static void add_parts(struct arena *arena, struct step *step, const struct desired *desired,
		      const struct observed_hook *observed)
{
	struct placement placement = { 0 };
	struct parts parts;

	if (step->kind != STEP_DETACH)
		placement = placement_of(arena, desired, observed);
	parts = parts_of(arena, &placement, observed, desired ? desired->chain : NULL);
	if (step->kind == STEP_DETACH) {
		/* What packets could meet half of goes at once, where that can be. */
		step->parts = parts.items;
		step->part_count = parts.count > 1 && !parts.reentrant.why ? parts.count : 0;
		return;
	}
	step->parts = parts.items;
	step->part_count = parts.count;
	step->expected_revision = parts.added ? observed->revision : 0;
	if (parts.count != 1 || !parts.items->manifest) {
		step->kind = parts.reentrant.why ? STEP_REARRANGE : STEP_SWITCH;
		step->manifest = placement.whole;
		step->expected_program = 0;
		return;
	}
	step->kind = parts.added ? STEP_ATTACH : STEP_UPDATE;
	step->manifest = parts.items->manifest;
	step->expected_program = parts.items->expected_program;
}

enum chain_action plan_hook_action(const struct desired *desired,
				   const struct observed_hook *observed, bool allow_gap)
{
	struct absorption none = { .target = desired ? desired->manifest : NULL };
	enum chain_action action;
	struct arena *arena;

	if (!absorb_concerns(desired, observed))
		return choose_action(desired, observed, &none, allow_gap);
	arena = arena_new();
	none = absorb_decide(arena, desired, observed);
	action = choose_action(desired, observed, &none, allow_gap);
	arena_free(arena);
	return action;
}

static enum xdp_mode mode_of(const struct observed_hook *observed)
{
	if (!observed->mode)
		return MODE_AUTO;
	return strcmp(observed->mode, "generic") ? MODE_NATIVE : MODE_GENERIC;
}

/* Without a link of ours: by netlink, or in the link of whoever was there before. */
static void unlock(struct step *step, const struct observed_hook *observed,
		   const struct absorption *absorption)
{
	step->unlocked = true;
	if (step->kind == STEP_DETACH && absorption->gives_back && observed->unlocked) {
		step->kind = STEP_GIVE_BACK;
		step->gives_back = absorption->gives_back->id;
	}
	if (step->kind == STEP_ATTACH && absorption->newcomer) {
		step->kind = STEP_TAKE_OVER;
		step->expected_program = absorption->newcomer->id;
	}
	/* What is there is replaced in the mode that it has. */
	if (observed->mode)
		step->mode = mode_of(observed);
}

static struct step *step_new(struct arena *arena, enum chain_action action,
			     const struct desired *desired, const struct observed_hook *observed,
			     const struct absorption *absorption)
{
	static const enum step_kind kinds[] = {
		[ACTION_ATTACH] = STEP_ATTACH,
		[ACTION_UPDATE] = STEP_UPDATE,
		[ACTION_DETACH] = STEP_DETACH,
	};
	const struct observed_program *own = observed_own(observed);
	struct step *step = arena_alloc(arena, sizeof(*step));

	step->kind = kinds[action];
	step->interface = observed->interface;
	step->ifindex = observed->ifindex;
	step->hook = observed->hook;
	step->manifest = action == ACTION_DETACH ? NULL : absorption->target;
	step->mode = mode_wanted(desired);
	if (step->kind != STEP_ATTACH && own)
		step->expected_program =
			observed_segment(observed, (size_t)(own - observed->programs)).chain;
	if (step->hook != HOOK_XDP)
		add_parts(arena, step, desired, observed);
	else if (observed->unlocked || (absorption->unlocked && !own))
		unlock(step, observed, absorption);
	return step;
}

struct span plan_object_span(const struct desired *desired)
{
	const struct program *ours = desired->chain ? chain_first_ours(desired->chain) : NULL;

	return ours ? ours->object.span : (struct span){ 0 };
}

static void report_full(const struct desired *desired, const struct observed_hook *hook,
			struct diags *diags)
{
	struct diag *diag = diag_error(diags, DIAG_KERNEL_LIMIT, plan_object_span(desired),
				       "%s %s has %zu programs of others, the most that the kernel "
				       "takes there",
				       hook->interface, hook_name(hook->hook), hook->program_count);

	diag_help(diags, diag, "`bpftool net show dev %s` lists them; ours needs one place",
		  hook->interface);
}

static void block(struct planned_chain *chain, enum diag_code code, const char *note)
{
	chain->action = ACTION_BLOCKED;
	chain->code = code;
	chain->note = note;
}

/* Where it is to be in the order, nobody can say: the hook stays as it is. */
static void block_ambiguous(struct arena *arena, struct planned_chain *chain,
			    const struct ambiguity *ambiguity, struct diags *diags)
{
	const struct program *const *entries = ambiguity->entries;
	const char *words = foreign_words(arena, ambiguity->program);
	struct diag *diag = diag_error(diags, DIAG_ATTACHED_AMBIGUOUS, entries[0]->span,
				       "'%s' and '%s' both mean %s on %s %s", entries[0]->name,
				       entries[1]->name,
				       foreign_words(diags->arena, ambiguity->program),
				       chain->interface, hook_name(chain->hook));

	diag->program = entries[0]->name;
	diag_label(diags, diag, "this one");
	diag_place(diags, diag, entries[1]->span, "and this one");
	diag_help(diags, diag, "narrow the 'attached' of one of them");
	block(chain, DIAG_ATTACHED_AMBIGUOUS,
	      arena_printf(arena, "'%s' and '%s' both mean %s", entries[0]->name, entries[1]->name,
			   words));
}

static const char *join_notes(struct arena *arena, const char *first, const char *second)
{
	return second ? arena_printf(arena, "%s; %s", first, second) : first;
}

/* After decide(): what the mode has to say to it, which never holds up the rest. */
static void decide_mode(struct arena *arena, struct planned_chain *chain,
			const struct absorption *absorption, bool allow_gap, struct diags *diags)
{
	const struct desired *desired = chain->desired;
	const struct observed_hook *observed = chain->observed;
	struct step *gap;

	if (!desired || !desired->manifest || runs_missing(desired, observed) ||
	    (chain->step && chain->step->kind == STEP_GIVE_BACK))
		return;
	if (mode_is_missing(desired, observed)) {
		block(chain, DIAG_XDP_MODE,
		      join_notes(arena, mode_missing_words(arena, desired), chain->note));
		return;
	}
	if (chain->step && mode_fears_mtu(desired, observed))
		mode_warn_mtu(desired, diags);
	if (!changes_mode(desired, observed))
		return;
	gap = step_new(arena, ACTION_UPDATE, desired, observed, absorption);
	gap->kind = STEP_REATTACH;
	if (allow_gap) {
		chain->step = gap;
		chain->note = join_notes(arena, mode_gap, chain->note);
		return;
	}
	chain->waiting = gap;
	block(chain, DIAG_NEEDS_GAP,
	      join_notes(arena, mode_gap_words(arena, desired, observed), chain->note));
}

static const char *reentrant_words(struct arena *arena, const struct desired *desired,
				   const struct observed_hook *observed)
{
	struct placement placement = placement_of(arena, desired, observed);
	struct parts parts = parts_of(arena, &placement, observed, desired->chain);
	const struct reentrant *reentrant = &parts.reentrant;
	const char *who = reentrant->element ? arena_printf(arena, "'%s'", reentrant->element)
			  : reentrant->program->ours ? "our own segment"
						     : foreign_words(arena, reentrant->program);

	return arena_printf(arena, "%s, which may send packets over the hook again (%s)", who,
			    reentrant->why);
}

/* After decide(): several links cannot change at once where a packet may come to the hook twice. */
static void decide_segments(struct arena *arena, struct planned_chain *chain,
			    const struct absorption *absorption, bool allow_gap,
			    struct diags *diags)
{
	const struct desired *desired = chain->desired;
	const struct observed_hook *observed = chain->observed;
	const char *words;
	struct step *gap;
	struct diag *diag;

	if (!placement_wanted(desired) || !segments_matter(observed) ||
	    runs_missing(desired, observed))
		return;
	if (chain->step && chain->step->kind == STEP_REARRANGE)
		chain->note = join_notes(arena, segments_gap, chain->note);
	if (allow_gap || chain->step || segments_action(desired, observed, true) == ACTION_NONE)
		return;
	gap = step_new(arena, segments_action(desired, observed, true), desired, observed,
		       absorption);
	words = reentrant_words(arena, desired, observed);
	diag = diag_error(diags, DIAG_NEEDS_GAP, plan_object_span(desired),
			  "%s %s: the order needs changes on both sides of %s", chain->interface,
			  hook_name(chain->hook), words);
	diag_detail(diags, diag, "the gap: %s", segments_gap);
	diag_help(diags, diag,
		  "`ordain apply --allow-gap` does it; until then the chain stays as it is");
	chain->waiting = gap;
	block(chain, DIAG_NEEDS_GAP,
	      join_notes(arena,
			 arena_printf(arena,
				      "changes on both sides of %s need a gap, and wait for "
				      "`ordain apply --allow-gap`",
				      words),
			 chain->note));
}

/* What the hook holds of ours afterwards. */
static struct placement placement_after(struct arena *arena, const struct planned_chain *chain,
					const struct absorption *absorption)
{
	struct desired desired;

	if (!chain->step)
		return placement_running(arena, chain->observed);
	if (chain->step->kind == STEP_DETACH || chain->step->kind == STEP_GIVE_BACK)
		return (struct placement){ 0 };
	desired = *chain->desired;
	desired.manifest = absorption->target;
	return placement_of(arena, &desired, chain->observed);
}

/* Sets action, note and step. */
static void decide(struct arena *arena, struct planned_chain *chain,
		   const struct absorption *absorption, bool allow_gap)
{
	const struct desired *desired = chain->desired;
	const struct observed_hook *observed = chain->observed;
	const struct manifest *target = absorption->target;
	bool blocked = desired && desired->blocked;
	enum chain_action action = choose_action(desired, observed, absorption, allow_gap);
	const char *note = NULL;

	if ((blocked && !target) || runs_missing(desired, observed)) {
		block(chain, desired->code, desired->reason);
		return;
	}
	if (action != ACTION_NONE) {
		chain->step = step_new(arena, action, desired, observed, absorption);
		note = drift_words(arena, observed, absorption,
				   target || placement_wanted(desired));
	}
	chain->action = action;
	chain->note = note;
	if (desired && desired_incomplete(desired))
		chain->incomplete = missing_summary(arena, &desired->missing);
	if (blocked)
		block(chain, desired->code, join_notes(arena, desired->reason, note));
	else if (desired && desired->unabsorbable && observed->unlocked)
		block(chain, DIAG_NOT_LINKABLE, desired->unabsorbable);
}

bool plan_hook(struct arena *arena, const struct desired *desired,
	       const struct observed_hook *observed, bool allow_gap, struct planned_chain *ret,
	       struct diags *diags)
{
	bool wanted = desired &&
		      (placement_wanted(desired) || desired->blocked || desired->missing.count ||
		       observed->program_count || observed->absorbed_count);
	struct planned_chain chain = {
		.interface = observed->interface,
		.ifindex = observed->ifindex,
		.hook = observed->hook,
		.desired = wanted ? desired : NULL,
		.observed = observed,
	};
	struct absorption absorption = absorb_decide(arena, desired, observed);
	struct placement target = { 0 };
	const char *held_wrong;
	struct ambiguity ambiguity;

	if (!wanted && observed->own == OWN_NONE)
		return false;
	chain.mechanism = mechanism(arena, chain.desired, observed);
	ambiguity = attached_ambiguity(chain.desired, observed);
	if (!observed->supported) {
		block(&chain, DIAG_KERNEL_TOO_OLD, "this kernel has no such hook");
	} else if (wanted && absorption.target && is_shut(observed, &absorption)) {
		block(&chain, DIAG_HOOK_TAKEN, taken_words(arena, desired, observed));
	} else if (wanted && desired->manifest && is_full(observed)) {
		report_full(desired, observed, diags);
		block(&chain, DIAG_KERNEL_LIMIT, "the hook is full");
	} else if (ambiguity.program) {
		block_ambiguous(arena, &chain, &ambiguity, diags);
		target = placement_running(arena, observed);
	} else {
		decide(arena, &chain, &absorption, allow_gap);
		decide_mode(arena, &chain, &absorption, allow_gap, diags);
		decide_segments(arena, &chain, &absorption, allow_gap, diags);
		held_wrong = absorb_held_wrong(chain.desired, observed, &absorption);
		if (held_wrong && chain.action != ACTION_BLOCKED)
			block(&chain, DIAG_DOOR, join_notes(arena, held_wrong, chain.note));
		takeover_report(&chain, diags);
		if (chain.step && chain.hook != HOOK_XDP)
			chain.mechanism = "linked, tcx";
		target = placement_after(arena, &chain, &absorption);
	}
	if (target.count > 1)
		chain.mechanism =
			arena_printf(arena, "%s, %zu segments", chain.mechanism, target.count);
	absorb_report(&chain, &absorption, diags);
	plan_elements(arena, &chain, &target, diags);
	*ret = chain;
	return true;
}
