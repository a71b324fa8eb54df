/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_mode.h"

#include <string.h>

#include "policy/plan/plan_group.h"

/*
 * A page, less what the driver keeps of it, is one buffer to most: 3506 on a veth with pages of 4096
 * bytes, 3498 and so on elsewhere.
 */
enum { ONE_BUFFER_MTU = 3500 };

const char mode_gap[] = "packets pass without the chain for a moment: native and generic cannot be "
			"attached together";

const char *mode_name(enum xdp_mode mode)
{
	static const char *const names[] = {
		[MODE_AUTO] = "auto",
		[MODE_NATIVE] = "native",
		[MODE_GENERIC] = "generic",
	};

	return names[mode];
}

enum xdp_mode mode_wanted(const struct desired *desired)
{
	const struct chain *chain = desired ? desired->chain : NULL;

	return chain && chain->hook == HOOK_XDP ? (enum xdp_mode)chain->mode.value : MODE_AUTO;
}

static bool runs_in(const struct observed_hook *observed, enum xdp_mode mode)
{
	return observed_own(observed) && observed->mode && !strcmp(observed->mode, mode_name(mode));
}

bool mode_differs(const struct desired *desired, const struct observed_hook *observed)
{
	enum xdp_mode wanted = mode_wanted(desired);

	/* A poll of a hook that is as it was does not ask for the mode, which cannot change. */
	return wanted != MODE_AUTO && observed_own(observed) && observed->mode &&
	       !runs_in(observed, wanted);
}

bool mode_is_missing(const struct desired *desired, const struct observed_hook *observed)
{
	return mode_wanted(desired) == MODE_NATIVE && observed->no_native &&
	       !runs_in(observed, MODE_NATIVE);
}

/* Where somebody wrote the mode; where nobody did, the program. */
static struct span mode_span(const struct desired *desired)
{
	const struct chain *chain = desired->chain;

	if (!chain || chain->mode.written || !chain->count)
		return chain ? chain->mode.span : (struct span){ 0 };
	return chain->elements[0].program->object.span;
}

/* "the driver 'veth'", or what there is to say of an interface without one. */
/* "": unknown. */
static const char *driver_of(const struct desired *desired)
{
	const struct interface *interface = desired->chain ? desired->chain->interface : NULL;

	return interface && interface->driver ? interface->driver : "";
}

static const char *driver_words(struct arena *arena, const struct desired *desired)
{
	const char *driver = driver_of(desired);

	return *driver ? arena_printf(arena, "the driver '%s'", driver) : "the driver";
}

const char *mode_gap_words(struct arena *arena, const struct desired *desired,
			   const struct observed_hook *observed)
{
	return arena_printf(arena,
			    "runs %s; %s needs a gap, and waits for `ordain apply --allow-gap`",
			    observed->mode, mode_name(mode_wanted(desired)));
}

static bool needs_gap(const struct planned_chain *chain)
{
	return chain->hook == HOOK_XDP && chain->action == ACTION_BLOCKED &&
	       chain->code == DIAG_NEEDS_GAP;
}

static bool is_same_gap(const struct planned_chain *a, const struct planned_chain *b)
{
	const struct span spans[] = { mode_span(a->desired), mode_span(b->desired) };

	return mode_wanted(a->desired) == mode_wanted(b->desired) &&
	       !strcmp(a->observed->mode, b->observed->mode) && !span_compare(&spans[0], &spans[1]);
}

static void report_gap(const struct hook_group *group, struct diags *diags)
{
	const struct planned_chain *chain = group->items[0];
	const char *wanted = mode_name(mode_wanted(chain->desired));
	bool one = group->count == 1;
	struct diag *diag = diag_error(diags, DIAG_NEEDS_GAP, mode_span(chain->desired),
				       "%s %s in %s mode, and shall run in %s mode",
				       hook_group_words(diags->arena, group), one ? "runs" : "run",
				       chain->observed->mode, wanted);

	diag_label(diags, diag, "this mode");
	diag_detail(diags, diag, "the gap: %s", mode_gap);
	diag_help(diags, diag,
		  "`ordain apply --allow-gap` does it; until then the %s %s, and %s the policy in "
		  "all else",
		  one ? "chain stays" : "chains stay", chain->observed->mode,
		  one ? "follows" : "follow");
}

const char *mode_missing_words(struct arena *arena, const struct desired *desired)
{
	return arena_printf(arena, "%s has no native XDP", driver_words(arena, desired));
}

static bool is_missing(const struct planned_chain *chain)
{
	return chain->action == ACTION_BLOCKED && chain->code == DIAG_XDP_MODE &&
	       mode_is_missing(chain->desired, chain->observed);
}

static bool is_same_driver(const struct planned_chain *a, const struct planned_chain *b)
{
	const struct span spans[] = { mode_span(a->desired), mode_span(b->desired) };

	return !strcmp(driver_of(a->desired), driver_of(b->desired)) &&
	       !span_compare(&spans[0], &spans[1]);
}

static void report_missing(const struct hook_group *group, struct diags *diags)
{
	const struct desired *desired = group->items[0]->desired;
	struct diag *diag = diag_error(diags, DIAG_XDP_MODE, mode_span(desired), "%s: %s",
				       hook_group_words(diags->arena, group),
				       mode_missing_words(diags->arena, desired));

	diag_label(diags, diag, "this mode");
	diag_help(diags, diag,
		  "say 'mode: generic', or 'mode: auto', which takes the best that is there");
}

void mode_report(const struct plan *plan, struct diags *diags)
{
	static const struct grouping gaps = { needs_gap, is_same_gap, report_gap };
	static const struct grouping missing = { is_missing, is_same_driver, report_missing };

	plan_report_grouped(plan, &gaps, diags);
	plan_report_grouped(plan, &missing, diags);
}

static bool is_too_large(const struct desired *desired)
{
	const struct chain *chain = desired->chain;

	return desired->one_buffer && chain && chain->interface->mtu > ONE_BUFFER_MTU &&
	       mode_wanted(desired) != MODE_GENERIC;
}

/* A chain takes packets of several buffers only as a whole: one element tells of all. */
static bool shares_element(const struct manifest *a, const struct manifest *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (!strcmp(a->items[i].digest, b->items[j].digest) &&
			    !strcmp(a->items[i].function, b->items[j].function))
				return true;
	return false;
}

bool mode_fears_mtu(const struct desired *desired, const struct observed_hook *observed)
{
	const struct manifest *running = observed_running(observed);
	bool stays = observed_own(observed) && !mode_differs(desired, observed);

	if (!is_too_large(desired) || (observed->no_native && !runs_in(observed, MODE_NATIVE)))
		return false;
	return !stays || (!runs_in(observed, MODE_GENERIC) &&
			  !(running && shares_element(running, desired->manifest)));
}

/* Whose fault, and the ways out. */
static void explain_mtu(const struct desired *desired, struct diags *diags, struct diag *diag)
{
	diag_help(diags, diag,
		  "compile for section 'xdp.frags' what is in this chain, lower the MTU, or say "
		  "'mode: generic'; one buffer only: %s",
		  desired->one_buffer);
}

void mode_warn_mtu(const struct desired *desired, struct diags *diags)
{
	struct diag *diag = diag_warn(diags, DIAG_XDP_MODE, mode_span(desired),
				      "%s xdp: with an MTU of %u %s may refuse the chain, whose "
				      "programs take packets of one buffer only",
				      desired->interface, desired->chain->interface->mtu,
				      driver_words(diags->arena, desired));

	explain_mtu(desired, diags, diag);
}

void mode_report_refused(const struct desired *desired, const char *words, bool too_large,
			 struct diags *diags)
{
	enum xdp_mode wanted = mode_wanted(desired);
	struct diag *diag = diag_error(diags, DIAG_XDP_MODE, mode_span(desired),
				       "%s xdp: %s does not take the chain%s%s%s",
				       desired->interface, driver_words(diags->arena, desired),
				       wanted == MODE_AUTO ? "" : " in ",
				       wanted == MODE_AUTO ? "" : mode_name(wanted),
				       wanted == MODE_AUTO ? "" : " mode");

	diag_detail(diags, diag, "%s", words);
	if (desired->one_buffer && (too_large || is_too_large(desired)))
		explain_mtu(desired, diags, diag);
	else if (wanted != MODE_GENERIC)
		diag_help(diags, diag,
			  "set the interface up for it, or say 'mode: generic', which does "
			  "without the driver");
}
