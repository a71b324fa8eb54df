/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as policy files: parsed, decoded, merged and their diagnostics rendered. A NUL parts
 * one file from the next; the first byte of each decides its directory.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/diag_json.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void add_source(struct arena *arena, struct sources *sources, const char *text,
		       size_t length)
{
	struct source *source = list_push(arena, sources);

	/* '#', with which the files of the corpus begin, means /etc. */
	source->tier = length ? (enum tier)((unsigned char)text[0] % 3) : TIER_ETC;
	source->name = arena_printf(arena, "%zu.yaml", sources->count);
	source->path = source->name;
	source->text = text;
	source->length = length;
}

/* What is used without errors has to keep its promises. */
static void check(const struct policy *policy)
{
	const struct interface eth0 = { .name = "eth0" };

	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];

		if (i && strcmp(policy->programs[i - 1].name, program->name) >= 0)
			abort();
		if (policy_program(policy, program->name) != program)
			abort();
		for (size_t j = 0; j < program->before.count; j++)
			if (!policy_program(policy, program->before.items[j].text))
				abort();
		if (program->object.text && program->object.text[0] != '/')
			abort();
		patterns_match(policy, &program->interfaces, &eth0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct sources sources = { 0 };
	struct diags diags = DIAGS(arena);
	struct text text = TEXT(arena);
	const char *start = (const char *)bytes;
	const char *end = start + size;

	while (start < end) {
		const char *stop = memchr(start, 0, (size_t)(end - start));

		if (!stop)
			stop = end;
		add_source(arena, &sources, start, (size_t)(stop - start));
		start = stop + 1;
	}
	check(policy_build(arena, &sources, &diags));
	diags_sort(&diags);
	diags_render(&diags, &text, true);
	json_decref(diags_json(&diags));
	arena_free(arena);
	return 0;
}
