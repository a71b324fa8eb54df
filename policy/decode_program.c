/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "decode_section.h"

static void check_self(struct decoder *decoder, const char *name, const struct words *words,
		       const char *direction)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i].text, name))
			decoder_error(decoder, DIAG_BAD_VALUE, words->items[i].span,
				      "'%s' cannot run %s itself", name, direction);
}

static void decode_program(struct decoder *decoder, const struct node *name,
			   const struct node *node, struct program *program)
{
	struct body body = { .decoder = decoder, .schema = &schema_program, .map = node };
	size_t size = schema_program.count * sizeof(*program->places);

	program->name = name->scalar;
	program->span = name->span;
	program->tier = decoder->tier;
	program->stage.value = STAGE_DEFAULT;
	program->enabled.value = true;
	decoder->program = name->scalar;
	if (body_begin(&body, name, "program")) {
		body_decode(&body, program);
		check_self(decoder, program->name, &program->before, "before");
		check_self(decoder, program->name, &program->after, "after");
	}
	program->keys = body.given;
	program->places = arena_memdup(decoder->arena, body.places, size);
	decoder->program = NULL;
}

void decode_programs(struct decoder *decoder, const struct node *node,
		     struct declarations *declarations)
{
	if (node->kind != NODE_MAP) {
		struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
						  "'programs' must be a map, not %s",
						  node_words(node));

		diag_help(decoder->diags, diag,
			  "write each program's name and a colon, and its keys below it");
		return;
	}
	for (size_t i = 0; i < node->keys.count; i++)
		if (!node->keys.items[i]->refused)
			decode_program(decoder, node->keys.items[i], node->values.items[i],
				       list_push(decoder->arena, &declarations->programs));
}

static int compare_programs(const void *a, const void *b)
{
	return strcmp(((const struct program *)a)->name, ((const struct program *)b)->name);
}

/* What an entry of `chains` overrides: bodies like those of programs, but for their source. */
void decode_overrides(const struct value *value)
{
	struct decoder *decoder = value->decoder;
	const struct node *node = value->node;
	struct overrides overrides = { 0 };

	if (node->kind != NODE_MAP) {
		struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
						  "'%s' must be a map of programs, not %s",
						  value->key->name, node_words(node));

		value_help(value, diag, value->key->example);
		return;
	}
	decoder->override = true;
	for (size_t i = 0; i < node->keys.count; i++)
		if (!node->keys.items[i]->refused)
			decode_program(decoder, node->keys.items[i], node->values.items[i],
				       list_push(decoder->arena, &overrides));
	decoder->override = false;
	if (overrides.count)
		qsort(overrides.items, overrides.count, sizeof(*overrides.items), compare_programs);
	*(struct overrides *)value->member = overrides;
}

void decode_functions(const struct value *value)
{
	const struct node *node = value->node;
	struct program *program = value->member;
	struct diag *diag;

	if (node->kind != NODE_MAP || !node->keys.count) {
		diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, node->span,
				     "'%s' must be a map of hooks and functions, not %s",
				     value->key->name,
				     node->kind == NODE_MAP ? "empty" : node_words(node));
		value_help(value, diag, value->key->example);
		return;
	}
	for (size_t i = 0; i < node->keys.count; i++) {
		struct value item = *value;
		enum hook hook;

		item.node = node->values.items[i];
		if (node->keys.items[i]->refused || item.node->refused ||
		    !value_hook(value, node->keys.items[i], &hook) ||
		    !value_check_item(&item, item.node, "a function"))
			continue;
		item.member = &program->functions[hook];
		decode_function(&item);
		program->hooks |= 1u << hook;
	}
}

void decode_attached(const struct value *value)
{
	struct decoder *decoder = value->decoder;
	struct program *program = value->member;
	struct body body = {
		.decoder = decoder,
		.schema = &schema_attached,
		.where = schema_attached.where,
		.map = value->node,
	};
	struct diag *diag;

	if (value->node->kind == NODE_MAP)
		body_decode(&body, program);
	if (body.given)
		return;
	if (value->node->kind == NODE_MAP)
		diag = decoder_error(decoder, DIAG_MISSING_KEY, value->node->span,
				     "'%s' says neither 'name' nor 'pin'", value->key->name);
	else
		diag = decoder_error(decoder, DIAG_WRONG_TYPE, value->node->span,
				     "'%s' must be a map of name and pin, not %s", value->key->name,
				     node_words(value->node));
	value_help(value, diag, value->key->example);
}
