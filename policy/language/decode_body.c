/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/decode_body.h"

#include <string.h>

static const struct schema *const schemas[] = { &schema_top, &schema_program, &schema_chain,
						&schema_label, &schema_attached };

static void give(struct body *body, const struct key *key)
{
	body->given |= 1u << (key - body->schema->keys);
}

/* "hook:xdp" is one word to YAML. */
static bool add_tight_colon(struct body *body, const struct node *name)
{
	struct decoder *decoder = body->decoder;
	size_t length = strcspn(name->scalar, ":");
	const struct key *meant =
		schema_key(body->schema, arena_strndup(decoder->arena, name->scalar, length));

	if (!meant || !name->scalar[length])
		return false;
	give(body, meant);
	diag_help(decoder->diags,
		  decoder_error(decoder, DIAG_UNKNOWN_KEY, name->span,
				"a colon between a key and its value needs a blank behind it"),
		  "write '%s: %s'", meant->name, name->scalar + length + 1);
	return true;
}

static const char *list_keys(struct arena *arena, const struct schema *schema)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; i < schema->count; i++)
		text_printf(&text, "%s%s", i ? ", " : "", schema->keys[i].name);
	return text_string(&text);
}

/* Where a key that is known may stand, or which keys may stand here. */
static void help_place(struct body *body, struct diag *diag, const char *name)
{
	const struct key *key = schema_key(&schema_program, name);
	struct diags *diags = body->decoder->diags;

	if (key && body->schema == &schema_chain && !key->not_in_override) {
		diag_help(diags, diag,
			  "write it below the program; for these interfaces alone: 'override: "
			  "{PROGRAM: {%s: %s}}'",
			  name, key->example);
		return;
	}
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		if (!schema_key(schemas[i], name))
			continue;
		diag_help(diags, diag, "'%s' can stand %s", name, schemas[i]->where);
		return;
	}
	diag_help(diags, diag, "what can stand here: %s", list_keys(diags->arena, body->schema));
}

static void add_unknown_key(struct body *body, const struct node *name)
{
	struct decoder *decoder = body->decoder;
	const struct key *meant = schema_nearest(body->schema, name->scalar);
	bool opposite = !strcmp(name->scalar, "disabled") || !strcmp(name->scalar, "disable");
	struct diag *diag;

	if (add_tight_colon(body, name))
		return;
	diag = decoder_error(decoder, DIAG_UNKNOWN_KEY, name->span, "unknown key '%s' %s",
			     name->scalar, body->where);
	if (!meant) {
		help_place(body, diag, name->scalar);
		return;
	}
	give(body, meant);
	diag_label(decoder->diags, diag, "did you mean '%s%s'?", meant->name,
		   opposite ? ": false" : "");
}

/* Does it declare names, which others may refer to even where it is given twice? */
static bool is_section(const struct key *key)
{
	return key &&
	       (key->type == KEY_PROGRAMS || key->type == KEY_CHAINS || key->type == KEY_LABELS);
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
			  "a package suggests an order, and no more: say '%s' in a file of "
			  "/etc/ordain",
			  key->name);
		return false;
	}
	if (key->not_in_override && decoder->override) {
		diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span,
				     "'%s' cannot be overridden", key->name);
		if (!strcmp(key->name, "interfaces") || !strncmp(key->name, "hook", 4))
			diag_help(decoder->diags, diag,
				  "where it runs is said below 'programs'; to keep it away from "
				  "here, say 'enabled: false'");
		else
			diag_help(decoder->diags, diag,
				  "where a program comes from is the same everywhere: declare "
				  "another one below 'programs'");
		return false;
	}
	if (node_is_null(value)) {
		diag = decoder_error(decoder, DIAG_WRONG_TYPE, name->span, "'%s' has no value",
				     key->name);
		if (is_section(key))
			diag_help(decoder->diags, diag,
				  "write below it, indented by two blanks, or remove it");
		else
			diag_help(decoder->diags, diag, "write '%s: %s'", key->name, key->example);
		return false;
	}
	return !value->refused;
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
	give(body, key);
	body->places[key - body->schema->keys] = name->span;
	return check_value(body, key, name, body->map->values.items[i]) ? key : NULL;
}

void body_check_missing(struct body *body, struct span span, const char *what)
{
	struct decoder *decoder = body->decoder;

	for (size_t i = 0; i < body->schema->count && !body->map->incomplete; i++) {
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

/* What could not be read may have been meant to say everything that is needed. */
static unsigned int required_keys(const struct schema *schema)
{
	unsigned int keys = 0;

	for (size_t i = 0; i < schema->count; i++)
		if (schema->keys[i].required)
			keys |= 1u << i;
	return keys;
}

void body_decode(struct body *body, void *target)
{
	for (size_t i = 0; i < body->map->keys.count; i++) {
		const struct key *key = body_next(body, i);

		if (key)
			value_decode(body->decoder, key, body->map->keys.items[i],
				     body->map->values.items[i], target);
	}
	if (body->map->incomplete)
		body->given |= required_keys(body->schema);
}

/* What was meant for a key with its value: "hook:xdp", "hook xdp", "hook = xdp". */
static const char *pair_meant(struct arena *arena, const char *text)
{
	size_t key = strcspn(text, " \t=:");
	size_t value = key + strspn(text + key, " \t=:");

	if (!text[value] || !schema_key(&schema_program, arena_strndup(arena, text, key)))
		return NULL;
	return arena_printf(arena, "%.*s: %.*s", (int)key, text,
			    (int)strcspn(text + value, " \t\n"), text + value);
}

void node_not_a_map(struct decoder *decoder, const struct node *node, struct span span,
		    const char *what, const char *example)
{
	const char *meant = node->kind == NODE_SCALAR ? pair_meant(decoder->arena, node->scalar)
						      : NULL;
	struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, span,
					  "%s must be a map of keys, not %s", what,
					  node_is_null(node) ? "empty" : node_words(node));

	if (meant)
		diag_help(decoder->diags, diag,
			  "between a key and its value stand a colon and a blank: '%s'", meant);
	else
		diag_help(decoder->diags, diag,
			  "write its keys below it, indented by two more blanks, as in '%s'",
			  example);
}

/* In lower case, with '-' for everything that cannot stand in a name. */
static const char *name_meant(struct arena *arena, const char *name)
{
	const char *label = pattern_label(name);
	char *meant = arena_strdup(arena, label ? label : name + strspn(name, "-_."));

	for (char *at = meant; *at; at++) {
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
		else if (!strchr(LETTERS DIGITS "_", *at))
			*at = '-';
	}
	return name_is_good(meant) ? meant : NULL;
}

static void check_name(struct decoder *decoder, const struct node *name, const char *what)
{
	struct diag *diag;
	const char *meant;

	if (name_is_good(name->scalar)) {
		node_check_text(decoder, name);
		return;
	}
	diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span, "'%s' cannot name a %s",
			     name->scalar, what);
	meant = name_meant(decoder->arena, name->scalar);
	if (meant)
		diag_label(decoder->diags, diag, "did you mean '%s'?", meant);
	diag_help(decoder->diags, diag,
		  "a name has a-z, 0-9, '-' and '_', begins with a letter or a digit, and is at "
		  "most %d characters long",
		  NAME_MAX_LENGTH);
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
			       node_is_null(body->map) ? name->span : body->map->span, who,
			       body->schema == &schema_label ? "name: eth0"
			       : decoder->override	     ? "priority: 10"
							     : "hook: xdp");
	return false;
}
