/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/select.h"

#include <stdlib.h>
#include <string.h>

#include "policy/order/edges.h"

/* Indexes into the host's interfaces. */
struct indexes {
	size_t *items;
	size_t count;
};

struct pattern {
	const char *text;
	struct indexes matches;
};

struct patterns {
	struct pattern *items; /* by text, each once */
	size_t count;
};

struct interface_name {
	const char *name;
	size_t at; /* whose it is: an index into the host's interfaces */
};

struct interface_names {
	struct interface_name *items;
	size_t count;
};

struct selector {
	struct arena *arena; /* of the result */
	struct arena *scratch;
	const struct policy *policy;
	const struct interfaces *interfaces;
	struct interface_names names; /* sorted; altnames too */
	struct patterns patterns;
	/* Beside the interfaces: the last turn in which one was taken or excluded. */
	size_t *taken;
	size_t *excluded;
	size_t turn;
};

static int compare_patterns(const void *a, const void *b)
{
	return strcmp(((const struct pattern *)a)->text, ((const struct pattern *)b)->text);
}

static void collect_words(struct selector *selector, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		list_push(selector->scratch, &selector->patterns)->text = words->items[i].text;
}

static void keep_distinct(struct patterns *patterns)
{
	size_t kept = 0;

	if (!patterns->count)
		return;
	qsort(patterns->items, patterns->count, sizeof(*patterns->items), compare_patterns);
	for (size_t i = 1; i < patterns->count; i++)
		if (strcmp(patterns->items[kept].text, patterns->items[i].text) != 0)
			patterns->items[++kept] = patterns->items[i];
	patterns->count = kept + 1;
}

static int compare_names(const void *a, const void *b)
{
	const struct interface_name *x = a;
	const struct interface_name *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Every name and altname, so that a pattern finds all that begin alike side by side. */
static void collect_names(struct selector *selector)
{
	const struct interfaces *interfaces = selector->interfaces;

	for (size_t i = 0; i < interfaces->count; i++) {
		const char **altname = interfaces->items[i].altnames;

		*list_push(selector->scratch, &selector->names) =
			(struct interface_name){ interfaces->items[i].name, i };
		for (; altname && *altname; altname++)
			*list_push(selector->scratch, &selector->names) =
				(struct interface_name){ *altname, i };
	}
	if (selector->names.count)
		qsort(selector->names.items, selector->names.count, sizeof(*selector->names.items),
		      compare_names);
}

/* The first name that does not sort before `prefix`. */
static size_t lower_bound(const struct interface_names *names, const char *prefix, size_t length)
{
	size_t low = 0;
	size_t high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(names->items[middle].name, prefix, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void match_label(struct selector *selector, struct pattern *pattern)
{
	const struct interfaces *interfaces = selector->interfaces;

	for (size_t i = 0; i < interfaces->count; i++)
		if (pattern_matches(selector->policy, pattern->text, &interfaces->items[i]))
			*list_push(selector->scratch, &pattern->matches) = i;
}

static void match_pattern(struct selector *selector, struct pattern *pattern)
{
	const struct interface_names *names = &selector->names;
	const char *glob = pattern->text + pattern_excludes(pattern->text);
	bool literal = pattern_is_literal(glob);
	size_t length = literal ? strlen(glob) : strcspn(glob, "*?[\\");

	if (pattern_label(pattern->text)) {
		match_label(selector, pattern);
		return;
	}
	for (size_t i = lower_bound(names, glob, length); i < names->count; i++) {
		const struct interface_name *name = &names->items[i];

		/* A name sorts before all that it is the beginning of. */
		if (strncmp(name->name, glob, length) != 0 || (literal && name->name[length]))
			break;
		if (pattern_matches(selector->policy, pattern->text,
				    &selector->interfaces->items[name->at]))
			*list_push(selector->scratch, &pattern->matches) = name->at;
	}
}

static struct pattern *find_pattern(const struct selector *selector, const struct word *word)
{
	struct pattern wanted = { .text = word->text };

	return bsearch(&wanted, selector->patterns.items, selector->patterns.count, sizeof(wanted),
		       compare_patterns);
}

/* The interfaces that the words mean. */
static struct indexes select_interfaces(struct selector *selector, const struct words *words)
{
	struct indexes selected = { 0 };

	selector->turn++;
	for (size_t i = 0; i < words->count; i++) {
		const struct indexes *matches = &find_pattern(selector, &words->items[i])->matches;

		for (size_t j = 0; pattern_excludes(words->items[i].text) && j < matches->count;
		     j++)
			selector->excluded[matches->items[j]] = selector->turn;
	}
	for (size_t i = 0; i < words->count; i++) {
		const struct indexes *matches = &find_pattern(selector, &words->items[i])->matches;

		for (size_t j = 0; !pattern_excludes(words->items[i].text) && j < matches->count;
		     j++) {
			size_t at = matches->items[j];

			if (selector->excluded[at] == selector->turn ||
			    selector->taken[at] == selector->turn)
				continue;
			selector->taken[at] = selector->turn;
			*list_push(selector->scratch, &selected) = at;
		}
	}
	return selected;
}

static struct selector prepare(struct arena *arena, struct arena *scratch,
			       const struct policy *policy, const struct interfaces *interfaces)
{
	struct selector selector = {
		.arena = arena,
		.scratch = scratch,
		.policy = policy,
		.interfaces = interfaces,
		.taken = arena_array(scratch, size_t, interfaces->count),
		.excluded = arena_array(scratch, size_t, interfaces->count),
	};

	for (size_t i = 0; i < policy->program_count; i++)
		collect_words(&selector, &policy->programs[i].interfaces);
	for (size_t i = 0; i < policy->rule_count; i++)
		collect_words(&selector, &policy->rules[i].interfaces);
	keep_distinct(&selector.patterns);
	collect_names(&selector);
	for (size_t i = 0; i < selector.patterns.count; i++)
		match_pattern(&selector, &selector.patterns.items[i]);
	return selector;
}

static struct indexes all_interfaces(struct selector *selector)
{
	struct indexes all = { 0 };

	for (size_t i = 0; i < selector->interfaces->count; i++)
		*list_push(selector->scratch, &all) = i;
	return all;
}

static void place_program(struct selector *selector, struct selected *hooks,
			  const struct program *program)
{
	bool anywhere = program_is_attached(program) && !program->interfaces.count;
	struct indexes indexes = anywhere ? all_interfaces(selector)
					  : select_interfaces(selector, &program->interfaces);

	for (size_t i = 0; i < indexes.count; i++)
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			if (program->hooks & (1u << hook))
				*list_push(selector->arena,
					   &hooks[indexes.items[i] * HOOK_COUNT + hook].members) =
					program;
}

/* How closely the entry means the interface. */
static enum strength rule_strength(const struct chain_rule *rule, const struct interface *interface)
{
	if (patterns_name(&rule->interfaces, interface->name))
		return STRENGTH_NAMED;
	for (const char **altname = interface->altnames; altname && *altname; altname++)
		if (patterns_name(&rule->interfaces, *altname))
			return STRENGTH_ALTNAME;
	return STRENGTH_CHAINS;
}

struct rules select_rules(struct arena *arena, const struct policy *policy,
			  const struct interface *interface, enum hook hook)
{
	struct rules rules = { 0 };

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct chain_rule *rule = &policy->rules[i];

		if (rule->hooks & (1u << hook) &&
		    patterns_match(policy, &rule->interfaces, interface))
			*list_push(arena, &rules) =
				(struct selected_rule){ rule, rule_strength(rule, interface) };
	}
	return rules;
}

bool hook_minds_others(const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->items[i].rule->others.written &&
		    rules->items[i].rule->others.value != OTHERS_KEEP)
			return true;
	return false;
}

static void place_rule(struct selector *selector, struct selected *hooks,
		       const struct chain_rule *rule)
{
	struct indexes indexes = select_interfaces(selector, &rule->interfaces);

	for (size_t i = 0; i < indexes.count; i++) {
		size_t at = indexes.items[i];
		struct selected_rule selected = {
			rule,
			rule_strength(rule, &selector->interfaces->items[at]),
		};

		for (int hook = 0; hook < HOOK_COUNT; hook++)
			if (rule->hooks & (1u << hook))
				*list_push(selector->arena, &hooks[at * HOOK_COUNT + hook].rules) =
					selected;
	}
}

static void push_waiting_program(struct arena *arena, struct waiting *waiting,
				 const struct program *program)
{
	/* The same pattern twice in one list is still one program that waits. */
	if (!waiting->count || waiting->items[waiting->count - 1] != program)
		*list_push(arena, waiting) = program;
}

static struct waitings collect_waiting(struct selector *selector, const struct policy *policy)
{
	const struct patterns *patterns = &selector->patterns;
	struct waiting *all = arena_array(selector->scratch, struct waiting, patterns->count);
	struct waitings found = { 0 };

	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];

		for (size_t j = 0; program->enabled.value && j < program->interfaces.count; j++) {
			const struct word *word = &program->interfaces.items[j];
			const struct pattern *pattern = find_pattern(selector, word);
			struct waiting *waiting = &all[pattern - patterns->items];

			if (pattern_excludes(word->text) || pattern->matches.count)
				continue;
			if (!waiting->count || span_compare(&word->span, &waiting->span) < 0)
				waiting->span = word->span;
			waiting->pattern = word->text;
			push_waiting_program(selector->arena, waiting, program);
		}
	}
	for (size_t i = 0; i < patterns->count; i++)
		if (all[i].count)
			*list_push(selector->arena, &found) = all[i];
	return found;
}

/* Beside the programs: those that are enabled, at least for some hook. */
static bool *find_enabled(struct arena *arena, const struct policy *policy)
{
	bool *enabled = arena_array(arena, bool, policy->program_count);

	for (size_t i = 0; i < policy->program_count; i++)
		enabled[i] = policy->programs[i].enabled.value;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct chain_rule *rule = &policy->rules[i];

		for (size_t j = 0; j < rule->overrides.count; j++) {
			const struct program *said = &rule->overrides.items[j];
			const struct program *program = policy_program(policy, said->name);

			if (program && said->enabled.written && said->enabled.value)
				enabled[program - policy->programs] = true;
		}
	}
	return enabled;
}

/* Programs of others that are meant wherever something else is make no hook a matter of policy. */
static bool is_meant(const struct selected *hook)
{
	for (size_t i = 0; i < hook->members.count; i++)
		if (hook->members.items[i]->interfaces.count)
			return true;
	return hook_minds_others(&hook->rules);
}

struct selection select_programs(struct arena *arena, const struct policy *policy,
				 const struct interfaces *interfaces)
{
	struct arena *scratch = arena_new();
	struct selector selector = prepare(arena, scratch, policy, interfaces);
	size_t hook_count = interfaces->count * HOOK_COUNT;
	struct selected *hooks = arena_array(scratch, struct selected, hook_count);
	bool *enabled = find_enabled(scratch, policy);
	struct selection selection = { 0 };

	for (size_t i = 0; i < policy->program_count; i++)
		if (enabled[i])
			place_program(&selector, hooks, &policy->programs[i]);
	for (size_t i = 0; i < policy->rule_count; i++)
		place_rule(&selector, hooks, &policy->rules[i]);
	for (size_t i = 0; i < hook_count; i++) {
		hooks[i].interface = &interfaces->items[i / HOOK_COUNT];
		hooks[i].hook = (enum hook)(i % HOOK_COUNT);
		if (is_meant(&hooks[i]))
			*list_push(arena, &selection) = hooks[i];
	}
	selection.waiting = collect_waiting(&selector, policy);
	arena_free(scratch);
	return selection;
}
