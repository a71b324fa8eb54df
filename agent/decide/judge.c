/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/judge.h"

#include <string.h>

#include "agent/decide/judgements.h"
#include "agent/objects/inspect.h"
#include "policy/base/text.h"
#include "policy/marks/demands.h"
#include "policy/model/override.h"
#include "policy/model/variables.h"

static bool same_word(const struct word *a, const struct word *b)
{
	if (!a->text || !b->text)
		return a->text == b->text;
	return !strcmp(a->text, b->text);
}

static bool same_variables(struct decision *decision, const struct program *a,
			   const struct program *b)
{
	return !strcmp(variables_text(decision->arena, &a->variables),
		       variables_text(decision->arena, &b->variables));
}

/* What the previous decision found in the very same object; NULL if that cannot be used again. */
static const struct program_use *known_use(struct decision *decision,
					   const struct decision *previous,
					   const struct program *program, enum hook hook,
					   const char *digest)
{
	const struct program *before;
	const struct program_object *object;

	before = previous && previous->policy && previous->objects
			 ? policy_program(previous->policy, program->name)
			 : NULL;
	if (!before || !(before->hooks & (1u << hook)) ||
	    !same_word(&before->functions[hook], &program->functions[hook]) ||
	    !same_variables(decision, before, program))
		return NULL;
	object = &previous->objects[before - previous->policy->programs];
	return object->uses[hook].usable && !strcmp(object->digest, digest) ? &object->uses[hook]
									    : NULL;
}

static bool is_said(const struct diags *diags, size_t from, const char *summary)
{
	for (size_t i = from; i < diags->count; i++)
		if (!strcmp(diags->items[i].summary, summary))
			return true;
	return false;
}

/* What is wrong with an object is the same for all hooks, and said once. */
static struct program_use inspect_use(const struct decide_options *options,
				      struct decision *decision, const struct program *program,
				      enum hook hook, const char *digest, size_t reported)
{
	struct diags found = DIAGS(decision->arena);
	struct program_use use = { 0 };
	const void *bytes;
	size_t length;

	bytes = objects_bytes(options->objects, digest, &length);
	use.usable = bytes && inspect_object(program, hook, bytes, length, &found, &use.function,
					     &use.frags);
	if (use.usable)
		return use;
	use.code = found.count ? found.items[0].code : DIAG_OBJECT_INVALID;
	use.reason = found.count ? found.items[0].summary : "its object cannot be read";
	for (size_t i = 0; i < found.count; i++)
		if (!is_said(&decision->diags, reported, found.items[i].summary))
			*list_push(decision->arena, &decision->diags) = found.items[i];
	return use;
}

/* A program that is not what its marks say cannot run as what it is meant to be. */
static void judge_marks(const struct decide_options *options, struct decision *decision,
			const struct program *program, enum hook hook, const char *digest,
			struct program_use *use)
{
	struct diags found = DIAGS(decision->arena);

	if (!use->usable || !demands_proof(program))
		return;
	use->judgement = judgement_get(options, decision, program, hook, digest, use->function);
	if (demand_readonly(program, use->judgement, &found))
		return;
	use->usable = false;
	use->code = found.items[0].code;
	use->reason = found.items[0].summary;
	diags_append(&decision->diags, &found);
}

static void judge_use(const struct decide_options *options, struct decision *decision,
		      const struct program *program, enum hook hook, size_t reported)
{
	struct program_object *object = &decision->objects[program - decision->policy->programs];
	const struct program_use *known =
		known_use(decision, options->previous, program, hook, object->digest);
	struct program_use *use = &object->uses[hook];

	if (known)
		*use = (struct program_use){ .usable = true,
					     .function =
						     arena_strdup(decision->arena, known->function),
					     .frags = known->frags };
	else
		*use = inspect_use(options, decision, program, hook, object->digest, reported);
	judge_marks(options, decision, program, hook, object->digest, use);
}

/* A policy of before comes with its objects, wherever they are still kept. */
static bool read_object(const struct decide_options *options, struct decision *decision,
			const struct program *program, char ret_digest[65])
{
	const struct object_digests *pinned = decision->pinned;
	size_t length;

	for (size_t i = 0; pinned && i < pinned->count; i++) {
		const char *digest = pinned->items[i].digest;

		if (strcmp(pinned->items[i].program, program->name) != 0 ||
		    !objects_bytes(options->objects, digest, &length))
			continue;
		memcpy(ret_digest, digest, strlen(digest) + 1);
		return true;
	}
	return objects_read(options->objects, program, &decision->diags, ret_digest);
}

static void judge_object(const struct decide_options *options, struct decision *decision,
			 const struct program *program)
{
	struct program_object *object = &decision->objects[program - decision->policy->programs];
	size_t reported = decision->diags.count;
	bool read = read_object(options, decision, program, object->digest);
	struct program_use unread = { .code = DIAG_OBJECT_INVALID,
				      .reason = "its object cannot be read" };

	if (!read && decision->diags.count > reported) {
		unread.code = decision->diags.items[reported].code;
		unread.reason = decision->diags.items[reported].summary;
	}
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(program->hooks & (1u << hook)))
			continue;
		if (read)
			judge_use(options, decision, program, hook, reported);
		else
			object->uses[hook] = unread;
	}
}

bool judge_may_run(const struct policy *policy, const struct program *program)
{
	if (!program->interfaces.count)
		return false;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct program *said = rule_override(&policy->rules[i], program->name);

		if (said && said->enabled.written && said->enabled.value)
			return true;
	}
	return program->enabled.value;
}

/* A file of hints that cannot be read may be the one that names it. */
static void miss_object(struct program_object *object)
{
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		object->uses[hook] = (struct program_use){
			.code = DIAG_OBJECT_MISSING,
			.reason = "no file that can be read names its object",
		};
}

void judge_objects(const struct decide_options *options, struct decision *decision)
{
	const struct policy *policy = decision->policy;

	decision->objects =
		arena_array(decision->arena, struct program_object, policy->program_count);
	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];

		if (!judge_may_run(policy, program))
			continue;
		if (program->object.text)
			judge_object(options, decision, program);
		else
			miss_object(&decision->objects[i]);
	}
}

/* An override changes no source: the element is a copy, its object that of the program. */
static const struct program_object *object_of(const struct decision *decision,
					      const struct program *program)
{
	return &decision->objects[policy_program(decision->policy, program->name) -
				  decision->policy->programs];
}

/* Those that an entry of `chains` made something else of on some hook. */
static const struct program_use *judged_before(const struct decision *decision,
					       const struct program *program, enum hook hook)
{
	for (size_t i = 0; i < decision->overridden.count; i++)
		if (decision->overridden.items[i].program == program &&
		    decision->overridden.items[i].hook == hook)
			return &decision->overridden.items[i].use;
	return NULL;
}

static const struct program_use *judge_overridden(const struct decide_options *options,
						  struct decision *decision,
						  const struct program *program, enum hook hook)
{
	const struct program_object *object = object_of(decision, program);
	const struct program_use *before = judged_before(decision, program, hook);
	struct overridden_use *judged;

	if (before)
		return before;
	judged = list_push(decision->arena, &decision->overridden);
	judged->program = program;
	judged->hook = hook;
	judged->use = inspect_use(options, decision, program, hook, object->digest,
				  decision->diags.count);
	judge_marks(options, decision, program, hook, object->digest, &judged->use);
	return &judged->use;
}

static bool same_marks(const struct program *a, const struct program *b)
{
	return a->readonly.value == b->readonly.value && a->shadow.value == b->shadow.value;
}

/* How the program as it counts here can run; an override may have changed what it is. */
static const struct program_use *use_of(const struct decide_options *options,
					struct decision *decision, const struct program *program,
					enum hook hook)
{
	const struct program *declared = policy_program(decision->policy, program->name);
	const struct program_use *use = &object_of(decision, program)->uses[hook];

	if (same_marks(declared, program) &&
	    (!use->usable || same_variables(decision, declared, program)))
		return use;
	return judge_overridden(options, decision, program, hook);
}

/* Around programs of others: whether that changes at once hangs on what the elements do. */
static bool may_split(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (program_is_attached(chain->elements[i].program) ||
		    chain->elements[i].program->last.value)
			return true;
	return false;
}

void judge_chain(const struct decide_options *options, struct decision *decision,
		 struct chain *chain)
{
	bool asked = chain->hook == HOOK_XDP
			     ? demands_input(chains_find(&decision->resolution->chains,
							 chain->interface->name, HOOK_TCX_INGRESS))
			     : may_split(chain);

	for (size_t i = 0; i < chain->count; i++) {
		struct element *element = &chain->elements[i];
		const struct program_use *use;

		if (program_is_attached(element->program))
			continue;
		use = use_of(options, decision, element->program, chain->hook);
		element->judgement = use->judgement;
		if (!use->judgement && asked && use->usable)
			element->judgement = judgement_get(
				options, decision, element->program, chain->hook,
				object_of(decision, element->program)->digest, use->function);
	}
}

/* What an observer says goes on after every verdict, whatever `proceed_on` lists. */
static struct manifest_element make_element(struct decision *decision,
					    const struct program *program, enum hook hook,
					    const struct program_use *use)
{
	bool observe = program->readonly.value || program->shadow.value;

	return (struct manifest_element){
		.name = program->name,
		.digest = object_of(decision, program)->digest,
		.function = use->function,
		.proceed = observe ? verdicts_continuing(hook) : program->proceed[hook],
		.observe = observe,
		.pin_by_name = program->pin_by_name.value,
		.variables = variables_text(decision->arena, &program->variables),
	};
}

const struct manifest *chain_manifest(const struct decide_options *options,
				      struct decision *decision, const struct chain *chain,
				      struct missing *ret_missing)
{
	struct manifest *manifest = arena_alloc(decision->arena, sizeof(*manifest));

	*ret_missing = (struct missing){ 0 };
	manifest->hook = chain->hook;
	manifest->call_all = chain->linking.value == LINKING_CALLED;
	manifest->items = arena_array(decision->arena, struct manifest_element, chain->count);
	for (size_t i = 0; i < chain->count; i++) {
		const struct program *program = chain->elements[i].program;
		const struct program_use *use;
		struct manifest_element *element;

		if (program_is_attached(program))
			continue;
		use = use_of(options, decision, program, chain->hook);
		element = &manifest->items[manifest->count++];
		if (use->usable) {
			*element = make_element(decision, program, chain->hook, use);
			continue;
		}
		*element = manifest_element_missing(chain->hook, program->name);
		*list_push(decision->arena, ret_missing) = (struct missing_program){
			program->name,
			(enum if_missing)program->if_missing.value,
			use->code,
			use->reason,
		};
	}
	return manifest->count ? manifest : NULL;
}

const char *chain_one_buffer(const struct decision *decision, const struct chain *chain)
{
	struct text words = TEXT(decision->arena);

	for (size_t i = 0; chain->hook == HOOK_XDP && i < chain->count; i++) {
		const struct program *program = chain->elements[i].program;

		if (!program_is_attached(program) &&
		    !object_of(decision, program)->uses[chain->hook].frags)
			text_printf(&words, "%s'%s'", words.length ? ", " : "", program->name);
	}
	return words.length ? text_string(&words) : NULL;
}
