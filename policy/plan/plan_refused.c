/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_refused.h"

#include "policy/plan/plan_foreign.h"
#include "policy/plan/plan_group.h"

/* So many programs of one warning have a line of their own. */
enum { PROGRAMS_TOLD = 8 };

struct words_list {
	const char **items;
	size_t count;
};

/* Where the order is not known, nobody can say which of them the policy names. */
bool refuses_foreign(const struct chain *chain)
{
	bool locked = chain->hook == HOOK_XDP && chain_first_ours(chain);

	return !chain->blocked && !locked && chain->others.value == OTHERS_REFUSE;
}

struct span refused_span(const struct planned_chain *chain)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;

	if (!resolved || resolved->others.value != OTHERS_REFUSE)
		return (struct span){ 0 };
	return resolved->others.span;
}

static const struct observed_program *find_program(const struct observed_hook *hook, uint32_t id)
{
	for (size_t i = 0; i < hook->program_count; i++)
		if (!hook->programs[i].ours && hook->programs[i].id == id)
			return &hook->programs[i];
	return NULL;
}

void plan_refused(struct arena *arena, struct planned_chain *chain)
{
	const struct chain *resolved = chain->desired ? chain->desired->chain : NULL;
	bool violated = false;

	if (!resolved || !refuses_foreign(resolved))
		return;
	for (size_t i = 0; i < chain->count; i++) {
		struct planned_element *element = &chain->elements[i];

		if (!element->foreign_id || element->program)
			continue;
		violated = true;
		element->refused = arena_printf(
			arena, "not wanted here: %s",
			foreign_whose(arena, find_program(chain->observed, element->foreign_id)));
	}
	chain->violated += violated;
}

static bool has_refused(const struct planned_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->elements[i].refused)
			return true;
	return false;
}

static bool is_same(const struct planned_chain *a, const struct planned_chain *b)
{
	const struct span spans[] = { refused_span(a), refused_span(b) };

	return !span_compare(&spans[0], &spans[1]);
}

/* Of all hooks, each on a line of its own. */
static struct words_list list_refused(struct arena *arena, const struct hook_group *group)
{
	struct words_list list = { 0 };

	for (size_t i = 0; i < group->count; i++) {
		const struct planned_chain *chain = group->items[i];

		for (size_t j = 0; j < chain->count; j++) {
			const struct observed_program *program;

			if (!chain->elements[j].refused)
				continue;
			program = find_program(chain->observed, chain->elements[j].foreign_id);
			*list_push(arena, &list) = arena_printf(arena, "%s: %s, %s",
								chain->interface,
								foreign_words(arena, program),
								foreign_whose(arena, program));
		}
	}
	return list;
}

static const char *help_refused(struct arena *arena, const struct hook_group *group, size_t count)
{
	const struct planned_chain *chain = group->items[0];
	const char *link = "a link with `bpftool link detach id LINK`";

	for (size_t i = 0; count == 1 && i < chain->count; i++) {
		const struct observed_program *program;

		if (!chain->elements[i].refused)
			continue;
		program = find_program(chain->observed, chain->elements[i].foreign_id);
		link = program->link_id ? arena_printf(arena, "with `bpftool link detach id %u`",
						       program->link_id)
					: "by ending what attached it";
	}
	return arena_printf(arena,
			    "detach %s with its own tool, or %s; or give what may stay an entry "
			    "with 'attached'",
			    count == 1 ? "it" : "each", link);
}

static void report_group(const struct hook_group *group, struct diags *diags)
{
	struct words_list list = list_refused(diags->arena, group);
	size_t told = list.count <= PROGRAMS_TOLD ? list.count : PROGRAMS_TOLD;
	struct text lines = TEXT(diags->arena);
	struct diag *diag =
		diag_warn(diags, DIAG_FOREIGN_REFUSED, refused_span(group->items[0]),
			  "%zu foreign program%s on %s not wanted there; ordain "
			  "removes no foreign program",
			  list.count, list.count == 1 ? "" : "s",
			  arena_printf(diags->arena, "%s %s", hook_group_words(diags->arena, group),
				       list.count == 1 ? "is" : "are"));

	for (size_t i = 0; i < told; i++)
		text_printf(&lines, "%s%s", i ? "\n" : "", list.items[i]);
	if (told < list.count)
		text_printf(&lines, "\nand %zu more", list.count - told);
	diag_detail(diags, diag, "%s", text_string(&lines));
	diag->help = help_refused(diags->arena, group, list.count);
}

void refused_report(const struct plan *plan, struct diags *diags)
{
	static const struct grouping grouping = { has_refused, is_same, report_group };

	plan_report_grouped(plan, &grouping, diags);
}
