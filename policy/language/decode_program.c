/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "policy/language/decode_section.h"

static void check_self(struct decoder *decoder, const char *name, const struct words *words,
		       const char *direction)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i].text, name))
			diag_help(decoder->diags,
				  decoder_error(decoder, DIAG_BAD_VALUE, words->items[i].span,
						"'%s' cannot run %s itself", name, direction),
				  "remove '%s' from the list", name);
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

bool is_like_program(const struct node *node)
{
	for (size_t i = 0; node->kind == NODE_MAP && i < node->keys.count; i++)
		if (schema_key(&schema_program, node->keys.items[i]->scalar))
			return true;
	return false;
}

/* "- name: lb" */
static const char *name_of_item(const struct node *list)
{
	const struct node *item = list->values.count ? list->values.items[0] : NULL;

	for (size_t i = 0; item && item->kind == NODE_MAP && i < item->keys.count; i++)
		if (!strcmp(item->keys.items[i]->scalar, "name") &&
		    item->values.items[i]->kind == NODE_SCALAR)
			return item->values.items[i]->scalar;
	return NULL;
}

static void refuse_programs(struct decoder *decoder, const struct node *node)
{
	const char *name = node->kind == NODE_LIST ? name_of_item(node) : NULL;
	struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
					  "'programs' must be a map, not %s", node_words(node));

	if (name)
		diag_help(decoder->diags, diag,
			  "write '%s:' instead of '- name: %s', and its keys below it", name, name);
	else
		diag_help(decoder->diags, diag,
			  "write each program's name and a colon, and its keys below it");
}

/* Is it a key of a program, where a program should be? */
static bool is_flat(const struct node *node, size_t i)
{
	return i < node->keys.count && node->values.items[i]->kind != NODE_MAP &&
	       schema_key(&schema_program, node->keys.items[i]->scalar);
}

/* Keys in the column of the program that they are meant for. */
static void refuse_flat(struct decoder *decoder, const struct node *program,
			const struct node *first)
{
	struct diag *diag = decoder_error(
		decoder, DIAG_WRONG_TYPE, first->span,
		"'%s' is a key of a program, and stands where their names stand", first->scalar);

	if (program)
		diag_help(decoder->diags, diag,
			  "indent the keys of '%s' by two more blanks than its name",
			  program->scalar);
	else
		diag_help(decoder->diags, diag,
			  "write the program's name and a colon above it, and indent its keys");
}

void decode_programs(struct decoder *decoder, const struct node *node,
		     struct declarations *declarations)
{
	const struct node *empty = NULL;

	if (node->kind != NODE_MAP) {
		refuse_programs(decoder, node);
		return;
	}
	for (size_t i = 0; i < node->keys.count; i++) {
		if (is_flat(node, i)) {
			/* Of several in a row the first tells it for all. */
			if (!i || !is_flat(node, i - 1))
				refuse_flat(decoder, empty, node->keys.items[i]);
			continue;
		}
		empty = node_is_null(node->values.items[i]) ? node->keys.items[i] : NULL;
		/* The keys that it lacks are those below it: one word for all of them. */
		if (!node->keys.items[i]->refused && !(empty && is_flat(node, i + 1)))
			decode_program(decoder, node->keys.items[i], node->values.items[i],
				       list_push(decoder->arena, &declarations->programs));
	}
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
	for (size_t i = 0; i < node->keys.count; i++) {
		const struct node *name = node->keys.items[i];

		if (is_flat(node, i))
			diag_help(decoder->diags,
				  decoder_error(decoder, DIAG_WRONG_TYPE, name->span,
						"'%s' is a key of a program, and 'override' wants "
						"the program first",
						name->scalar),
				  "write 'override: {PROGRAM: {%s: ...}}'", name->scalar);
		else if (!name->refused)
			decode_program(decoder, name, node->values.items[i],
				       list_push(decoder->arena, &overrides));
	}
	decoder->override = false;
	if (overrides.count)
		qsort(overrides.items, overrides.count, sizeof(*overrides.items), compare_programs);
	*(struct overrides *)value->member = overrides;
}

static bool refuse_no_function(const struct value *value, const struct node *hook)
{
	struct diag *diag;

	if (!node_is_null(value->node))
		return false;
	diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, hook->span,
			     "'%s' names no function for %s", value->key->name, hook->scalar);
	diag_help(value->decoder->diags, diag, "write '%s: FUNCTION', or remove '%s'", hook->scalar,
		  hook->scalar);
	return true;
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
		    refuse_no_function(&item, node->keys.items[i]) ||
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
