/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/waiting.h"

#include <stdlib.h>
#include <string.h>

/* More suggestions than these nobody reads, and each looks at every interface. */
enum { MAX_SUGGESTIONS = 32, MIN_LENGTH = 3 };

struct reporter {
	const struct resolution *resolution;
	const struct interfaces *interfaces;
	struct {
		const char **items;
		size_t count;
	} names; /* of the interfaces, altnames too; filled when first needed */
	unsigned int suggestions;
	struct diags *diags;
};

static void collect_names(struct reporter *reporter)
{
	for (size_t i = 0; i < reporter->interfaces->count; i++) {
		const struct interface *interface = &reporter->interfaces->items[i];

		if (strcmp(interface->name, "lo") != 0)
			*list_push(reporter->diags->arena, &reporter->names) = interface->name;
		for (const char **name = interface->altnames; name && *name; name++)
			*list_push(reporter->diags->arena, &reporter->names) = *name;
	}
}

static const char *next_digit(const char *text)
{
	return text + strcspn(text, "0123456789");
}

/* eth2 is no slip of eth0: numbers are what interfaces differ in. */
static bool same_digits(const char *a, const char *b)
{
	a = next_digit(a);
	b = next_digit(b);
	while (*a && *a == *b) {
		a = next_digit(a + 1);
		b = next_digit(b + 1);
	}
	return *a == *b;
}

static const char *interface_meant(struct reporter *reporter, const char *pattern)
{
	const char *nearest;

	if (strlen(pattern) < MIN_LENGTH || !pattern_is_literal(pattern) ||
	    reporter->suggestions++ >= MAX_SUGGESTIONS)
		return NULL;
	if (!reporter->names.count)
		collect_names(reporter);
	nearest = nearest_word(pattern, reporter->names.items, reporter->names.count);
	return nearest && same_digits(pattern, nearest) ? nearest : NULL;
}

/* What a pattern holds that no glob and hardly a name does; NULL: nothing. */
static const char *foreign_help(const char *pattern)
{
	if (strpbrk(pattern, "'\"") || strstr(pattern, "\xe2\x80"))
		return "quotes are \"...\" or '...', around the whole pattern";
	if (strchr(pattern, ','))
		return "several patterns are items of a list: [eth0, eth1]";
	if (strpbrk(pattern, "^$()|+\\{}") || strstr(pattern, ".*"))
		return "patterns are globs, not regular expressions: *, ? and [0-9]";
	return NULL;
}

/* A warning if the pattern, which matches nothing, looks like a slip. */
static bool report_slip(struct reporter *reporter, const char *pattern, struct span span)
{
	bool is_label = policy_label(reporter->resolution->policy, pattern) != NULL;
	const char *help = foreign_help(pattern);
	const char *meant = is_label || help ? NULL : interface_meant(reporter, pattern);
	struct diag *diag;

	if (!is_label && !help && !meant)
		return false;
	diag = diag_warn(reporter->diags, DIAG_INTERFACE_ABSENT, span, "no interface matches '%s'",
			 pattern);
	if (help)
		diag_help(reporter->diags, diag, "%s", help);
	else
		diag_label(reporter->diags, diag,
			   is_label ? "did you mean \"label:%s\"?" : "did you mean '%s'?",
			   is_label ? pattern : meant);
	return true;
}

static void report_programs(struct reporter *reporter)
{
	const struct waitings *waiting = &reporter->resolution->waiting;

	for (size_t i = 0; i < waiting->count; i++) {
		const struct waiting *item = &waiting->items[i];

		if (!report_slip(reporter, item->pattern, item->span))
			diag_note(reporter->diags, DIAG_INTERFACE_ABSENT, item->span,
				  "no interface matches '%s' yet; %zu %s", item->pattern,
				  item->count,
				  item->count == 1 ? "program waits" : "programs wait");
	}
}

static int compare_name(const void *name, const void *interface)
{
	return strcmp(name, ((const struct interface *)interface)->name);
}

static bool matches_any(const struct reporter *reporter, const char *pattern)
{
	/* Mostly it is a name: a thousand entries need not look at a thousand interfaces each. */
	if (reporter->interfaces->count &&
	    bsearch(pattern, reporter->interfaces->items, reporter->interfaces->count,
		    sizeof(*reporter->interfaces->items), compare_name))
		return true;
	for (size_t i = 0; i < reporter->interfaces->count; i++)
		if (pattern_matches(reporter->resolution->policy, pattern,
				    &reporter->interfaces->items[i]))
			return true;
	return false;
}

/* An entry for an interface that is not here is no news: only what looks wrong is told. */
static void report_rules(struct reporter *reporter)
{
	const struct policy *policy = reporter->resolution->policy;

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct words *patterns = &policy->rules[i].interfaces;

		for (size_t j = 0; j < patterns->count; j++) {
			const char *pattern = patterns->items[j].text;

			if (!pattern_excludes(pattern) && !pattern_label(pattern) &&
			    !matches_any(reporter, pattern))
				report_slip(reporter, pattern, patterns->items[j].span);
		}
	}
}

/* Does anything else of the policy mean a hook where it could be, on whatever interface? */
static bool is_joined(const struct policy *policy, const struct program *program)
{
	for (size_t i = 0; i < policy->program_count; i++)
		if (policy->programs[i].interfaces.count &&
		    policy->programs[i].hooks & program->hooks)
			return true;
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].others.value != OTHERS_KEEP &&
		    policy->rules[i].hooks & program->hooks)
			return true;
	return false;
}

/* Hints are for whoever has a use for them. */
static void report_nowhere(const struct policy *policy, struct diags *diags)
{
	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];
		struct diag *diag;

		if (!program_is_attached(program) || program->interfaces.count ||
		    !program->enabled.value || program->tier == TIER_HINT ||
		    is_joined(policy, program))
			continue;
		diag = diag_note(diags, DIAG_ATTACHED_ABSENT, program->span,
				 "'%s' is looked for nowhere: it names no interfaces, and nothing "
				 "else is meant to be where it could be",
				 program->name);
		diag->program = program->name;
		diag_help(diags, diag, "give it 'interfaces', [\"*\"] for all of them");
	}
}

void waiting_report(const struct resolution *resolution, const struct interfaces *interfaces,
		    struct diags *diags)
{
	struct reporter reporter = {
		.resolution = resolution,
		.interfaces = interfaces,
		.diags = diags,
	};

	report_programs(&reporter);
	report_rules(&reporter);
	report_nowhere(resolution->policy, diags);
}
