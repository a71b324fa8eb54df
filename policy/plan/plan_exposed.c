/* SPDX-License-Identifier: GPL-2.0-only */
/* What absorbing exposes, said before it happens. */
#include "policy/plan/plan_absorb.h"

#include "policy/marks/door.h"
#include "policy/plan/plan_foreign.h"
#include "policy/plan/plan_group.h"

/* Without the administrator's word the hook stays locked. */
static void report_shut(const struct planned_chain *chain, const struct program *exclusive,
			struct diags *diags)
{
	struct diag *diag = diag_error(diags, DIAG_DOOR, chain->desired->chain->others.span,
				       "%s xdp: no door beside '%s', which says 'exclusive: true'",
				       chain->interface, exclusive->name);

	diag_place(diags, diag, exclusive->exclusive.span, "said here");
	diag_help(diags, diag, "say 'others: keep', or take 'exclusive' away");
}

static void report_bypass(const struct planned_chain *chain, struct diags *diags)
{
	const struct chain *resolved = chain->desired->chain;
	const struct program *dropping = door_bypassed(resolved);
	struct diag *diag = diag_error(diags, DIAG_DOOR, resolved->others.span,
				       "%s xdp: no door beside '%s', which says 'if_missing: drop'",
				       chain->interface, dropping->name);

	diag_place(diags, diag, dropping->if_missing.span, "said here");
	diag_detail(
		diags, diag,
		"whoever forces a program onto a hook with a door is alone on it for 15 "
		"ms or more, and packets pass that were to be dropped; so the hook stays locked");
	diag_help(diags, diag, "say 'bypass: allow' beside it, if that may be; or 'others: keep'");
}

/* No door was there before, as far as anybody can see. */
static bool opens_door(const struct planned_chain *chain)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;

	return resolved && chain->step && chain->step->manifest && door_open(resolved) &&
	       chain->observed->own == OWN_NONE;
}

static bool is_same_door(const struct planned_chain *a, const struct planned_chain *b)
{
	return !span_compare(&a->desired->chain->others.span, &b->desired->chain->others.span) &&
	       !door_bypassed(a->desired->chain) == !door_bypassed(b->desired->chain);
}

static void report_doors(const struct hook_group *group, struct diags *diags)
{
	const struct chain *resolved = group->items[0]->desired->chain;
	const struct program *dropping = door_bypassed(resolved);
	struct diag *diag = diag_warn(diags, DIAG_DOOR, resolved->others.span,
				      "%s %s a door: it is no security boundary",
				      hook_group_words(diags->arena, group),
				      group->count == 1 ? "gets" : "get");

	diag_detail(diags, diag,
		    "whoever forces a program onto the hook (netlink without NOEXIST, `ip -force`) "
		    "is alone on it for 15 ms or more, until his program is an element; who asks "
		    "first, or comes with a link, still gets EBUSY");
	if (dropping)
		diag_place(diags, diag, dropping->if_missing.span, "meanwhile it drops nothing");
}

void doors_report(const struct plan *plan, struct diags *diags)
{
	static const struct grouping grouping = { opens_door, is_same_door, report_doors };

	plan_report_grouped(plan, &grouping, diags);
}

static void report_held_wrong(const struct planned_chain *chain, struct diags *diags)
{
	struct diag *diag = diag_error(diags, DIAG_DOOR, chain->desired->chain->others.span,
				       "%s xdp: %s", chain->interface, chain->note);

	diag_help(diags, diag,
		  "that takes a moment in which nothing of ours runs: `ordain detach %s xdp`, then "
		  "`ordain resume`",
		  chain->interface);
}

/* What the one whose program it is meets from then on. */
static void report_taken(const struct planned_chain *chain, const struct observed_program *newcomer,
			 struct diags *diags)
{
	bool link = newcomer->link_id;
	struct diag *diag = diag_warn(diags, DIAG_ABSORBED, (struct span){ 0 },
				      "%s xdp: %s becomes an element of our chain",
				      chain->interface, foreign_words(diags->arena, newcomer));

	diag_detail(diags, diag,
		    "its owner fails with %s when it replaces%s its program by naming the old "
		    "one; all that is called shares 33 tail calls a packet with what it calls "
		    "itself",
		    link ? "EPERM" : "EEXIST", link ? "" : " or detaches");
}

static void report_left(const struct planned_chain *chain, const struct observed_program *program,
			const char *why, struct diags *diags)
{
	diag_warn(diags, DIAG_ABSORBED, (struct span){ 0 }, "%s xdp: %s %s", chain->interface,
		  foreign_words(diags->arena, program), why);
}

void absorb_report(const struct planned_chain *chain, const struct absorption *absorption,
		   struct diags *diags)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;

	if (chain->hook != HOOK_XDP)
		return;
	if (resolved && door_asked(resolved) && door_shut(resolved))
		report_shut(chain, door_shut(resolved), diags);
	else if (resolved && door_asked(resolved) && !door_open(resolved))
		report_bypass(chain, diags);
	if (chain->action == ACTION_BLOCKED && chain->code == DIAG_DOOR)
		report_held_wrong(chain, diags);
	if (absorption->stuck)
		report_left(chain, absorption->stuck,
			    "is not to be absorbed any more, but stays an element: others are "
			    "called from the place that it had",
			    diags);
	if (!chain->step)
		return;
	if (chain->step->kind == STEP_TAKE_OVER)
		report_taken(chain, absorption->newcomer, diags);
	if (chain->step->kind == STEP_GIVE_BACK && absorption->target)
		report_left(chain, absorption->gives_back,
			    "is not absorbed any more: it gets its place back, and nothing of ours "
			    "runs there",
			    diags);
	if (absorption->lost)
		report_left(chain, absorption->lost,
			    "goes: its place is given back to one that came later", diags);
}
