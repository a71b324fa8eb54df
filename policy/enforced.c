/* SPDX-License-Identifier: GPL-2.0-only */
#include "enforced.h"

#include <string.h>

#include "layer.h"

static bool proceeds_otherwise(const struct program *program)
{
	const struct words *words = &program->proceed_on;
	bool xdp = program->hooks & (1u << HOOK_XDP);

	if (program->hooks & ~(1u << HOOK_XDP) && words->count)
		return true;
	return xdp && (words->count != 1 || strcmp(words->items[0].text, "pass") != 0);
}

static bool is_effective(const struct program *program, const char *key)
{
	if (!program_says(program, key))
		return false;
	if (!strcmp(key, "readonly"))
		return program->readonly.value;
	if (!strcmp(key, "shadow"))
		return program->shadow.value;
	if (!strcmp(key, "unmodified_input"))
		return program->unmodified_input.value;
	if (!strcmp(key, "absorb"))
		return program->absorb.value;
	if (!strcmp(key, "if_missing"))
		return program->if_missing.value != IF_MISSING_SKIP;
	if (!strcmp(key, "variables"))
		return program->variables.count > 0;
	return proceeds_otherwise(program);
}

static const struct {
	const char *key;
	const char *instead;
} keys[] = {
	{ "readonly", "nothing proves it, and its verdict counts" },
	{ "shadow", "its verdict counts" },
	{ "unmodified_input", "nothing proves that a readonly program leaves packets alone" },
	{ "proceed_on", "the chain goes on as it does by default" },
	{ "if_missing", "where it cannot run, its hook stays as it is" },
	{ "variables", "its hook stays as it is, and it does not run" },
	{ "absorb", "it stays where it is" },
};

static void report_program(const struct program *program, struct diags *diags)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct diag *diag;

		if (!is_effective(program, keys[i].key))
			continue;
		diag = diag_warn(diags, DIAG_NOT_ENFORCED, program_place(program, keys[i].key),
				 "'%s' of '%s' is not enforced yet: %s", keys[i].key, program->name,
				 keys[i].instead);
		diag->program = program->name;
	}
}

static void report_choice(const char *key, const struct number *choice, const char *instead,
			  struct diags *diags)
{
	if (choice->value)
		diag_warn(diags, DIAG_NOT_ENFORCED, choice->span, "'%s' is not enforced yet: %s",
			  key, instead);
}

static void report_rule(const struct policy *policy, const struct chain_rule *rule,
			struct diags *diags)
{
	report_choice("others", &rule->others, "programs of others are kept", diags);
	report_choice("mode", &rule->mode, "the driver decides", diags);
	report_choice("mechanism", &rule->mechanism, "each hook has the usual one", diags);
	for (size_t i = 0; i < rule->overrides.count; i++) {
		struct program override = rule->overrides.items[i];

		/* What its verdicts mean depends on the hooks. */
		override.hooks = rule->hooks & policy_program(policy, override.name)->hooks;
		report_program(&override, diags);
	}
}

void enforced_report(const struct policy *policy, struct diags *diags)
{
	for (size_t i = 0; i < policy->program_count; i++)
		if (policy->programs[i].enabled.value)
			report_program(&policy->programs[i], diags);
	for (size_t i = 0; i < policy->rule_count; i++)
		report_rule(policy, &policy->rules[i], diags);
}
