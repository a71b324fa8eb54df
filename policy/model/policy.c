/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/policy.h"

#include <stdlib.h>
#include <string.h>

#include "policy/language/decode.h"
#include "policy/model/hints.h"
#include "policy/model/labels.h"
#include "policy/model/layer.h"
#include "policy/yaml/document.h"

/*
 * More suggestions than these nobody reads, and each looks at every name. More errors in one file
 * are one mistake: a file that is no policy could give a hundred thousand.
 */
enum { MAX_SUGGESTIONS = 32, MAX_ERRORS_IN_FILE = 200 };

struct builder {
	struct arena *arena;
	struct diags *diags;
	struct declarations declarations;
	const char **names; /* of the policy's programs, sorted */
	bool incomplete; /* some file's names are unknown: a missing name proves nothing */
	bool hints_ignored; /* as above, but that must not hold up the policy */
	unsigned int suggestions;
};

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = *(const struct source *const *)a;
	const struct source *y = *(const struct source *const *)b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = (int)x->tier - (int)y->tier;
	return order ? order : strcmp(x->path, y->path);
}

/* What a package got wrong is no error of this host: the file counts for nothing. */
static void ignore_hints(struct builder *builder, struct diags *found, size_t programs,
			 size_t labels)
{
	hints_excuse(found, "the hints of this file are ignored");
	builder->declarations.programs.count = programs;
	builder->declarations.labels.count = labels;
	builder->hints_ignored = true;
}

static void read_source(struct builder *builder, const struct source *source)
{
	struct declarations *declarations = &builder->declarations;
	size_t programs = declarations->programs.count;
	size_t labels = declarations->labels.count;
	struct diags found = DIAGS(builder->diags->arena);
	const struct node *root = document_parse(builder->arena, source, &found);
	bool complete = root && decode_document(builder->arena, root, &found, declarations);

	if (source->tier != TIER_HINT)
		builder->incomplete = builder->incomplete || !complete;
	else if (diags_have_errors(&found))
		ignore_hints(builder, &found, programs, labels);
	diags_append(builder->diags, &found);
}

static void read_sources(struct builder *builder, const struct sources *sources)
{
	const struct source **sorted =
		arena_array(builder->arena, const struct source *, sources->count);

	for (size_t i = 0; i < sources->count; i++)
		sorted[i] = &sources->items[i];
	qsort(sorted, sources->count, sizeof(*sorted), compare_sources);
	for (size_t i = 0; i < sources->count; i++)
		read_source(builder, sorted[i]);
}

/* By name, of one name the weakest directory first, in it by place. */
static int compare_programs(const void *a, const void *b)
{
	const struct program *x = a;
	const struct program *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = (int)x->tier - (int)y->tier;
	if (!order)
		order = compare_sources(&x->span.source, &y->span.source);
	if (!order)
		order = x->span.line < y->span.line ? -1 : x->span.line > y->span.line;
	return order;
}

/* One directory's declarations of one name: there may be one. */
static void check_single(struct builder *builder, const struct program *programs, size_t count)
{
	struct diag *diag;

	if (count < 2)
		return;
	diag = diag_add(builder->diags,
			programs->tier == TIER_HINT ? SEVERITY_WARNING : SEVERITY_ERROR,
			DIAG_DUPLICATE_PROGRAM, programs->span, "program '%s' is declared %s",
			programs->name, count > 2 ? "several times" : "twice");
	diag->program = programs->name;
	diag_label(builder->diags, diag, "here");
	for (size_t i = 1; i < count; i++)
		diag_place(builder->diags, diag, programs[i].span, "and here");
	diag_help(builder->diags, diag,
		  "give one another name, or remove it; what is to differ on some interfaces goes "
		  "below 'override' in a chains entry");
}

/* All declarations of one name, the weakest first: the stronger ones go over the weaker. */
static struct program merge_program(struct builder *builder, const struct program *programs,
				    size_t count)
{
	struct program merged = *programs;
	bool hinted = programs->tier == TIER_HINT;
	size_t end;

	for (size_t i = 0; i < count; i = end) {
		end = i + 1;
		while (end < count && programs[end].tier == programs[i].tier)
			end++;
		check_single(builder, &programs[i], end - i);
		if (i)
			program_layer(builder->arena, &merged, &programs[i]);
	}
	program_settle(&merged);
	merged.hinted = hinted;
	return merged;
}

/* A program of a package whose name was meant by one that says too little to be a program. */
static const char *hint_meant(struct builder *builder, const struct policy *policy,
			      const struct program *program)
{
	struct {
		const char **items;
		size_t count;
	} names = { 0 };

	if (program->hinted || program->hooks || program_says(program, "object") ||
	    builder->suggestions++ >= MAX_SUGGESTIONS)
		return NULL;
	for (size_t i = 0; i < policy->program_count; i++)
		if (policy->programs[i].hinted)
			*list_push(builder->arena, &names) = policy->programs[i].name;
	return nearest_word(program->name, names.items, names.count);
}

static void merge_programs(struct builder *builder, struct policy *policy)
{
	struct program *programs = builder->declarations.programs.items;
	size_t count = builder->declarations.programs.count;
	size_t end;

	if (!count)
		return;
	qsort(programs, count, sizeof(*programs), compare_programs);
	for (size_t i = 0; i < count; i = end) {
		end = i + 1;
		while (end < count && !strcmp(programs[end].name, programs[i].name))
			end++;
		programs[policy->program_count++] = merge_program(builder, &programs[i], end - i);
	}
	policy->programs = programs;
	for (size_t i = 0; i < policy->program_count; i++)
		program_check(&programs[i], hint_meant(builder, policy, &programs[i]),
			      builder->hints_ignored, builder->diags);
	builder->names = arena_array(builder->arena, const char *, policy->program_count);
	for (size_t i = 0; i < policy->program_count; i++)
		builder->names[i] = programs[i].name;
}

/* What may be the name in the name of an object file. */
static const char *stem(struct arena *arena, const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *name = slash ? slash + 1 : word;

	return arena_strndup(arena, name, strcspn(name, "."));
}

static void add_unknown(struct builder *builder, const struct policy *policy,
			const struct word *word, const char *program)
{
	struct diag *diag =
		diag_add(builder->diags, builder->hints_ignored ? SEVERITY_WARNING : SEVERITY_ERROR,
			 DIAG_UNKNOWN_PROGRAM, word->span, "no program is called '%s'", word->text);
	const char *nearest = NULL;

	diag->program = program;
	if (builder->suggestions++ < MAX_SUGGESTIONS)
		nearest = nearest_word(stem(builder->arena, word->text), builder->names,
				       policy->program_count);
	if (nearest)
		diag_label(builder->diags, diag, "did you mean '%s'?", nearest);
	else if (strchr(word->text, ' '))
		diag_help(builder->diags, diag, "names are separated by ',', as in [one, other]");
	else if (strpbrk(word->text, "*?["))
		diag_help(builder->diags, diag,
			  "programs are named one by one; to run before or behind all of them, say "
			  "'first: true' or 'last: true'");
	else
		diag_help(builder->diags, diag,
			  "remove it, or declare the program (with 'enabled: false' if it need "
			  "not run)");
}

/*
 * Keeps the names that exist. The others are errors, unless a package suggests an order with what
 * need not be installed, or a file that may declare them could not be read.
 */
static void check_references(struct builder *builder, const struct policy *policy,
			     struct words *words, const char *program)
{
	size_t kept = 0;

	for (size_t i = 0; i < words->count; i++) {
		if (policy_program(policy, words->items[i].text))
			words->items[kept++] = words->items[i];
		else if (words->items[i].span.source->tier != TIER_HINT && !builder->incomplete)
			add_unknown(builder, policy, &words->items[i], program);
	}
	words->count = kept;
}

/* What is overridden must exist, and its verdicts be those of its hooks. */
static void check_overrides(struct builder *builder, const struct policy *policy,
			    struct chain_rule *rule)
{
	size_t kept = 0;

	for (size_t i = 0; i < rule->overrides.count; i++) {
		struct program *override = &rule->overrides.items[i];
		const struct word name = { override->name, override->span };
		const struct program *program = policy_program(policy, override->name);

		check_references(builder, policy, &override->before, override->name);
		check_references(builder, policy, &override->after, override->name);
		if (!program) {
			if (!builder->incomplete)
				add_unknown(builder, policy, &name, NULL);
			continue;
		}
		verdicts_check(override, rule->hooks & program->hooks, builder->diags);
		rule->overrides.items[kept++] = *override;
	}
	rule->overrides.count = kept;
}

static void check_names(struct builder *builder, struct policy *policy)
{
	for (size_t i = 0; i < policy->program_count; i++) {
		struct program *program = &policy->programs[i];

		check_references(builder, policy, &program->before, program->name);
		check_references(builder, policy, &program->after, program->name);
	}
	for (size_t i = 0; i < policy->rule_count; i++) {
		check_references(builder, policy, &policy->rules[i].order, NULL);
		check_overrides(builder, policy, &policy->rules[i]);
	}
}

static const struct source *source_of(const struct diag *diag)
{
	return diag->place_count ? diag->places[0].span.source : NULL;
}

static void add_rest(struct diags *diags, const struct diag *unseen, size_t count)
{
	enum severity severity = SEVERITY_WARNING;

	for (size_t i = 0; i < count; i++)
		if (unseen[i].severity == SEVERITY_ERROR)
			severity = SEVERITY_ERROR;
	diag_add(diags, severity, DIAG_TOO_LARGE, (struct span){ .source = source_of(unseen) },
		 "%zu more errors in this file are not shown", count);
}

/* The first few of each file, and how many more there are. */
static void limit_errors(struct diags *diags)
{
	struct diags kept = DIAGS(diags->arena);
	size_t end;

	if (diags->count <= MAX_ERRORS_IN_FILE)
		return;
	diags_sort(diags);
	for (size_t start = 0; start < diags->count; start = end) {
		const struct source *source = source_of(&diags->items[start]);
		size_t more;

		for (end = start + 1; end < diags->count; end++)
			if (source_of(&diags->items[end]) != source)
				break;
		more = source && end - start > MAX_ERRORS_IN_FILE ? end - start - MAX_ERRORS_IN_FILE
								  : 0;
		for (size_t i = start; i < end - more; i++)
			*list_push(kept.arena, &kept) = diags->items[i];
		if (more)
			add_rest(&kept, &diags->items[end - more], more);
	}
	*diags = kept;
}

const struct policy *policy_build(struct arena *arena, const struct sources *sources,
				  struct diags *diags)
{
	struct builder builder = { .arena = arena, .diags = diags };
	struct policy *policy = arena_alloc(arena, sizeof(*policy));

	policy->sources = sources;
	read_sources(&builder, sources);
	merge_programs(&builder, policy);
	policy->rules = builder.declarations.rules.items;
	policy->rule_count = builder.declarations.rules.count;
	policy->labels = builder.declarations.labels.items;
	policy->label_count = builder.declarations.labels.count;
	labels_merge(policy, diags);
	if (!builder.incomplete)
		labels_check(arena, policy, builder.hints_ignored, diags);
	check_names(&builder, policy);
	limit_errors(diags);
	return policy;
}

static int compare_name(const void *key, const void *item)
{
	return strcmp(key, ((const struct program *)item)->name);
}

const struct program *policy_program(const struct policy *policy, const char *name)
{
	if (!policy->program_count)
		return NULL;
	return bsearch(name, policy->programs, policy->program_count, sizeof(*policy->programs),
		       compare_name);
}
