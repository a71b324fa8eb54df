/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/contents.h"

#include <string.h>

#include "agent/decide/judge.h"
#include "policy/base/text.h"

/*
 * What was judged is what is loaded, so that digest has to be the one that counts: the file may be
 * another one by now.
 */
static const char *content_of(const struct decide_options *options, struct decision *decision,
			      size_t index)
{
	struct diags ignored = DIAGS(decision->arena);
	char *digest = arena_alloc(decision->arena, sizeof(decision->digest));

	if (decision->policy == decision->written)
		digest = decision->objects[index].digest;
	else
		objects_read(options->objects, &decision->written->programs[index], &ignored,
			     digest);
	return *digest ? digest : DIGEST_NONE;
}

void contents_identify(const struct decide_options *options, struct decision *decision,
		       char ret_digest[65])
{
	const struct policy *policy = options->objects ? decision->written : NULL;

	decision->contents.count = 0;
	for (size_t i = 0; policy && i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];
		struct object_digest *content;

		if (!program->object.text || !judge_may_run(policy, program))
			continue;
		content = list_push(decision->arena, &decision->contents);
		content->program = program->name;
		content->digest = content_of(options, decision, i);
	}
	policy_digest(&decision->files, &decision->contents, ret_digest);
}

static bool is_had(const struct object_digest *content)
{
	return strcmp(content->digest, DIGEST_NONE) != 0;
}

/* What that program has now; NULL if it is not there, or has the same. */
static const struct object_digest *changed(const struct object_digest *before,
					   const struct object_digests *now)
{
	for (size_t i = 0; i < now->count; i++)
		if (!strcmp(now->items[i].program, before->program))
			return strcmp(now->items[i].digest, before->digest) ? &now->items[i] : NULL;
	return NULL;
}

bool contents_lack(const struct object_digests *before, const struct object_digests *now)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct object_digest *next = changed(&before->items[i], now);

		if (next && !is_had(next))
			return true;
	}
	return false;
}

static const char *digest_words(const struct object_digest *content)
{
	return is_had(content) ? content->digest : "missing";
}

const char *contents_changes(struct arena *arena, const struct object_digests *before,
			     const struct object_digests *now)
{
	struct text words = TEXT(arena);

	for (size_t i = 0; i < before->count; i++) {
		const struct object_digest *next = changed(&before->items[i], now);

		if (next)
			text_printf(&words, "%s~ %s %.8s -> %.8s", words.length ? ", " : "",
				    next->program, digest_words(&before->items[i]),
				    digest_words(next));
	}
	return text_string(&words);
}
