/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/lint.h"

#include <stdlib.h>
#include <string.h>

#include "policy/model/layer.h"

/* Who watches behind whom; names, as the programs may be copies for one hook. */
struct blind {
	const struct program *monitor;
	const struct program *ender;
	const struct chain *chain;
};

struct blinds {
	struct blind *items;
	size_t count;
};

/*
 * Does the chain usually end with its verdict? On tcx without `proceed_on` only what it returns
 * TCX_NEXT for goes on; on xdp what passes goes on unless somebody wrote that nothing does.
 */
static bool usually_ends(const struct program *program, enum hook hook)
{
	if (program->readonly.value || program->shadow.value || program_is_attached(program))
		return false;
	return !(program->proceed[hook] & ~(1u << VERDICT_NEXT)) &&
	       (hook != HOOK_XDP || program_says(program, "proceed_on"));
}

/* Whoever wrote that of these two by name has thought of it. */
static bool is_wanted(const struct chain *chain, const struct program *ender,
		      const struct program *monitor)
{
	for (size_t i = 0; i < chain->applied.count; i++) {
		const struct statement *statement = &chain->applied.items[i];
		bool by_name = statement->kind == STATEMENT_ORDER ||
			       statement->kind == STATEMENT_BEFORE ||
			       statement->kind == STATEMENT_AFTER;

		if (by_name && statement->strength <= STRENGTH_POLICY &&
		    statement->first == ender && statement->second == monitor)
			return true;
	}
	return false;
}

static void find_blind(struct arena *arena, const struct chain *chain, size_t at,
		       struct blinds *blinds)
{
	const struct program *monitor = chain->elements[at].program;

	for (size_t i = 0; i < at; i++) {
		const struct program *ender = chain->elements[i].program;

		if (!usually_ends(ender, chain->hook) || is_wanted(chain, ender, monitor))
			continue;
		*list_push(arena, blinds) = (struct blind){ monitor, ender, chain };
		return;
	}
}

/* By who watches, then by the hook. */
static int compare_blinds(const void *a, const void *b)
{
	const struct blind *x = a;
	const struct blind *y = b;
	int order = strcmp(x->monitor->name, y->monitor->name);

	if (!order)
		order = strcmp(x->ender->name, y->ender->name);
	return order ? order : (x->chain > y->chain) - (x->chain < y->chain);
}

static void report_blind(const struct blind *blinds, size_t count, struct diags *diags)
{
	const struct program *monitor = blinds->monitor;
	const struct program *ender = blinds->ender;
	const char *more = count > 1 ? arena_printf(diags->arena, " and %zu more hook%s", count - 1,
						    count > 2 ? "s" : "")
				     : "";
	struct diag *diag;

	diag = diag_warn(diags, DIAG_MONITOR_BLIND, monitor->readonly.span,
			 "'%s' is readonly and never sees what '%s' ends on %s %s%s", monitor->name,
			 ender->name, blinds->chain->interface->name,
			 hook_name(blinds->chain->hook), more);
	diag->program = monitor->name;
	diag_label(diags, diag, "'%s' only watches", monitor->name);
	diag_place(diags, diag, ender->span, "'%s' comes before it, and goes on after no verdict",
		   ender->name);
	diag_help(diags, diag,
		  "let it run first: 'before: [%s]'; or, if it is to see only what is left, say "
		  "'after: [%s]'",
		  ender->name, ender->name);
}

static void lint_monitors(const struct chains *chains, struct diags *diags)
{
	struct blinds blinds = { 0 };
	size_t end;

	for (size_t i = 0; i < chains->count; i++) {
		const struct chain *chain = &chains->items[i];

		for (size_t j = 0; !chain->blocked && j < chain->count; j++)
			if (chain->elements[j].program->readonly.value &&
			    !program_is_attached(chain->elements[j].program))
				find_blind(diags->arena, chain, j, &blinds);
	}
	if (!blinds.count)
		return;
	qsort(blinds.items, blinds.count, sizeof(*blinds.items), compare_blinds);
	for (size_t start = 0; start < blinds.count; start = end) {
		const struct blind *blind = &blinds.items[start];

		for (end = start + 1; end < blinds.count; end++)
			if (strcmp(blinds.items[end].monitor->name, blind->monitor->name) != 0 ||
			    strcmp(blinds.items[end].ender->name, blind->ender->name) != 0)
				break;
		report_blind(blind, end - start, diags);
	}
}

/*
 * Its verdict never counts while it runs, and all packets are dropped when it does not. There are
 * sites that want no packet to pass unseen, so it is no error.
 */
static void lint_observer(const struct program *program, struct diags *diags)
{
	bool readonly = program->readonly.value;
	struct diag *diag;

	if (program->if_missing.value != IF_MISSING_DROP || (!readonly && !program->shadow.value))
		return;
	for (size_t i = 0; i < diags->count; i++)
		if (diags->items[i].code == DIAG_OBSERVER_DROPS &&
		    !strcmp(diags->items[i].program, program->name))
			return;
	diag = diag_warn(diags, DIAG_OBSERVER_DROPS, program->if_missing.span,
			 "'%s' only watches, but where it cannot run every packet is dropped",
			 program->name);
	diag->program = program->name;
	diag_label(diags, diag, "'if_missing: drop'");
	diag_place(diags, diag, readonly ? program->readonly.span : program->shadow.span,
		   "its verdict never counts");
	diag_help(diags, diag,
		  "leave 'if_missing' away, unless no packet is to pass that '%s' did not see",
		  program->name);
}

static void lint_observers(const struct chains *chains, struct diags *diags)
{
	for (size_t i = 0; i < chains->count; i++)
		for (size_t j = 0; j < chains->items[i].count; j++)
			lint_observer(chains->items[i].elements[j].program, diags);
}

static void use(const struct policy *policy, const struct words *names, bool *used)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct program *program = policy_program(policy, names->items[i].text);

		if (program && names->items[i].span.source &&
		    names->items[i].span.source->tier != TIER_HINT)
			used[program - policy->programs] = true;
	}
}

static void use_rule(const struct policy *policy, const struct chain_rule *rule, bool *used)
{
	use(policy, &rule->order, used);
	for (size_t i = 0; i < rule->overrides.count; i++) {
		const struct program *program =
			policy_program(policy, rule->overrides.items[i].name);

		if (program)
			used[program - policy->programs] = true;
	}
}

/* A host on which nobody decided anything is no host on which something was forgotten. */
static bool is_decided(const struct policy *policy)
{
	for (size_t i = 0; i < policy->program_count; i++)
		if (policy->programs[i].tier != TIER_HINT)
			return true;
	return policy->rule_count > 0;
}

/* Switched on by hand, and on no interface: what was wanted does not happen. */
static void lint_nowhere(const struct program *program, struct diags *diags)
{
	struct span enabled = program_place(program, "enabled");
	struct diag *diag;

	if (!program->hinted || !program->enabled.value || !enabled.source ||
	    enabled.source->tier == TIER_HINT || program->interfaces.count ||
	    program_is_attached(program))
		return;
	diag = diag_warn(diags, DIAG_HINT_UNUSED, enabled,
			 "'%s' is enabled, and nothing gives it 'interfaces': it runs nowhere",
			 program->name);
	diag->program = program->name;
	diag_help(diags, diag, "add 'interfaces: [eth0]' below it");
}

static void lint_hints(const struct policy *policy, struct diags *diags)
{
	bool *used = arena_array(diags->arena, bool, policy->program_count);

	if (!is_decided(policy))
		return;
	for (size_t i = 0; i < policy->rule_count; i++)
		use_rule(policy, &policy->rules[i], used);
	for (size_t i = 0; i < policy->program_count; i++) {
		use(policy, &policy->programs[i].before, used);
		use(policy, &policy->programs[i].after, used);
	}
	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];
		struct diag *diag;

		lint_nowhere(program, diags);
		/* What others attach needs nobody who switches it on. */
		if (program->tier != TIER_HINT || program_is_attached(program) || used[i])
			continue;
		diag = diag_warn(diags, DIAG_HINT_UNUSED, program->span,
				 "nothing in /etc or /run uses the hints about '%s'",
				 program->name);
		diag->program = program->name;
		diag_help(diags, diag,
			  "to run it, give '%s' its 'interfaces' in a file of /etc/ordain; else "
			  "mask the file of hints with a symlink to /dev/null",
			  program->name);
	}
}

void lint(const struct resolution *resolution, struct diags *diags)
{
	lint_monitors(&resolution->chains, diags);
	lint_observers(&resolution->chains, diags);
	lint_hints(resolution->policy, diags);
}
