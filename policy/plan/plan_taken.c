/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_taken.h"

#include <string.h>

#include "policy/plan/plan_attached.h"
#include "policy/plan/plan_foreign.h"
#include "policy/plan/plan_group.h"
#include "policy/plan/plan_hook.h"
#include "policy/plan/plan_refused.h"

/* By its name: it has no pins here that would tell. */
static bool is_chain(const struct observed_program *program, enum hook hook)
{
	static const char *const names[] = {
		[HOOK_XDP] = "ordain_xdp",
		[HOOK_TCX_INGRESS] = "ordain_tcx_ingress",
		[HOOK_TCX_EGRESS] = "ordain_tcx_egress",
	};

	/* A switch that nobody has finished has a name of its own. */
	return !program->ours &&
	       (!strcmp(program->name, names[hook]) || !strcmp(program->name, "ordain_switch"));
}

const struct observed_program *taken_holder(const struct observed_hook *hook)
{
	if (hook->hook == HOOK_XDP)
		return hook->program_count ? &hook->programs[0] : NULL;
	for (size_t i = 0; i < hook->program_count; i++)
		if (is_chain(&hook->programs[i], hook->hook))
			return &hook->programs[i];
	return NULL;
}

static const struct observed_program *holder_of(const struct planned_chain *chain)
{
	return taken_holder(chain->observed);
}

/* The entry that orders who holds the hook, as if there were room for both; NULL. */
static const struct program *holder_entry(struct arena *arena, const struct desired *desired,
					  const struct observed_hook *hook)
{
	return attached_entries(arena, desired, hook)[taken_holder(hook) - hook->programs];
}

const char *taken_words(struct arena *arena, const struct desired *desired,
			const struct observed_hook *hook)
{
	const struct program *entry = holder_entry(arena, desired, hook);
	const char *meant = entry ? arena_printf(arena, ", what '%s' means", entry->name) : "";

	return arena_printf(arena, "held by %s (%s)%s", foreign_words(arena, taken_holder(hook)),
			    taken_holder(hook)->attached, meant);
}

static bool is_generic(const struct planned_chain *chain)
{
	return chain->observed->mode && !strcmp(chain->observed->mode, "generic");
}

static bool is_taken(const struct planned_chain *chain)
{
	return chain->action == ACTION_BLOCKED && chain->code == DIAG_HOOK_TAKEN;
}

/* Ids and processes differ with every interface, and stand in the lines of the details. */
static bool is_same(const struct planned_chain *a, const struct planned_chain *b)
{
	const struct observed_program *x = holder_of(a);
	const struct observed_program *y = holder_of(b);
	const struct span ours[] = { plan_object_span(a->desired), plan_object_span(b->desired) };
	const struct span said[] = { refused_span(a), refused_span(b) };

	return !strcmp(x->name, y->name) && !x->link_id == !y->link_id &&
	       is_generic(a) == is_generic(b) && !span_compare(&ours[0], &ours[1]) &&
	       !span_compare(&said[0], &said[1]);
}

static bool is_one_program(const struct hook_group *group)
{
	for (size_t i = 1; i < group->count; i++)
		if (holder_of(group->items[i])->id != holder_of(group->items[0])->id)
			return false;
	return true;
}

static struct diag *report_summary(const struct hook_group *group, struct diags *diags)
{
	const struct observed_program *holder = holder_of(group->items[0]);
	const char *hooks = hook_group_words(diags->arena, group);
	struct span span = plan_object_span(group->items[0]->desired);

	if (is_one_program(group))
		return diag_error(diags, DIAG_HOOK_TAKEN, span, "%s %s held by another program, %s",
				  hooks, group->count == 1 ? "is" : "are",
				  foreign_words(diags->arena, holder));
	if (!*holder->name)
		return diag_error(diags, DIAG_HOOK_TAKEN, span, "%s are held by other programs",
				  hooks);
	return diag_error(diags, DIAG_HOOK_TAKEN, span, "%s are held by other programs, named '%s'",
			  hooks, holder->name);
}

static const char *holder_lines(struct arena *arena, const struct observed_program *holder)
{
	struct text lines = TEXT(arena);

	text_printf(&lines, "attached by: %s", *holder->attached ? holder->attached : "unknown");
	if (*holder->tag)
		text_printf(&lines, "\ntag: %s", holder->tag);
	if (*holder->pins)
		text_printf(&lines, "\npinned at: %s", holder->pins);
	if (*holder->holders)
		text_printf(&lines, "\nheld by: %s", holder->holders);
	return text_string(&lines);
}

/* So many hooks of a group have a line of their own. */
enum { HOOKS_TOLD = 8 };

/* A line for each hook. */
static const char *group_lines(struct arena *arena, const struct hook_group *group)
{
	size_t told = group->count <= HOOKS_TOLD ? group->count : HOOKS_TOLD;
	struct text lines = TEXT(arena);

	for (size_t i = 0; i < told; i++) {
		const struct observed_program *holder = holder_of(group->items[i]);

		text_printf(&lines, "%s%s: id %u, %s", i ? "\n" : "", group->items[i]->interface,
			    holder->id, foreign_whose(arena, holder));
	}
	if (told < group->count)
		text_printf(&lines, "\nand %zu more", group->count - told);
	return text_string(&lines);
}

/* With what to get it off; of several hooks with words in capitals for what differs. */
static const char *way_out(struct arena *arena, const struct hook_group *group)
{
	const struct planned_chain *chain = group->items[0];
	const char *interface = group->count == 1 ? chain->interface : "IFACE";
	uint32_t link = holder_of(chain)->link_id;

	if (link && group->count > 1)
		return "bpftool link detach id LINK";
	if (link)
		return arena_printf(arena, "bpftool link detach id %u", link);
	return arena_printf(arena, "ip link set dev %s %s off", interface,
			    is_generic(chain) ? "xdpgeneric" : "xdp");
}

/*
 * A link that is not pinned goes with the process that holds it. What netlink attached stays
 * without any process.
 */
static const char *own_tool(struct arena *arena, const struct hook_group *group)
{
	const struct observed_program *holder = holder_of(group->items[0]);

	if (group->count > 1)
		return "detach them with their own tool, or each";
	if (holder->link_id && *holder->holders && !*holder->pins)
		return arena_printf(arena, "stop %s, or detach it", holder->holders);
	return "detach it with its own tool, or";
}

static const char *help_taken(struct arena *arena, const struct hook_group *group)
{
	/*
	 * Our own chain, kept by pins that are not below this bpffs, or by the descriptor of an
	 * agent: to detach it would be to lose it.
	 */
	if (is_chain(holder_of(group->items[0]), group->items[0]->hook))
		return "that is a chain of ordain whose pins are not here: use the --bpffs with "
		       "which it was applied; an agent that holds it pins it again by itself";
	return arena_printf(arena, "%s with `%s`; or leave %s out of the program's interfaces",
			    own_tool(arena, group), way_out(arena, group),
			    group->count == 1 ? group->items[0]->interface : "these interfaces");
}

static void report_group(const struct hook_group *group, struct diags *diags)
{
	const struct planned_chain *chain = group->items[0];
	const struct program *entry = holder_entry(diags->arena, chain->desired, chain->observed);
	struct span refused = refused_span(chain);
	struct diag *diag = report_summary(group, diags);

	if (entry)
		diag_place(diags, diag, entry->span, "the one that '%s' means", entry->name);
	if (refused.source)
		diag_place(diags, diag, refused,
			   "keeps off who comes later, not who was there before");
	diag_detail(diags, diag, "%s",
		    group->count == 1 ? holder_lines(diags->arena, holder_of(chain))
				      : group_lines(diags->arena, group));
	diag->help = help_taken(diags->arena, group);
}

void taken_report(const struct plan *plan, struct diags *diags)
{
	static const struct grouping grouping = { is_taken, is_same, report_group };

	plan_report_grouped(plan, &grouping, diags);
}
