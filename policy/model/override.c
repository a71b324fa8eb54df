/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/override.h"

#include <stdlib.h>
#include <string.h>

#include "policy/model/layer.h"

#define AGREE "make them agree, or let one entry name the interface: that beats globs and labels"

/* Who said a key so far, and how strongly. */
struct said {
	const struct program *by; /* NULL: nobody */
	enum strength strength;
};

struct overriding {
	struct arena *arena;
	struct program *result;
	struct said said[SCHEMA_MAX_KEYS];
	/* Of `variables` each is overridden alone, so all who set some count: strongest first. */
	struct {
		struct said *items;
		size_t count;
	} variables;
	struct diags found;
	bool on_or_off; /* they contradict each other about whether it runs at all */
};

static int compare_name(const void *name, const void *program)
{
	return strcmp(name, ((const struct program *)program)->name);
}

const struct program *rule_override(const struct chain_rule *rule, const char *name)
{
	if (!rule->overrides.count)
		return NULL;
	return bsearch(name, rule->overrides.items, rule->overrides.count,
		       sizeof(*rule->overrides.items), compare_name);
}

static void report(struct overriding *overriding, size_t key, const struct program *one,
		   const struct program *other)
{
	struct diag *diag = diag_error(&overriding->found, DIAG_OVERRIDE_CONFLICT, one->places[key],
				       "'%s' of '%s' is overridden in two ways",
				       schema_program.keys[key].name, one->name);

	diag->program = one->name;
	diag_label(&overriding->found, diag, "here");
	diag_place(&overriding->found, diag, other->places[key], "and here");
	diag_help(&overriding->found, diag, AGREE);
	if (!strcmp(schema_program.keys[key].name, "enabled"))
		overriding->on_or_off = true;
}

static void override_key(struct overriding *overriding, size_t key, const struct program *over,
			 enum strength strength)
{
	struct said *said = &overriding->said[key];

	if (said->by && said->strength < strength)
		return;
	/* Of those that agree, the one placed first is the one to name. */
	if (said->by) {
		if (!program_agrees(said->by, over, key))
			report(overriding, key, said->by, over);
		return;
	}
	program_note_replaced(overriding->arena, overriding->result, over, key);
	program_layer_key(overriding->arena, overriding->result, over, key);
	*said = (struct said){ over, strength };
}

static bool sets(const struct program *program, const char *variable)
{
	for (size_t i = 0; i < program->variables.count; i++)
		if (!strcmp(program->variables.items[i].name, variable))
			return true;
	return !program->variables.count; /* {} clears all */
}

/* What it says of variables that nobody with more right speaks of. */
static struct program undecided(const struct overriding *overriding, const struct program *over,
				enum strength strength)
{
	struct program left = *over;

	left.variables = (struct variables){ 0 };
	for (size_t i = 0; i < over->variables.count; i++) {
		bool decided = false;

		for (size_t j = 0; j < overriding->variables.count; j++)
			decided = decided || (overriding->variables.items[j].strength < strength &&
					      sets(overriding->variables.items[j].by,
						   over->variables.items[i].name));
		if (!decided)
			*list_push(overriding->arena, &left.variables) = over->variables.items[i];
	}
	return left;
}

static void override_variables(struct overriding *overriding, size_t key,
			       const struct program *over, enum strength strength)
{
	struct program left = undecided(overriding, over, strength);

	if (over->variables.count && !left.variables.count)
		return;
	for (size_t i = 0; i < overriding->variables.count; i++) {
		const struct said *said = &overriding->variables.items[i];
		struct program other;

		if (said->strength != strength)
			continue;
		other = undecided(overriding, said->by, strength);
		if (!program_agrees(&other, &left, key)) {
			report(overriding, key, said->by, over);
			return;
		}
	}
	*list_push(overriding->arena, &overriding->variables) = (struct said){ over, strength };
}

/* From weak to strong: who clears them clears what is weaker. */
static void set_variables(struct overriding *overriding)
{
	size_t key = (size_t)(schema_key(&schema_program, "variables") - schema_program.keys);

	if (overriding->variables.count)
		program_note_replaced(overriding->arena, overriding->result,
				      overriding->variables.items[0].by, key);
	for (size_t i = overriding->variables.count; i--;)
		program_layer_key(overriding->arena, overriding->result,
				  overriding->variables.items[i].by, key);
}

static void override_with(struct overriding *overriding, const struct program *over,
			  enum strength strength)
{
	for (size_t key = 0; key < schema_program.count; key++) {
		if (!(over->keys >> key & 1))
			continue;
		if (schema_program.keys[key].type == KEY_VARIABLES)
			override_variables(overriding, key, over, strength);
		else
			override_key(overriding, key, over, strength);
	}
}

/* A copy that may be changed, with places and lists of its own. */
static struct program *copy_program(struct arena *arena, const struct program *program)
{
	struct program *copy = arena_memdup(arena, program, sizeof(*program));

	copy->replaced = (struct replaced_keys){ 0 };
	for (size_t i = 0; i < program->replaced.count; i++)
		*list_push(arena, &copy->replaced) = program->replaced.items[i];
	if (program->places)
		copy->places = arena_memdup(arena, program->places,
					    schema_program.count * sizeof(*program->places));
	return copy;
}

const struct program *program_on(struct arena *arena, const struct rules *rules,
				 const struct program *program, struct diags *diags)
{
	struct overriding overriding = { .arena = arena, .found = DIAGS(diags->arena) };

	/* From strong to weak, of equal strength in the order of the places. */
	for (enum strength strength = STRENGTH_NAMED; strength <= STRENGTH_CHAINS; strength++) {
		for (size_t i = 0; i < rules->count; i++) {
			const struct program *over =
				rule_override(rules->items[i].rule, program->name);

			if (!over || rules->items[i].strength != strength)
				continue;
			if (!overriding.result)
				overriding.result = copy_program(arena, program);
			override_with(&overriding, over, strength);
		}
	}
	if (!overriding.result)
		return program;
	set_variables(&overriding);
	program_settle(overriding.result);
	/* What does not run here need not be agreed upon. */
	if (overriding.result->enabled.value || overriding.on_or_off)
		diags_append(diags, &overriding.found);
	return overriding.result;
}

/* What entries say of the hook itself. */
static const struct setting {
	const char *name;
	size_t in_rule;
	size_t in_chain;
} settings[] = {
	{ "others", offsetof(struct chain_rule, others), offsetof(struct chain, others) },
	{ "mode", offsetof(struct chain_rule, mode), offsetof(struct chain, mode) },
	{ "mechanism", offsetof(struct chain_rule, mechanism), offsetof(struct chain, mechanism) },
	{ "bypass", offsetof(struct chain_rule, bypass), offsetof(struct chain, bypass) },
	{ "linking", offsetof(struct chain_rule, linking), offsetof(struct chain, linking) },
};

static void report_setting(struct diags *diags, const struct setting *setting,
			   const struct number *one, const struct number *other)
{
	struct diag *diag = diag_error(diags, DIAG_OVERRIDE_CONFLICT, one->span,
				       "'%s' is said in two ways for one hook", setting->name);

	diag_label(diags, diag, "here");
	diag_place(diags, diag, other->span, "and here");
	diag_help(diags, diag, AGREE);
}

/* The strongest that say it; of those the first. All of them have to agree. */
static void settle_one(const struct rules *rules, const struct setting *setting,
		       enum strength strength, struct number *result, struct diags *diags)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct number *said =
			(const void *)((const char *)rules->items[i].rule + setting->in_rule);

		if (!said->written || rules->items[i].strength != strength)
			continue;
		if (!result->written)
			*result = *said;
		else if (said->value != result->value)
			report_setting(diags, setting, result, said);
	}
}

void settings_on(const struct rules *rules, struct chain *chain, struct diags *diags)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct number *result = (void *)((char *)chain + settings[i].in_chain);

		for (enum strength strength = STRENGTH_NAMED;
		     strength <= STRENGTH_CHAINS && !result->written; strength++)
			settle_one(rules, &settings[i], strength, result, diags);
	}
}
