/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode_value.h"

/* A map on its way into a struct. */
struct body {
	struct decoder *decoder;
	const struct schema *schema;
	const char *where; /* "in program 'lb'" */
	const struct node *map;
	bool given[SCHEMA_MAX_KEYS]; /* or meant by a key that is spelled wrong */
	bool incomplete; /* a key that is not supported yet may stand for others */
};

static const struct schema *const schemas[] = { &schema_top, &schema_program, &schema_chain };

static void add_unknown_key(struct body *body, const struct node *name)
{
	struct decoder *decoder = body->decoder;
	const struct key *meant = schema_nearest(body->schema, name->scalar);
	struct diag *diag = decoder_error(decoder, DIAG_UNKNOWN_KEY, name->span,
					  "unknown key '%s' %s", name->scalar, body->where);

	if (meant) {
		body->given[meant - body->schema->keys] = true;
		diag_label(decoder->diags, diag, "did you mean '%s'?", meant->name);
		return;
	}
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		if (!schema_key(schemas[i], name->scalar))
			continue;
		diag_help(decoder->diags, diag, "'%s' can stand %s", name->scalar,
			  schemas[i]->where);
		return;
	}
}

static bool check_value(struct body *body, const struct key *key, const struct node *name,
			const struct node *value)
{
	struct decoder *decoder = body->decoder;
	struct diag *diag;

	if (key->not_in_hints && decoder->tier == TIER_HINT) {
		diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span, "a hint cannot say '%s'",
				     key->name);
		diag_help(decoder->diags, diag,
			  "packages suggest an order; what runs is decided in /etc/ordain");
		return false;
	}
	if (node_is_null(value)) {
		diag = decoder_error(decoder, DIAG_WRONG_TYPE, name->span, "'%s' has no value",
				     key->name);
		diag_help(decoder->diags, diag, "write '%s: %s'", key->name, key->example);
		return false;
	}
	return !value->refused;
}

/* Does it declare names, which others may refer to even where it is given twice? */
static bool is_section(const struct key *key)
{
	return key && (key->type == KEY_PROGRAMS || key->type == KEY_CHAINS);
}

/* The key of the i-th pair if it has a value that can be looked at; else NULL, with an error. */
static const struct key *next_key(struct body *body, size_t i)
{
	const struct node *name = body->map->keys.items[i];
	const struct key *key = schema_key(body->schema, name->scalar);

	if (name->refused && !is_section(key))
		return NULL;
	if (!key) {
		add_unknown_key(body, name);
		return NULL;
	}
	body->given[key - body->schema->keys] = true;
	if (key->type == KEY_LATER) {
		decoder_error(body->decoder, DIAG_NOT_YET, name->span, "'%s' is not supported yet",
			      key->name);
		body->incomplete = true;
		return NULL;
	}
	return check_value(body, key, name, body->map->values.items[i]) ? key : NULL;
}

static void check_missing(struct body *body, struct span span, const char *what)
{
	struct decoder *decoder = body->decoder;

	for (size_t i = 0; i < body->schema->count; i++) {
		const struct key *key = &body->schema->keys[i];
		struct diag *diag;

		if (!key->required || body->given[i] || body->incomplete ||
		    (key->not_in_hints && decoder->tier == TIER_HINT))
			continue;
		diag = decoder_error(decoder, DIAG_MISSING_KEY, span, "%s has no '%s'", what,
				     key->name);
		diag_help(decoder->diags, diag, "add '%s: %s'", key->name, key->example);
	}
}

static void decode_members(struct body *body, void *target)
{
	for (size_t i = 0; i < body->map->keys.count; i++) {
		const struct key *key = next_key(body, i);

		if (key)
			value_decode(body->decoder, key, body->map->keys.items[i],
				     body->map->values.items[i], target);
	}
}

/* "hook:xdp" alone below a name is text to YAML. */
static void add_not_a_map(struct decoder *decoder, const struct node *node, struct span span,
			  const char *what)
{
	struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, span,
					  "%s must be a map of keys, not %s", what,
					  node_is_null(node) ? "empty" : node_words(node));

	if (node->kind == NODE_SCALAR && strchr(node->scalar, ':'))
		diag_help(decoder->diags, diag,
			  "a colon between a key and its value needs a blank behind it");
	else
		diag_help(decoder->diags, diag, "write its keys below it, as in 'hook: xdp'");
}

static bool is_program_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	return *name && *name != '_' && *name != '-' && !name[strspn(name, allowed)] &&
	       strlen(name) <= NAME_MAX_LENGTH;
}

static void check_name(struct decoder *decoder, const struct node *name)
{
	struct diag *diag;

	if (is_program_name(name->scalar))
		return;
	diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span, "'%s' cannot name a program",
			     name->scalar);
	diag_help(decoder->diags, diag,
		  "a name has a-z, 0-9, '-' and '_', begins with a letter or a digit, and is at "
		  "most %d characters long",
		  NAME_MAX_LENGTH);
}

static void check_self(struct decoder *decoder, const char *name, const struct words *words,
		       const char *direction)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->items[i].text, name))
			decoder_error(decoder, DIAG_BAD_VALUE, words->items[i].span,
				      "'%s' cannot run %s itself", name, direction);
}

static void check_program(struct decoder *decoder, const struct program *program)
{
	check_self(decoder, program->name, &program->before, "before");
	check_self(decoder, program->name, &program->after, "after");
	if (program->first.value && program->last.value)
		decoder_error(decoder, DIAG_BAD_VALUE, program->last.span,
			      "'%s' cannot be both first and last", program->name);
}

static void decode_program(struct decoder *decoder, const struct node *name,
			   const struct node *node, struct program *program)
{
	struct body body = {
		.decoder = decoder,
		.schema = &schema_program,
		.where = arena_printf(decoder->arena, "in program '%s'", name->scalar),
		.map = node,
	};
	const char *what = arena_printf(decoder->arena, "program '%s'", name->scalar);

	program->name = name->scalar;
	program->span = name->span;
	program->tier = decoder->tier;
	program->stage.value = STAGE_DEFAULT;
	program->enabled.value = true;
	decoder->program = name->scalar;
	check_name(decoder, name);
	if (node->kind == NODE_MAP) {
		decode_members(&body, program);
		for (int hook = 0; hook < HOOK_COUNT; hook++)
			if (program->hooks & (1u << hook))
				program->functions[hook] = program->function;
		check_missing(&body, name->span, what);
		check_program(decoder, program);
	} else if (!node->refused) {
		add_not_a_map(decoder, node, node_is_null(node) ? name->span : node->span, what);
	}
	decoder->program = NULL;
}

static void decode_programs(struct decoder *decoder, const struct node *node,
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

static int compare_words(const void *a, const void *b)
{
	const struct word *x = *(const struct word *const *)a;
	const struct word *y = *(const struct word *const *)b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x > y) - (x < y);
}

static void check_order(struct decoder *decoder, const struct words *order)
{
	const struct word **sorted = arena_array(decoder->arena, const struct word *, order->count);

	for (size_t i = 0; i < order->count; i++)
		sorted[i] = &order->items[i];
	qsort(sorted, order->count, sizeof(*sorted), compare_words);
	for (size_t i = 1; i < order->count; i++) {
		struct diag *diag;

		if (strcmp(sorted[i]->text, sorted[i - 1]->text) != 0)
			continue;
		diag = decoder_error(decoder, DIAG_BAD_VALUE, sorted[i]->span,
				     "'%s' is twice in one order", sorted[i]->text);
		diag_label(decoder->diags, diag, "also in line %u, column %u",
			   sorted[i - 1]->span.line, sorted[i - 1]->span.column);
	}
}

static void decode_chain(struct decoder *decoder, const struct node *node, struct chain_rule *rule)
{
	struct body body = {
		.decoder = decoder,
		.schema = &schema_chain,
		.where = schema_chain.where,
		.map = node,
	};

	rule->span = node->span;
	if (node->kind == NODE_MAP) {
		decode_members(&body, rule);
		check_missing(&body, node->span, "the entry of 'chains'");
		check_order(decoder, &rule->order);
	} else if (!node->refused) {
		add_not_a_map(decoder, node, node->span, "an entry of 'chains'");
	}
}

static void decode_chains(struct decoder *decoder, const struct node *node,
			  struct declarations *declarations)
{
	if (node->kind != NODE_LIST) {
		struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
						  "'chains' must be a list of entries, not %s",
						  node_words(node));

		diag_help(decoder->diags, diag, "begin each entry with '- '");
		return;
	}
	for (size_t i = 0; i < node->values.count; i++)
		decode_chain(decoder, node->values.items[i],
			     list_push(decoder->arena, &declarations->rules));
}

/* False, with an error, if the file is of another format: no other key can then be judged. */
static bool check_format(struct decoder *decoder, const struct node *root)
{
	for (size_t i = 0; i < root->keys.count; i++) {
		const struct node *value = root->values.items[i];
		struct diag *diag;

		if (strcmp(root->keys.items[i]->scalar, "ordain") != 0)
			continue;
		if (value->refused)
			return false;
		if (value->kind == NODE_SCALAR && !value->quoted && !strcmp(value->scalar, "1"))
			return true;
		diag = decoder_error(decoder, DIAG_FORMAT_VERSION,
				     node_is_null(value) ? root->keys.items[i]->span : value->span,
				     "the format of the file must be 1");
		diag_help(decoder->diags, diag, "write 'ordain: 1'");
		return false;
	}
	return true;
}

/* Could a pair of the top level be something that declares programs, and was not understood? */
static bool hides_names(const struct node *name, const struct node *value)
{
	const struct key *key = schema_key(&schema_top, name->scalar);

	return !key || (key->type == KEY_PROGRAMS && value->kind != NODE_MAP);
}

bool decode_document(struct arena *arena, const struct node *root, struct diags *diags,
		     struct declarations *declarations)
{
	struct decoder decoder = {
		.arena = arena,
		.diags = diags,
		.tier = root->span.source->tier,
	};
	struct body body = {
		.decoder = &decoder,
		.schema = &schema_top,
		.where = schema_top.where,
		.map = root,
	};
	bool complete = true;

	if (root->kind != NODE_MAP) {
		struct diag *diag = decoder_error(&decoder, DIAG_WRONG_TYPE, root->span,
						  "a policy file is a map of keys, not %s",
						  node_words(root));

		diag_help(diags, diag, "begin with 'ordain: 1'");
		return false;
	}
	if (!check_format(&decoder, root))
		return false;
	for (size_t i = 0; i < root->keys.count; i++) {
		const struct node *value = root->values.items[i];
		const struct key *key = next_key(&body, i);

		if (key && key->type == KEY_PROGRAMS)
			decode_programs(&decoder, value, declarations);
		else if (key && key->type == KEY_CHAINS)
			decode_chains(&decoder, value, declarations);
		complete = complete && !hides_names(root->keys.items[i], value);
	}
	check_missing(&body, root->span, "the file");
	return complete;
}
