/* SPDX-License-Identifier: GPL-2.0-only */
/* What entries of `chains` say of one program on one hook. */
#include <string.h>

#include "layer.h"
#include "select.h"

/* How closely an entry means an interface, the closest last. */
enum right { RIGHT_NONE, RIGHT_MATCH, RIGHT_ALTNAME, RIGHT_NAME };

/* Who said a key so far, and with which right. */
struct said {
	const struct program *by;
	enum right right;
};

struct overriding {
	struct arena *arena;
	struct program *result;
	struct said said[SCHEMA_MAX_KEYS];
	struct diags *diags;
};

static enum right right_of(const struct policy *policy, const struct chain_rule *rule,
			   const struct interface *interface)
{
	const char **altname = interface->altnames;

	if (!patterns_match(policy, &rule->interfaces, interface))
		return RIGHT_NONE;
	if (patterns_name(&rule->interfaces, interface->name))
		return RIGHT_NAME;
	for (; altname && *altname; altname++)
		if (patterns_name(&rule->interfaces, *altname))
			return RIGHT_ALTNAME;
	return RIGHT_MATCH;
}

static void report(struct diags *diags, size_t key, const struct program *one,
		   const struct program *other)
{
	struct diag *diag = diag_error(diags, DIAG_OVERRIDE_CONFLICT, one->places[key],
				       "'%s' of '%s' is overridden in two ways",
				       schema_program.keys[key].name, one->name);

	diag->program = one->name;
	diag_label(diags, diag, "here");
	diag_place(diags, diag, other->places[key], "and here");
	diag_help(diags, diag,
		  "make them agree, or let one entry name the interface: that beats globs and "
		  "labels");
}

static void override_key(struct overriding *overriding, size_t key, const struct program *over,
			 enum right right)
{
	struct said *said = &overriding->said[key];

	if (said->right > right)
		return;
	if (said->right == right && !program_agrees(said->by, over, key)) {
		report(overriding->diags, key, said->by, over);
		return;
	}
	program_layer_key(overriding->arena, overriding->result, over, key);
	*said = (struct said){ over, right };
}

static void override_with(struct overriding *overriding, const struct program *over,
			  enum right right)
{
	for (size_t key = 0; key < schema_program.count; key++)
		if (over->keys >> key & 1)
			override_key(overriding, key, over, right);
}

/* A copy that may be changed, its places too. */
static struct program *copy_program(struct arena *arena, const struct program *program)
{
	struct program *copy = arena_memdup(arena, program, sizeof(*program));

	if (program->places)
		copy->places = arena_memdup(arena, program->places,
					    schema_program.count * sizeof(*program->places));
	return copy;
}

const struct program *program_on(struct arena *arena, const struct policy *policy,
				 const struct program *program, const struct interface *interface,
				 enum hook hook, struct diags *diags)
{
	struct overriding overriding = { .arena = arena, .diags = diags };

	/* From strong to weak, of equal right in the order of the places. */
	for (enum right right = RIGHT_NAME; right > RIGHT_NONE; right--) {
		for (size_t i = 0; i < policy->rule_count; i++) {
			const struct chain_rule *rule = &policy->rules[i];
			const struct program *over = rule_override(rule, program->name);

			if (!over || !(rule->hooks & (1u << hook)) ||
			    right_of(policy, rule, interface) != right)
				continue;
			if (!overriding.result)
				overriding.result = copy_program(arena, program);
			override_with(&overriding, over, right);
		}
	}
	if (!overriding.result)
		return program;
	program_settle(overriding.result);
	return overriding.result;
}
