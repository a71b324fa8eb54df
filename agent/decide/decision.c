/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/decision.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/decide/basis.h"
#include "agent/decide/contents.h"
#include "agent/decide/fallback.h"
#include "agent/decide/judge.h"
#include "agent/kernel/interfaces.h"
#include "policy/marks/demands.h"
#include "policy/model/enforced.h"
#include "policy/model/hints.h"
#include "policy/order/conflict.h"

static const char *tier_directory(const struct paths *paths, enum tier tier)
{
	switch (tier) {
	case TIER_HINT:
		return paths->hints;
	case TIER_RUN:
		return paths->run;
	case TIER_ETC:
		break;
	}
	return paths->etc;
}

static bool has_file(const struct sources *sources, const char *name)
{
	for (size_t i = 0; i < sources->count; i++)
		if (!strcmp(sources->items[i].name, name))
			return true;
	return false;
}

/* As if none of its files could be read; a stronger file of that name may be there by now. */
static void miss_hints(struct decision *decision)
{
	const struct sources *accepted = &decision->accepted->sources;

	for (size_t i = 0; i < accepted->count; i++) {
		struct source hint = accepted->items[i];

		if (hint.tier != TIER_HINT || has_file(&decision->files, hint.name))
			continue;
		hint.unread = true;
		*list_push(decision->arena, &decision->files) = hint;
	}
}

/* A directory that is gone took its files along: that is no decision to have none. */
static void check_directories(struct decision *decision, const struct paths *paths)
{
	bool reported[TIER_ETC + 1] = { false };

	for (size_t i = 0; decision->accepted && i < decision->accepted->sources.count; i++) {
		enum tier tier = decision->accepted->sources.items[i].tier;
		const char *directory = tier_directory(paths, tier);
		struct diag *diag;

		if (reported[tier] || !access(directory, F_OK))
			continue;
		reported[tier] = true;
		diag = diag_add(&decision->diags,
				tier == TIER_HINT ? SEVERITY_WARNING : SEVERITY_ERROR,
				DIAG_POLICY_MISSING, (struct span){ 0 },
				"the policy directory %s is missing", directory);
		if (tier == TIER_HINT) {
			miss_hints(decision);
			diag_help(&decision->diags, diag,
				  "its hints of before count; make it, empty, if they shall not");
		} else {
			diag_help(&decision->diags, diag,
				  "put it back; an empty directory means that nothing shall run");
		}
	}
}

static void read_policy(const struct decide_options *options, struct decision *decision)
{
	struct diags found = DIAGS(decision->arena);
	const struct policy *policy;
	bool present;

	confdir_read(decision->arena, options->paths, options->substitutes, &decision->diags,
		     &decision->files, &present);
	check_directories(decision, options->paths);
	hints_keep_good(decision->arena, &decision->files,
			decision->accepted ? &decision->accepted->sources : NULL, &found);
	policy = policy_build(decision->arena, &decision->files, &found);
	/* A file that could not be had may declare what seems to be nowhere. */
	if (diags_have_errors(&decision->diags))
		diags_drop(&found, DIAG_UNKNOWN_PROGRAM);
	diags_append(&decision->diags, &found);
	diags_sort(&decision->diags);
	decision->held = diags_have_errors(&decision->diags);
	if (!decision->held && present && (decision->accepted || decision->files.count))
		decision->written = policy;
}

/* Decided from the accepted policy, it never is, whatever the files say meanwhile. */
bool decision_is_new(const struct decision *decision)
{
	if (decision->basis == BASIS_BACK)
		return true;
	return decision->policy && decision->policy == decision->written &&
	       (!decision->accepted || strcmp(decision->digest, decision->accepted->digest) != 0);
}

const char *decision_digest(const struct decision *decision)
{
	if (decision->basis == BASIS_FILES)
		return decision->digest;
	return decision->back ? decision->back->digest : decision->accepted->digest;
}

/* What cannot run changes nothing for those that do. */
static struct chain without(struct arena *arena, const struct chain *chain,
			    const struct missing *missing)
{
	struct chain present = *chain;

	present.elements = arena_array(arena, struct element, chain->count);
	present.count = 0;
	for (size_t i = 0; i < chain->count; i++)
		if (!missing_find(missing, chain->elements[i].program->name))
			present.elements[present.count++] = chain->elements[i];
	return present;
}

static void add_desired(const struct decide_options *options, struct decision *decision,
			const struct chain *chain)
{
	struct desired *desired = list_push(decision->arena, &decision->desires);
	struct diags found = DIAGS(decision->arena);
	struct chain present;

	desired->interface = chain->interface->name;
	desired->ifindex = chain->interface->index;
	desired->hook = chain->hook;
	desired->chain = chain;
	if (detached_covers(&decision->detached, desired->interface, desired->hook)) {
		desired->blocked = true;
		desired->code = DIAG_DETACHED;
		desired->reason = "by hand, until `ordain resume`";
		return;
	}
	if (chain->blocked) {
		fallback_block(decision, options->paths, desired, chain->code,
			       conflict_reason(chain));
		return;
	}
	desired->whole = chain_manifest(options, decision, chain, &desired->missing);
	desired->manifest = desired->whole;
	present = without(decision->arena, chain, &desired->missing);
	if (!demand_shadows(&present, &found)) {
		desired->missing.count = 0;
		fallback_block(decision, options->paths, desired, found.items[0].code,
			       found.items[0].summary);
	} else if (desired->missing.count) {
		fallback_make_do(decision, options->paths, desired);
	} else {
		desired->one_buffer = chain_one_buffer(decision, chain);
	}
	diags_append_new(&decision->diags, &found);
}

static int compare_interfaces(const void *a, const void *b)
{
	const struct interface *x = a;
	const struct interface *y = b;

	return strcmp(x->name, y->name);
}

static void assume(struct decision *decision, const struct words *patterns)
{
	struct interface *interface;

	for (size_t i = 0; i < patterns->count; i++) {
		const char *name = patterns->items[i].text;
		bool known = !pattern_is_literal(name);

		for (size_t j = 0; !known && j < decision->interfaces.count; j++)
			known = pattern_matches(NULL, name, &decision->interfaces.items[j]);
		if (known)
			continue;
		interface = list_push(decision->arena, &decision->interfaces);
		*interface = (struct interface){ .name = name };
	}
}

/* The list from the kernel may sit in an array of exactly its size: copy before growing it. */
static void assume_interfaces(struct decision *decision)
{
	struct interfaces listed = decision->interfaces;

	decision->interfaces = (struct interfaces){ 0 };
	for (size_t i = 0; i < listed.count; i++)
		*list_push(decision->arena, &decision->interfaces) = listed.items[i];
	for (size_t i = 0; i < decision->policy->program_count; i++)
		assume(decision, &decision->policy->programs[i].interfaces);
	for (size_t i = 0; i < decision->policy->label_count; i++)
		assume(decision, &decision->policy->labels[i].names);
	if (decision->interfaces.count)
		qsort(decision->interfaces.items, decision->interfaces.count,
		      sizeof(*decision->interfaces.items), compare_interfaces);
}

/* What the accepted policy has to note is old news beside errors in the files. */
static void resolve_policy(struct decision *decision)
{
	struct diags found = DIAGS(decision->arena);

	decision->resolution =
		resolve(decision->arena, decision->policy, &decision->interfaces, &found);
	if (decision->held)
		diags_drop(&found, DIAG_INTERFACE_ABSENT);
	diags_append(&decision->diags, &found);
}

static void judge_chains(const struct decide_options *options, struct decision *decision)
{
	const struct chains *chains = &decision->resolution->chains;
	const struct chain *xdp;

	for (size_t i = 0; i < chains->count; i++)
		judge_chain(options, decision, &chains->items[i]);
	for (size_t i = 0; i < chains->count; i++) {
		if (chains->items[i].hook != HOOK_TCX_INGRESS)
			continue;
		xdp = chains_find(chains, chains->items[i].interface->name, HOOK_XDP);
		demand_inputs(&chains->items[i], xdp, &decision->diags);
	}
}

static int decide_chains(const struct decide_options *options, struct decision *decision,
			 struct error *ret_error)
{
	int result = interfaces_list(decision->arena, &decision->interfaces, ret_error);

	if (result || !decision->policy)
		return result;
	if (options->assume_interfaces)
		assume_interfaces(decision);
	resolve_policy(decision);
	if (!options->assume_interfaces && options->from != DECIDE_ACCEPTED)
		enforced_report(decision->policy, &decision->diags);
	if (!options->objects)
		return 0;
	judge_objects(options, decision);
	judge_chains(options, decision);
	for (size_t i = 0; i < decision->resolution->chains.count; i++)
		add_desired(options, decision, &decision->resolution->chains.items[i]);
	return 0;
}

/* Whoever only checks files need not be allowed to see what is in force. */
static int read_state(const struct decide_options *options, struct decision *decision,
		      struct error *ret_error)
{
	struct arena *arena = decision->arena;
	int result = state_accepted(arena, options->paths, &decision->accepted, ret_error);

	if (!result && decision->accepted)
		result = state_trial(arena, options->paths, decision->accepted->generation,
				     &decision->trial);
	if (!result)
		result = state_taken_back(arena, options->paths, &decision->taken_back);
	if (!result)
		result = state_pause(arena, options->paths, &decision->pause);
	if (!result)
		result = state_detached(arena, options->paths, &decision->detached);
	if (result == -EACCES) {
		decision->state_hidden = true;
		return 0;
	}
	return result;
}

static void identify(const struct decide_options *options, struct decision *decision)
{
	contents_identify(options, decision, decision->digest);
	if (!decision->policy || decision->policy != decision->written)
		return;
	decision->generation = decision->accepted ? decision->accepted->generation : 0;
	if (decision_is_new(decision))
		decision->generation++;
}

int decide(const struct decide_options *options, struct decision **ret, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct decision *decision = arena_alloc(arena, sizeof(*decision));
	int result;

	decision->arena = arena;
	decision->diags = DIAGS(arena);
	result = read_state(options, decision, ret_error);
	if (!result) {
		read_policy(options, decision);
		result = basis_choose(options, decision, ret_error);
		decision->policy_diags = decision->diags.count;
	}
	if (!result)
		result = decide_chains(options, decision, ret_error);
	if (!result)
		identify(options, decision);
	if (result)
		arena_free(arena);
	else
		*ret = decision;
	return result;
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool same_altnames(const struct interface *a, const struct interface *b)
{
	const char **x = a->altnames;
	const char **y = b->altnames;

	while (x && *x && y && *y && !strcmp(*x, *y)) {
		x++;
		y++;
	}
	return !(x && *x) && !(y && *y);
}

static bool same_interface(const struct interface *a, const struct interface *b)
{
	return a->index == b->index && a->physical == b->physical && a->is_bond == b->is_bond &&
	       !strcmp(a->name, b->name) && same_altnames(a, b) && same_text(a->mac, b->mac) &&
	       same_text(a->driver, b->driver) && same_text(a->master, b->master);
}

static bool same_interfaces(const struct interfaces *a, const struct interfaces *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_interface(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static bool same_marks(const struct decision *a, const struct decision *b)
{
	if (a->pause.paused != b->pause.paused || a->pause.until != b->pause.until ||
	    a->detached.all != b->detached.all ||
	    a->detached.hooks.count != b->detached.hooks.count)
		return false;
	for (size_t i = 0; i < a->detached.hooks.count; i++)
		if (a->detached.hooks.items[i].hook != b->detached.hooks.items[i].hook ||
		    strcmp(a->detached.hooks.items[i].interface,
			   b->detached.hooks.items[i].interface) != 0)
			return false;
	return true;
}

/* Only for decisions from the same files. */
static bool same_objects(const struct decision *a, const struct decision *b)
{
	for (size_t i = 0; a->policy && i < a->policy->program_count; i++) {
		if (strcmp(a->objects[i].digest, b->objects[i].digest) != 0)
			return false;
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			if (a->objects[i].uses[hook].usable != b->objects[i].uses[hook].usable)
				return false;
	}
	return true;
}

/* A file of hints may break while what counts stays the same. */
static bool same_diags(const struct decision *a, const struct decision *b)
{
	if (a->policy_diags != b->policy_diags)
		return false;
	for (size_t i = 0; i < a->policy_diags; i++)
		if (strcmp(a->diags.items[i].summary, b->diags.items[i].summary) != 0)
			return false;
	return true;
}

bool decision_same(const struct decision *a, const struct decision *b)
{
	return !strcmp(a->digest, b->digest) && a->held == b->held && same_diags(a, b) &&
	       a->generation == b->generation && a->basis == b->basis &&
	       (a->policy != NULL) == (b->policy != NULL) &&
	       same_interfaces(&a->interfaces, &b->interfaces) && same_marks(a, b) &&
	       same_objects(a, b);
}

void decision_free(struct decision *decision)
{
	if (decision)
		arena_free(decision->arena);
}

/* The administrator's own, unless all files are in weaker ones, and of use. */
static const char *main_directory(const struct decision *decision, const struct paths *paths)
{
	enum tier strongest = TIER_HINT;

	if (decision->held || !decision->files.count)
		return paths->etc;
	for (size_t i = 0; i < decision->files.count; i++)
		if (decision->files.items[i].tier > strongest)
			strongest = decision->files.items[i].tier;
	return tier_directory(paths, strongest);
}

void decision_report_trial(struct report *report, const struct trial *trial)
{
	report->trial.generation = trial->generation;
	report->trial.back = trial->back;
	report->trial.until = trial->until;
	report->trial.left = (trial->left_ms + 999) / 1000;
}

struct report decision_report(const struct decision *decision, const struct paths *paths,
			      int agent_pid, bool colour)
{
	const struct accepted *accepted = decision->accepted;
	const bool back = decision->basis == BASIS_BACK;
	const char *written = decision->policy && !decision->held ? decision->digest : NULL;
	const bool kept_out = accepted && strcmp(accepted->digest, decision->digest) != 0 &&
			      taken_back_has(&decision->taken_back, decision->digest);

	struct report report = {
		.directory = main_directory(decision, paths),
		.file_count = decision->files.count,
		.policy = back ? decision->back->digest : written,
		.going_back = back,
		.taken_back = { kept_out ? decision->taken_back.generation : 0,
				decision->taken_back.at },
		.in_force = accepted ? accepted->digest : NULL,
		.generation = accepted ? accepted->generation : 0,
		.accepted_at = accepted ? accepted->time : 0,
		.paused = decision->pause.paused,
		.pause_reason = decision->pause.reason ? decision->pause.reason : "",
		.paused_until = decision->pause.until,
		.detached = decision->detached.all,
		.agent_pid = agent_pid,
		.colour = colour,
		.diags = &decision->diags,
	};

	decision_report_trial(&report, &decision->trial);
	return report;
}
