/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/enforced.h"

#include "policy/model/layer.h"

enum { TCX_HOOKS = 1u << HOOK_TCX_INGRESS | 1u << HOOK_TCX_EGRESS };

/* `hooks`: those that it is said for. */
static void report_program(const struct program *program, unsigned int hooks, struct diags *diags)
{
	struct diag *diag;

	if (!program_says(program, "absorb") || !program->absorb.value || !(hooks & TCX_HOOKS))
		return;
	diag = diag_warn(diags, DIAG_NOT_ENFORCED, program_place(program, "absorb"),
			 "'absorb' of '%s' is not enforced on tcx yet: it stays where it is there",
			 program->name);
	diag->program = program->name;
}

static void report_choice(const char *key, const struct number *choice, unsigned int missing,
			  const char *instead, struct diags *diags)
{
	if (missing >> choice->value & 1)
		diag_warn(diags, DIAG_NOT_ENFORCED, choice->span, "'%s' is not enforced yet: %s",
			  key, instead);
}

static void report_rule(const struct chain_rule *rule, struct diags *diags)
{
	if (rule->hooks & TCX_HOOKS)
		report_choice("others", &rule->others, 1u << OTHERS_ABSORB,
			      "on tcx, programs of others are kept", diags);
	report_choice("mechanism", &rule->mechanism,
		      1u << MECHANISM_LIBXDP | 1u << MECHANISM_CLSACT,
		      "each hook has the usual one", diags);
	for (size_t i = 0; i < rule->overrides.count; i++)
		report_program(&rule->overrides.items[i], rule->hooks, diags);
}

void enforced_report(const struct policy *policy, struct diags *diags)
{
	for (size_t i = 0; i < policy->program_count; i++)
		if (policy->programs[i].enabled.value)
			report_program(&policy->programs[i], policy->programs[i].hooks, diags);
	for (size_t i = 0; i < policy->rule_count; i++)
		report_rule(&policy->rules[i], diags);
}
