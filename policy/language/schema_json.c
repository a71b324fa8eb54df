/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/schema_json.h"

#include <stdlib.h>

#include "policy/base/json_value.h"
#include "policy/model/hook.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAME(symbol, name) name,

static const char *const hooks[] = { HOOKS(NAME) NULL };
static const char *const stages[] = { STAGES(NAME) NULL };
static const char *const verdicts[] = { "aborted",  "drop",  "pass", "tx",
					"redirect", "other", "next", NULL };

enum list {
	LIST_NONE, /* one value */
	LIST_ANY, /* a list, which may be empty */
	LIST_OR_ONE, /* a list that is not empty, or one value */
};

/* What may stand behind a key: the first five say what a value is, exactly one of them. */
struct type {
	bool choices; /* one of the key's own */
	const char *const *words; /* one of these, ended by NULL */
	const char *pattern; /* text like that */
	const char *json; /* of this JSON type */
	const char *definition; /* as in that row of `definitions` */
	int minimum; /* of an integer */
	int maximum; /* of an integer; of text the length, 0: any */
	enum list list;
	const char *names; /* the value is a map, and this is what its names are like */
	bool hooks; /* the value is a map, and its names are hooks */
};

#define NAMES "^[a-z0-9][a-z0-9_-]{0,63}$"
#define C_IDENTIFIER "^[A-Za-z_][A-Za-z0-9_]{0,126}$"
#define FUNCTION "^[A-Za-z_.$][A-Za-z0-9_.$]*$"
#define MAC "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"

static const struct type types[] = {
	[KEY_FORMAT] = { .json = "integer", .minimum = 1, .maximum = 1 },
	[KEY_PROGRAMS] = { .definition = "program", .names = NAMES },
	[KEY_LABELS] = { .definition = "label", .names = NAMES },
	[KEY_CHAINS] = { .definition = "chain", .list = LIST_ANY },
	[KEY_HOOK] = { .words = hooks },
	[KEY_HOOKS] = { .words = hooks, .list = LIST_OR_ONE },
	[KEY_STAGE] = { .words = stages },
	[KEY_PRIORITY] = { .json = "integer", .minimum = PRIORITY_MIN, .maximum = PRIORITY_MAX },
	[KEY_BOOLEAN] = { .json = "boolean" },
	[KEY_PATTERNS] = { .pattern = "^!?[^!/ \\t\\r\\n][^/ \\t\\r\\n]*$",
			   .maximum = PATTERN_MAX_LENGTH,
			   .list = LIST_ANY },
	[KEY_NAMES] = { .pattern = "^.", .list = LIST_ANY },
	[KEY_PATH] = { .pattern = "^/" },
	[KEY_FUNCTION] = { .pattern = FUNCTION },
	[KEY_SHA256] = { .pattern = "^[0-9A-Fa-f]{64}$" },
	[KEY_CHOICE] = { .choices = true },
	[KEY_FUNCTIONS] = { .pattern = FUNCTION, .hooks = true },
	[KEY_ATTACHED] = { .definition = "attached" },
	[KEY_VARIABLES] = { .definition = "variable", .names = C_IDENTIFIER },
	[KEY_VERDICTS] = { .words = verdicts, .list = LIST_ANY },
	[KEY_OVERRIDES] = { .definition = "override", .names = NAMES },
	[KEY_GLOBS] = { .pattern = "^[^!/ \\t\\r\\n][^/ \\t\\r\\n]*$", .list = LIST_OR_ONE },
	[KEY_WORDS] = { .pattern = "^.", .list = LIST_OR_ONE },
	[KEY_MACS] = { .pattern = MAC, .list = LIST_OR_ONE },
	[KEY_GLOB] = { .pattern = "^." },
	[KEY_GLOB_PATH] = { .pattern = "^/" },
};

_Static_assert(NAME_MAX_LENGTH == 64, "the pattern of names above");

static const struct definition {
	const char *name;
	const struct schema *schema;
	bool partial; /* other files may say the rest, so that nothing is required */
	bool override; /* without the keys that cannot be overridden */
} definitions[] = {
	{ .name = "program", .schema = &schema_program, .partial = true },
	{ .name = "override", .schema = &schema_program, .partial = true, .override = true },
	{ .name = "attached", .schema = &schema_attached },
	{ .name = "chain", .schema = &schema_chain },
	{ .name = "label", .schema = &schema_label },
};

bool schema_json_knows(enum key_type type)
{
	const struct type *row = &types[type];

	return type < COUNT(types) &&
	       (row->choices || row->words || row->pattern || row->json || row->definition);
}

static json_t *words_json(const char *const *words)
{
	json_t *array = json_array();

	for (; *words; words++)
		json_append(array, json_string(*words));
	return array;
}

static json_t *value_json(const struct key *key)
{
	const struct type *type = &types[key->type];
	json_t *value = json_object();

	if (type->definition) {
		json_set(value, "$ref", json_sprintf("#/$defs/%s", type->definition));
		return value;
	}
	json_set(value, "type", json_string(type->json ? type->json : "string"));
	if (type->words || type->choices)
		json_set(value, "enum", words_json(type->choices ? key->choices : type->words));
	if (type->pattern)
		json_set(value, "pattern", json_string(type->pattern));
	if (type->pattern && type->maximum)
		json_set(value, "maxLength", json_integer(type->maximum));
	if (type->json && (type->minimum || type->maximum)) {
		json_set(value, "minimum", json_integer(type->minimum));
		json_set(value, "maximum", json_integer(type->maximum));
	}
	return value;
}

static json_t *list_json(const struct key *key, bool may_be_empty)
{
	json_t *list = json_object();

	json_set(list, "type", json_string("array"));
	json_set(list, "items", value_json(key));
	if (!may_be_empty)
		json_set(list, "minItems", json_integer(1));
	return list;
}

static json_t *map_json(const struct key *key)
{
	const struct type *type = &types[key->type];
	json_t *map = json_object();
	json_t *names = json_object();

	if (type->hooks)
		json_set(names, "enum", words_json(hooks));
	else
		json_set(names, "pattern", json_string(type->names));
	json_set(map, "type", json_string("object"));
	json_set(map, "propertyNames", names);
	json_set(map, "additionalProperties", value_json(key));
	return map;
}

static json_t *type_json(const struct key *key)
{
	const struct type *type = &types[key->type];
	json_t *both;
	json_t *choices;

	if (type->names || type->hooks)
		return map_json(key);
	if (type->list == LIST_NONE)
		return value_json(key);
	if (type->list == LIST_ANY)
		return list_json(key, true);
	both = json_object();
	choices = json_array();
	json_append(choices, value_json(key));
	json_append(choices, list_json(key, false));
	json_set(both, "anyOf", choices);
	return both;
}

static json_t *key_json(const struct key *key)
{
	json_t *json = type_json(key);

	json_set(json, "description",
		 json_sprintf("%s%s", key->help, key->not_in_hints ? " Not in hints." : ""));
	return json;
}

/* A number, true, false, text or a list of numbers. */
static json_t *variable_json(void)
{
	static const char *const scalars[] = { "integer", "boolean", "string", NULL };
	json_t *variable = json_object();
	json_t *choices = json_array();
	json_t *scalar = json_object();
	json_t *list = json_object();
	json_t *item = json_object();

	json_set(scalar, "type", words_json(scalars));
	json_append(choices, scalar);
	json_set(item, "type", json_string("integer"));
	json_set(list, "type", json_string("array"));
	json_set(list, "items", item);
	json_append(choices, list);
	json_set(variable, "anyOf", choices);
	return variable;
}

static void add_keys(json_t *object, const struct definition *definition)
{
	const struct schema *schema = definition->schema;
	json_t *properties = json_object();
	json_t *required = json_array();

	for (size_t i = 0; i < schema->count; i++) {
		const struct key *key = &schema->keys[i];

		if (definition->override && key->not_in_override)
			continue;
		json_set(properties, key->name, key_json(key));
		if (key->required && !definition->partial)
			json_append(required, json_string(key->name));
	}
	json_set(object, "type", json_string("object"));
	json_set(object, "properties", properties);
	json_set(object, "required", required);
	json_set(object, "additionalProperties", json_false());
}

void schema_json(struct text *out)
{
	static const struct definition top = { .schema = &schema_top };
	json_t *root = json_object();
	json_t *defs = json_object();
	char *dump;

	json_set(root, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
	json_set(root, "title", json_string("A policy file of ordain"));
	add_keys(root, &top);
	for (size_t i = 0; i < COUNT(definitions); i++) {
		json_t *object = json_object();

		add_keys(object, &definitions[i]);
		json_set(defs, definitions[i].name, object);
	}
	json_set(defs, "variable", variable_json());
	json_set(root, "$defs", defs);
	dump = json_dumps(root, JSON_INDENT(2));
	if (!dump)
		abort();
	text_add(out, dump);
	text_add(out, "\n");
	free(dump);
	json_decref(root);
}
