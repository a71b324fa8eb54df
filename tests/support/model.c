/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/model.h"

#include <stdlib.h>
#include <string.h>

struct model *model_new(void)
{
	struct arena *arena = arena_new();
	struct model *model = arena_alloc(arena, sizeof(*model));

	model->arena = arena;
	model->diags = DIAGS(arena);
	return model;
}

void model_free(struct model *model)
{
	arena_free(model->arena);
}

static const struct source *make_source(struct model *model, const char *name, enum tier tier)
{
	static const char *const directories[] = {
		[TIER_HINT] = "/usr/lib/ordain",
		[TIER_RUN] = "/run/ordain",
		[TIER_ETC] = "/etc/ordain",
	};
	struct source *source = arena_alloc(model->arena, sizeof(*source));

	source->name = arena_printf(model->arena, "%s.yaml", name);
	source->path = arena_printf(model->arena, "%s/%s", directories[tier], source->name);
	source->tier = tier;
	source->text = "";
	return source;
}

static struct span make_span(const struct source *source, unsigned int line, unsigned int column)
{
	return (struct span){ source, line, column, 1 };
}

static void add_words(struct model *model, struct words *words, const struct source *source,
		      unsigned int line, const char *list)
{
	while (*list) {
		size_t length = strcspn(list, " ");
		unsigned int column = 12;
		struct word *word;

		if (words->count) {
			const struct word *last = &words->items[words->count - 1];

			column = last->span.column + (unsigned int)strlen(last->text) + 2;
		}
		word = list_push(model->arena, words);
		word->text = arena_strndup(model->arena, list, length);
		word->span = make_span(source, line, column);
		list += length + strspn(list + length, " ");
	}
}

void model_interfaces(struct model *model, const char *names)
{
	struct words words = { 0 };

	add_words(model, &words, NULL, 0, names);
	for (size_t i = 0; i < words.count; i++) {
		struct interface *interface = list_push(model->arena, &model->interfaces);

		interface->name = words.items[i].text;
		interface->index = (unsigned int)model->interfaces.count;
	}
}

struct program *model_program(struct model *model, const char *name, enum hook hook,
			      const char *interfaces)
{
	struct program *program = arena_alloc(model->arena, sizeof(*program));

	program->name = arena_strdup(model->arena, name);
	program->span = make_span(make_source(model, name, TIER_ETC), LINE_NAME, 3);
	program->tier = TIER_ETC;
	program->hooks = 1u << hook;
	program->stage.value = STAGE_DEFAULT;
	program->enabled.value = true;
	add_words(model, &program->interfaces, program->span.source, LINE_INTERFACES, interfaces);
	*list_push(model->arena, &model->programs) = program;
	return program;
}

void model_before(struct model *model, struct program *program, const char *names)
{
	add_words(model, &program->before, program->span.source, LINE_BEFORE, names);
}

void model_after(struct model *model, struct program *program, const char *names)
{
	add_words(model, &program->after, program->span.source, LINE_AFTER, names);
}

void model_stage(struct program *program, enum stage stage)
{
	program->stage = (struct number){ (int)stage, true,
					  make_span(program->span.source, LINE_STAGE, 12) };
}

void model_priority(struct program *program, int priority)
{
	program->priority = (struct number){ priority, true,
					     make_span(program->span.source, LINE_PRIORITY, 15) };
}

static struct flag make_flag(const struct program *program, bool value, unsigned int line,
			     unsigned int column)
{
	return (struct flag){ value, true, make_span(program->span.source, line, column) };
}

void model_first(struct program *program)
{
	program->first = make_flag(program, true, LINE_FIRST, 12);
}

void model_last(struct program *program)
{
	program->last = make_flag(program, true, LINE_LAST, 11);
}

void model_disable(struct program *program)
{
	program->enabled = make_flag(program, false, LINE_ENABLED, 14);
}

void model_readonly(struct program *program)
{
	program->readonly = make_flag(program, true, LINE_READONLY, 15);
}

void model_unmodified(struct program *program)
{
	program->unmodified_input = make_flag(program, true, LINE_UNMODIFIED, 23);
}

void model_exclusive(struct program *program)
{
	program->exclusive = make_flag(program, true, LINE_EXCLUSIVE, 16);
}

void model_attached(struct program *program, const char *glob)
{
	program->attached_name = (struct word){
		glob,
		make_span(program->span.source, LINE_ATTACHED, 15),
	};
}

void model_hint(struct program *program)
{
	/* Made by make_source(), as a file of /etc. */
	((struct source *)program->span.source)->tier = TIER_HINT;
	program->tier = TIER_HINT;
}

void model_say_in(struct model *model, struct program *program, enum tier tier)
{
	program->span.source = make_source(model, program->name, tier);
}

struct chain_rule *model_rule(struct model *model, const char *name, enum hook hook,
			      const char *interfaces, const char *order)
{
	struct chain_rule *rule = arena_alloc(model->arena, sizeof(*rule));

	rule->span = make_span(make_source(model, name, TIER_ETC), LINE_NAME, 5);
	rule->hooks = 1u << hook;
	add_words(model, &rule->interfaces, rule->span.source, LINE_INTERFACES, interfaces);
	add_words(model, &rule->order, rule->span.source, LINE_ORDER, order);
	*list_push(model->arena, &model->rules) = rule;
	return rule;
}

static int compare_programs(const void *a, const void *b)
{
	return strcmp(((const struct program *)a)->name, ((const struct program *)b)->name);
}

static int compare_rules(const void *a, const void *b)
{
	return strcmp(((const struct chain_rule *)a)->span.source->name,
		      ((const struct chain_rule *)b)->span.source->name);
}

static int compare_interfaces(const void *a, const void *b)
{
	return strcmp(((const struct interface *)a)->name, ((const struct interface *)b)->name);
}

const struct resolution *model_resolve(struct model *model)
{
	struct policy *policy = arena_alloc(model->arena, sizeof(*policy));

	policy->program_count = model->programs.count;
	policy->programs = arena_array(model->arena, struct program, policy->program_count);
	for (size_t i = 0; i < policy->program_count; i++)
		policy->programs[i] = *model->programs.items[i];
	policy->rule_count = model->rules.count;
	policy->rules = arena_array(model->arena, struct chain_rule, policy->rule_count);
	for (size_t i = 0; i < policy->rule_count; i++)
		policy->rules[i] = *model->rules.items[i];
	qsort(policy->programs, policy->program_count, sizeof(struct program), compare_programs);
	qsort(policy->rules, policy->rule_count, sizeof(struct chain_rule), compare_rules);
	if (model->interfaces.count)
		qsort(model->interfaces.items, model->interfaces.count, sizeof(struct interface),
		      compare_interfaces);
	model->policy = policy;
	return resolve(model->arena, policy, &model->interfaces, &model->diags);
}

const char *chain_names(struct arena *arena, const struct chain *chain)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; chain && i < chain->count; i++)
		text_printf(&text, "%s%s", i ? " " : "", chain->elements[i].program->name);
	return text_string(&text);
}
