/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/layer.h"

#include <string.h>

static size_t key_index(const char *name)
{
	return (size_t)(schema_key(&schema_program, name) - schema_program.keys);
}

bool program_says(const struct program *program, const char *key)
{
	return program->keys >> key_index(key) & 1;
}

struct span program_place(const struct program *program, const char *key)
{
	return program_says(program, key) && program->places ? program->places[key_index(key)]
							     : (struct span){ 0 };
}

static size_t member_size(enum key_type type)
{
	switch (type) {
	case KEY_HOOK:
		return sizeof(unsigned int);
	case KEY_STAGE:
	case KEY_PRIORITY:
	case KEY_CHOICE:
		return sizeof(struct number);
	case KEY_BOOLEAN:
		return sizeof(struct flag);
	case KEY_PATH:
	case KEY_FUNCTION:
	case KEY_SHA256:
		return sizeof(struct word);
	case KEY_PATTERNS:
	case KEY_NAMES:
	case KEY_VERDICTS:
		return sizeof(struct words);
	default:
		return 0; /* not one member */
	}
}

static struct variables merge_variables(struct arena *arena, const struct variables *under,
					const struct variables *over)
{
	struct variables merged = { 0 };
	size_t i = 0;

	for (size_t j = 0; j < over->count; j++) {
		while (i < under->count && strcmp(under->items[i].name, over->items[j].name) < 0)
			*list_push(arena, &merged) = under->items[i++];
		if (i < under->count && !strcmp(under->items[i].name, over->items[j].name))
			i++;
		*list_push(arena, &merged) = over->items[j];
	}
	while (over->count && i < under->count)
		*list_push(arena, &merged) = under->items[i++];
	return merged;
}

static void forget(struct program *program, const char *name)
{
	const struct key *key = schema_key(&schema_program, name);

	program->keys &= ~(1u << (key - schema_program.keys));
	memset((char *)program + key->offset, 0, member_size(key->type));
	if (key->type == KEY_FUNCTIONS)
		memset(program->functions, 0, sizeof(program->functions));
	if (key->type == KEY_VARIABLES)
		program->variables = (struct variables){ 0 };
	if (key->type == KEY_ATTACHED)
		program->attached_name = program->attached_pin = (struct word){ 0 };
}

/* What the weaker declaration says of a source that a stronger one replaces. */
static void forget_rivals(struct program *under, enum key_type type)
{
	if (type == KEY_HOOK)
		forget(under, "functions");
	if (type == KEY_FUNCTIONS) {
		forget(under, "hook");
		forget(under, "function");
	}
	if (type == KEY_PATH) {
		forget(under, "attached");
		forget(under, "sha256");
	}
	if (type == KEY_ATTACHED) {
		forget(under, "object");
		forget(under, "function");
		forget(under, "sha256");
		forget(under, "variables");
		forget(under, "if_missing");
		forget(under, "pin_by_name");
	}
}

void program_layer_key(struct arena *arena, struct program *under, const struct program *over,
		       size_t index)
{
	const struct key *key = &schema_program.keys[index];

	memcpy((char *)under + key->offset, (const char *)over + key->offset,
	       key->type == KEY_VARIABLES ? 0 : member_size(key->type));
	if (key->type == KEY_VARIABLES)
		under->variables = merge_variables(arena, &under->variables, &over->variables);
	if (key->type == KEY_FUNCTIONS) {
		memcpy(under->functions, over->functions, sizeof(under->functions));
		under->hooks = over->hooks;
	}
	if (key->type == KEY_ATTACHED) {
		under->attached_name = over->attached_name;
		under->attached_pin = over->attached_pin;
	}
	under->keys |= 1u << index;
	if (under->places && over->places)
		under->places[index] = over->places[index];
}

void program_layer(struct arena *arena, struct program *under, const struct program *over)
{
	for (size_t i = 0; i < schema_program.count; i++)
		if (over->keys & under->keys & (1u << i))
			program_note_replaced(arena, under, over, i);
	for (size_t i = 0; i < schema_program.count; i++)
		if (over->keys >> i & 1)
			forget_rivals(under, schema_program.keys[i].type);
	for (size_t i = 0; i < schema_program.count; i++)
		if (over->keys >> i & 1)
			program_layer_key(arena, under, over, i);
	under->span = over->span;
	under->tier = over->tier;
}
