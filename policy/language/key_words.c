/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program says, in the words of a file. */
#include <inttypes.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/model/layer.h"

static void add_words(struct text *text, const struct words *words)
{
	text_add(text, "[");
	for (size_t i = 0; i < words->count; i++)
		text_printf(text, "%s%s", i ? ", " : "", words->items[i].text);
	text_add(text, "]");
}

static void add_variable(struct text *text, const struct variable *variable)
{
	text_printf(text, "%s: ", variable->name);
	switch (variable->kind) {
	case VARIABLE_INTEGER:
		text_printf(text, variable->huge ? "0x%" PRIx64 : "%" PRId64, variable->integer);
		return;
	case VARIABLE_BOOLEAN:
		text_add(text, variable->integer ? "true" : "false");
		return;
	case VARIABLE_STRING:
		text_printf(text, "\"%s\"", variable->string);
		return;
	case VARIABLE_LIST:
		break;
	}
	text_add(text, "[");
	for (size_t i = 0; i < variable->list_count; i++)
		text_printf(text, "%s%" PRId64, i ? ", " : "", variable->list[i]);
	text_add(text, "]");
}

static void add_variables(struct text *text, const struct variables *variables)
{
	text_add(text, "{");
	for (size_t i = 0; i < variables->count; i++) {
		text_add(text, i ? ", " : "");
		add_variable(text, &variables->items[i]);
	}
	text_add(text, "}");
}

static void add_functions(struct text *text, const struct program *program)
{
	const char *separator = "{";

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(program->hooks & (1u << hook)))
			continue;
		text_printf(text, "%s%s: %s", separator, hook_name(hook),
			    program->functions[hook].text);
		separator = ", ";
	}
	text_add(text, "}");
}

static void add_attached(struct text *text, const struct program *program)
{
	text_add(text, "{");
	if (program->attached_name.text)
		text_printf(text, "name: \"%s\"", program->attached_name.text);
	if (program->attached_pin.text)
		text_printf(text, "%spin: \"%s\"", program->attached_name.text ? ", " : "",
			    program->attached_pin.text);
	text_add(text, "}");
}

static void add_value(struct text *text, const struct program *program, const struct key *key)
{
	const void *member = (const char *)program + key->offset;
	const struct number *number = member;
	const struct word *word = member;

	switch (key->type) {
	case KEY_HOOK:
		text_add(text, hooks_words(text->arena, program->hooks));
		break;
	case KEY_STAGE:
		text_add(text, stage_name((enum stage)number->value));
		break;
	case KEY_PRIORITY:
		text_printf(text, "%d", number->value);
		break;
	case KEY_CHOICE:
		text_add(text, key->choices[number->value]);
		break;
	case KEY_BOOLEAN:
		text_add(text, ((const struct flag *)member)->value ? "true" : "false");
		break;
	case KEY_PATTERNS:
	case KEY_NAMES:
	case KEY_VERDICTS:
		add_words(text, member);
		break;
	case KEY_VARIABLES:
		add_variables(text, member);
		break;
	case KEY_FUNCTIONS:
		add_functions(text, program);
		break;
	case KEY_ATTACHED:
		add_attached(text, program);
		break;
	default:
		text_add(text, word->text ? word->text : "");
	}
}

const char *program_key_words(struct arena *arena, const struct program *program, size_t key)
{
	struct text text = TEXT(arena);

	text_printf(&text, "%s: ", schema_program.keys[key].name);
	add_value(&text, program, &schema_program.keys[key]);
	return text_string(&text);
}

static bool says_otherwise(struct arena *arena, const struct program *program,
			   const struct program *over, size_t key)
{
	return !program_agrees(program, over, key) &&
	       strcmp(program_key_words(arena, program, key),
		      program_key_words(arena, over, key)) != 0;
}

void program_note_replaced(struct arena *arena, struct program *program, const struct program *over,
			   size_t key)
{
	const char *name = schema_program.keys[key].name;
	bool said = program_says(program, name);

	if (said && !says_otherwise(arena, program, over, key))
		return;
	*list_push(arena, &program->replaced) = (struct replaced_key){
		.key = key,
		.words = said ? program_key_words(arena, program, key) : NULL,
		.span = program_place(program, name),
	};
}
