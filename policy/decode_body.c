/* SPDX-License-Identifier: GPL-2.0-only */
#include "decode_body.h"

#include <string.h>

static const struct schema *const schemas[] = { &schema_top, &schema_program, &schema_chain,
						&schema_label, &schema_attached };

static void add_unknown_key(struct body *body, const struct node *name)
{
	struct decoder *decoder = body->decoder;
	const struct key *meant = schema_nearest(body->schema, name->scalar);
	struct diag *diag = decoder_error(decoder, DIAG_UNKNOWN_KEY, name->span,
					  "unknown key '%s' %s", name->scalar, body->where);

	if (meant) {
		body->given |= 1u << (meant - body->schema->keys);
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
	if (key->not_in_override && decoder->override) {
		diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span,
				     "'%s' cannot be overridden", key->name);
		diag_help(decoder->diags, diag,
			  "where a program comes from is the same everywhere; declare another one");
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
	return key &&
	       (key->type == KEY_PROGRAMS || key->type == KEY_CHAINS || key->type == KEY_LABELS);
}

const struct key *body_next(struct body *body, size_t i)
{
	const struct node *name = body->map->keys.items[i];
	const struct key *key = schema_key(body->schema, name->scalar);

	if (name->refused && !is_section(key))
		return NULL;
	if (!key) {
		add_unknown_key(body, name);
		return NULL;
	}
	body->given |= 1u << (key - body->schema->keys);
	body->places[key - body->schema->keys] = name->span;
	return check_value(body, key, name, body->map->values.items[i]) ? key : NULL;
}

void body_check_missing(struct body *body, struct span span, const char *what)
{
	struct decoder *decoder = body->decoder;

	for (size_t i = 0; i < body->schema->count; i++) {
		const struct key *key = &body->schema->keys[i];
		struct diag *diag;

		if (!key->required || body->given & (1u << i) ||
		    (key->not_in_hints && decoder->tier == TIER_HINT))
			continue;
		diag = decoder_error(decoder, DIAG_MISSING_KEY, span, "%s has no '%s'", what,
				     key->name);
		diag_help(decoder->diags, diag, "add '%s: %s'", key->name, key->example);
	}
}

void body_decode(struct body *body, void *target)
{
	for (size_t i = 0; i < body->map->keys.count; i++) {
		const struct key *key = body_next(body, i);

		if (key)
			value_decode(body->decoder, key, body->map->keys.items[i],
				     body->map->values.items[i], target);
	}
}

/* "hook:xdp" alone below a name is text to YAML. */
void node_not_a_map(struct decoder *decoder, const struct node *node, struct span span,
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

static void check_name(struct decoder *decoder, const struct node *name, const char *what)
{
	struct diag *diag;

	if (name_is_good(name->scalar))
		return;
	diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span, "'%s' cannot name a %s",
			     name->scalar, what);
	diag_help(decoder->diags, diag,
		  "a name has a-z, 0-9, '-' and '_', begins with a letter or a digit, and is at "
		  "most %d characters long",
		  NAME_MAX_LENGTH);
}

/* What is no map may have been meant to say everything that is needed. */
static unsigned int required_keys(const struct schema *schema)
{
	unsigned int keys = 0;

	for (size_t i = 0; i < schema->count; i++)
		if (schema->keys[i].required)
			keys |= 1u << i;
	return keys;
}

bool body_begin(struct body *body, const struct node *name, const char *what)
{
	struct decoder *decoder = body->decoder;
	const char *who = arena_printf(decoder->arena, "%s '%s'", what, name->scalar);

	check_name(decoder, name, what);
	body->where = arena_printf(decoder->arena, "in %s", who);
	if (body->map->kind == NODE_MAP)
		return true;
	body->given = required_keys(body->schema);
	if (!body->map->refused)
		node_not_a_map(decoder, body->map,
			       node_is_null(body->map) ? name->span : body->map->span, who);
	return false;
}
