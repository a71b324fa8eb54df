/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/pass.h"

#include <errno.h>
#include <string.h>

#include "agent/decide/fallback.h"
#include "agent/decide/together.h"
#include "agent/reconcile/adopt.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_mode.h"

struct pass pass_begin(struct decision *decision)
{
	struct pass pass = { .arena = arena_new(), .decision = decision };

	pass.diags = DIAGS(pass.arena);
	return pass;
}

void pass_end(struct pass *pass)
{
	arena_free(pass->arena);
	*pass = (struct pass){ 0 };
}

void pass_plan(struct pass *pass)
{
	pass->diags = DIAGS(pass->arena);
	pass->plan =
		plan_build(pass->arena, &pass->decision->desires, pass->observed, &pass->diags);
}

/* Whoever is said to be readonly and is attached by others: somebody has to look into it. */
static void refute_foreign(struct pass *pass, struct kernel *kernel, const struct desired *desired)
{
	const struct observed_hook *hook =
		observed_find(pass->observed, desired->interface, desired->hook);
	const struct program **entries;

	if (!hook || !desired->chain)
		return;
	entries = attached_entries(pass->arena, desired, hook);
	for (size_t i = 0; i < hook->program_count; i++)
		if (entries[i] && entries[i]->readonly.value)
			hook->programs[i].changes =
				kernel_refute(kernel, pass->arena, hook->programs[i].id);
}

static bool says_readonly(const struct chain *chain)
{
	for (size_t i = 0; chain && i < chain->count; i++)
		if (program_is_attached(chain->elements[i].program) &&
		    chain->elements[i].program->readonly.value)
			return true;
	return false;
}

int pass_look(struct pass *pass, struct kernel *kernel, const unsigned int *wanted,
	      enum detail detail, struct error *ret_error)
{
	int result = kernel_observe(kernel, pass->arena, &pass->decision->interfaces, wanted,
				    detail, &pass->observed, ret_error);

	if (result)
		return result;
	for (size_t i = 0; i < pass->decision->desires.count; i++)
		if (says_readonly(pass->decision->desires.items[i].chain))
			refute_foreign(pass, kernel, &pass->decision->desires.items[i]);
	pass_plan(pass);
	return 0;
}

/* The kernel knows programs by name; the reader wants the place in the file. */
static void place(struct decision *decision, struct diag *diag)
{
	const struct program *program = NULL;

	if (diag->program && decision->policy)
		program = policy_program(decision->policy, diag->program);
	if (program && !diag->place_count)
		diag_place(&decision->diags, diag, program->object.span, "loaded from here");
}

static bool already_reported(const struct diags *diags, const struct diag *diag)
{
	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].code == diag->code &&
		    !strcmp(diags->items[i].summary, diag->summary))
			return true;
	return false;
}

/* The same broken program on many hooks is one diagnostic, and many blocked hooks. */
static void report(struct decision *decision, const struct diags *found)
{
	for (size_t i = 0; i < found->count; i++) {
		struct diag *diag;

		if (already_reported(&decision->diags, &found->items[i]))
			continue;
		diag = list_push(decision->arena, &decision->diags);
		*diag = found->items[i];
		place(decision, diag);
	}
}

/* What others loaded is no reason to go without what is ours; NULL: it is about ours. */
static const char *why_not_absorbed(const struct manifest *manifest, const struct diags *found)
{
	for (size_t i = 0; i < found->count; i++)
		for (size_t j = 0; found->items[i].program && j < manifest->count; j++)
			if (manifest->items[j].absorbed &&
			    !strcmp(manifest->items[j].name, found->items[i].program))
				return found->items[i].summary;
	return NULL;
}

static int try_chain(struct pass *pass, const struct paths *paths, struct kernel *kernel,
		     const struct planned_chain *chain, bool *ret_refused, struct error *ret_error)
{
	struct decision *decision = pass->decision;
	struct diags found = DIAGS(decision->arena);
	struct desired *desired =
		&decision->desires.items[chain->desired - decision->desires.items];
	const struct manifest *manifest;
	int result = 0;

	for (size_t i = 0; !result && (manifest = step_manifest(chain->step, i)); i++)
		result = kernel_prepare(kernel, manifest, &found, ret_error);
	if (result)
		return result;
	report(decision, &found);
	if (!diags_have_errors(&found))
		return 0;
	*ret_refused = true;
	desired->unabsorbable = why_not_absorbed(chain->step->manifest, &found);
	if (!desired->unabsorbable)
		fallback_refused(decision, paths, desired, &found);
	return 0;
}

int pass_try(struct pass *pass, const struct paths *paths, struct kernel *kernel,
	     struct error *ret_error)
{
	bool refused;

	/* What is desired instead has to be tried as well. */
	do {
		refused = false;
		for (size_t i = 0; i < pass->plan->count; i++) {
			const struct planned_chain *chain = &pass->plan->chains[i];
			int result;

			if (!chain->step || !chain->desired)
				continue;
			result = try_chain(pass, paths, kernel, chain, &refused, ret_error);
			if (result)
				return result;
		}
		if (refused) {
			together_hold(pass, paths);
			pass_plan(pass);
		}
	} while (refused);
	return 0;
}

/*
 * Of hooks that need no step as well: the state directory may have been lost since, or the chain
 * was found running. What is kept of a blocked hook is there, or cannot be had any more.
 */
static const struct manifest *manifest_to_keep(const struct planned_chain *chain)
{
	return chain->desired && (chain->step || !chain->desired->blocked)
		       ? chain->desired->manifest
		       : NULL;
}

static int keep_objects(const struct pass *pass, const struct pass_options *options,
			struct error *ret_error)
{
	for (size_t i = 0; i < pass->plan->count; i++) {
		const struct manifest *manifest = manifest_to_keep(&pass->plan->chains[i]);

		for (size_t j = 0; manifest && j < manifest->count; j++) {
			int result;

			if (manifest->items[j].missing || manifest->items[j].absorbed)
				continue;
			result = objects_keep(options->objects, manifest->items[j].digest,
					      ret_error);

			if (result)
				return result;
		}
	}
	return 0;
}

/* `chain`: whose step it is; NULL for an orphan's. */
static bool take_step(struct pass *pass, const struct pass_options *options,
		      const struct planned_chain *chain, const struct step *step)
{
	struct error error = { "" };
	int result = kernel_execute(options->kernel, step, &error);

	if (!result) {
		pass->executed++;
		return true;
	}
	if (result == -ESTALE) {
		pass->stale = true;
		return false;
	}
	pass->failed++;
	if ((result == -EOPNOTSUPP || result == -EMSGSIZE) && chain && chain->desired)
		mode_report_refused(chain->desired, error.text, result == -EMSGSIZE, &pass->diags);
	else
		diag_error(&pass->diags, DIAG_STEP_FAILED, (struct span){ 0 }, "%s: %s",
			   step_words(pass->arena, step), error.text);
	return false;
}

/*
 * What is in force now, so that the hook can go back to it when a later policy fails. A chain that
 * lacks something is none to go back to.
 */
static int save_last_good(const struct pass *pass, const struct pass_options *options,
			  const struct planned_chain *chain, struct error *ret_error)
{
	const struct desired *desired = chain->desired;
	const struct last_good *last = NULL;
	const struct manifest *manifest = desired ? desired->manifest : NULL;

	if (desired && (desired->blocked || desired->missing.count || !manifest))
		return 0;
	if (state_last_good(pass->arena, options->paths, chain->interface, chain->hook, &last))
		last = NULL;
	if (manifest ? last && manifest_equal(last->manifest, manifest) : !last)
		return 0;
	return state_set_last_good(options->paths, chain->interface, chain->hook,
				   pass->decision->generation, manifest, ret_error);
}

static int take_steps(struct pass *pass, const struct pass_options *options,
		      struct error *ret_error)
{
	int result = 0;

	/* Orphans first: one may have the number of an interface that is here now. */
	for (size_t i = 0; i < pass->plan->forget_count; i++)
		take_step(pass, options, NULL, &pass->plan->forget[i]);
	for (size_t i = 0; i < pass->plan->count; i++) {
		const struct planned_chain *chain = &pass->plan->chains[i];
		bool success = true;

		if (chain->action == ACTION_BLOCKED && !chain->step && !chain->waiting)
			continue;
		if (chain->step) {
			if (options->may && !options->may(options->context, chain))
				continue;
			success = take_step(pass, options, chain, chain->step);
			if (options->done)
				options->done(options->context, chain, success);
		}
		if (success && !result)
			result = save_last_good(pass, options, chain, ret_error);
	}
	return result;
}

/* Objects that no last good chain, no generation that is kept and no program has any more. */
static int forget_objects(const struct pass *pass, const struct pass_options *options)
{
	const struct decision *decision = pass->decision;
	struct names digests;
	int result = state_last_good_digests(pass->arena, options->paths, &digests);

	if (!result)
		result = state_kept_digests(pass->arena, options->paths, &digests);
	if (result < 0)
		return result;
	for (size_t i = 0; decision->policy && i < decision->policy->program_count; i++)
		*list_push(pass->arena, &digests) = decision->objects[i].digest;
	return objects_sweep(options->objects, digests.items, digests.count);
}

/*
 * What is new is written down first, so that whoever comes after a kill knows what is to be. The way
 * back is taken first: nobody takes it again once it is written down, and a full disk must not hold
 * it up.
 */
static int adopt_and_take_steps(struct pass *pass, const struct pass_options *options,
				struct error *ret_error)
{
	const bool back = pass->decision->basis == BASIS_BACK;
	int result = keep_objects(pass, options, ret_error);
	struct error error;
	int taken;

	if (!result && !back)
		result = adopt(pass->decision, options->paths, options->trial, ret_error);
	if (result && !back)
		return result;
	taken = take_steps(pass, options, result ? &error : ret_error);
	if (result || taken)
		return result ? result : taken;
	if (back && !pass->stale)
		result = adopt(pass->decision, options->paths, NULL, ret_error);
	return result;
}

int pass_execute(struct pass *pass, const struct pass_options *options, struct error *ret_error)
{
	struct error error;
	int result = adopt_and_take_steps(pass, options, ret_error);

	if (kernel_settle(options->kernel, &error)) {
		pass->failed++;
		diag_error(&pass->diags, DIAG_STEP_FAILED, (struct span){ 0 }, "%s", error.text);
	}
	if (!result && pass->executed) {
		result = forget_objects(pass, options);
		if (result)
			error_errno(ret_error, result, "sweep %s/objects", options->paths->state);
	}
	return result;
}

/* A hook of the policy, or one that has something of ours; the rest is nobody's business here. */
const unsigned int *pass_wanted(struct arena *arena, const struct decision *decision)
{
	const struct interfaces *interfaces = &decision->interfaces;
	unsigned int *wanted = arena_array(arena, unsigned int, interfaces->count);
	size_t at = 0;

	/* Both lists are sorted by the interface's name. */
	for (size_t i = 0; i < decision->desires.count; i++) {
		const struct desired *desired = &decision->desires.items[i];

		while (strcmp(interfaces->items[at].name, desired->interface) != 0)
			at++;
		wanted[at] |= 1u << desired->hook;
	}
	return wanted;
}
