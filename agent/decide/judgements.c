/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/judgements.h"

#include <string.h>

#include "agent/judges/prover.h"
#include "policy/model/variables.h"

static const struct judgement *find(const struct decision *decision, const struct judged *wanted)
{
	for (size_t i = 0; decision && i < decision->judged.count; i++) {
		const struct judged *judged = &decision->judged.items[i];

		if (judged->hook == wanted->hook && !strcmp(judged->digest, wanted->digest) &&
		    !strcmp(judged->function, wanted->function) &&
		    !strcmp(judged->variables, wanted->variables))
			return judged->judgement;
	}
	return NULL;
}

/* What cannot be followed at all is unproven, and says why. */
static struct judgement *no_answer(struct arena *arena, const struct judged *wanted,
				   const char *why)
{
	struct judgement *judgement = arena_alloc(arena, sizeof(*judgement));
	struct readonly_reason *reason = arena_alloc(arena, sizeof(*reason));

	*reason = (struct readonly_reason){ .instruction = -1, .what = arena_strdup(arena, why) };
	*judgement = (struct judgement){ .function = wanted->function,
					 .hook = wanted->hook,
					 .analysis = OPINION_UNKNOWN,
					 .reasons = reason,
					 .count = 1 };
	return judgement;
}

static struct judgement *ask(const struct decide_options *options, struct decision *decision,
			     const struct judged *wanted)
{
	struct judgement *judgement = arena_alloc(decision->arena, sizeof(*judgement));
	const struct manifest_element element = { .name = "judged",
						  .digest = wanted->digest,
						  .function = wanted->function,
						  .variables = wanted->variables };
	struct error error;
	size_t length;
	const void *bytes = objects_bytes(options->objects, wanted->digest, &length);

	if (!bytes)
		return no_answer(decision->arena, wanted, "its object cannot be read");
	if (prove(decision->arena, &element, wanted->hook, options->ask_kernel, bytes, length,
		  judgement, &error))
		return no_answer(decision->arena, wanted, error.text);
	return judgement;
}

const struct judgement *judgement_get(const struct decide_options *options,
				      struct decision *decision, const struct program *program,
				      enum hook hook, const char *digest, const char *function)
{
	struct judged wanted = {
		.digest = digest,
		.function = function,
		.variables = variables_text(decision->arena, &program->variables),
		.hook = hook,
	};
	const struct judgement *known = find(decision, &wanted);

	if (known)
		return known;
	known = find(options->previous, &wanted);
	wanted.judgement = known ? judgement_copy(decision->arena, known)
				 : ask(options, decision, &wanted);
	*list_push(decision->arena, &decision->judged) = wanted;
	return wanted.judgement;
}
