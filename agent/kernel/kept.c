/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/kept.h"

#include <stdlib.h>

struct kept_chain {
	struct kept_chain *next;
	struct pinned_hook hook;
	uint32_t program;
	struct linked linked;
	struct arena *arena;
	const struct manifest *manifest;
};

static struct kept_chain **find(struct kernel_linux *linux, struct pinned_hook hook)
{
	struct kept_chain **at = &linux->kept;

	while (*at && pinned_hook_compare(&(*at)->hook, &hook))
		at = &(*at)->next;
	return at;
}

void kept_drop(struct kernel_linux *linux, struct pinned_hook hook)
{
	struct kept_chain **at = find(linux, hook);
	struct kept_chain *kept = *at;

	if (!kept)
		return;
	*at = kept->next;
	linked_close(&kept->linked);
	arena_free(kept->arena);
	free(kept);
}

bool kept_get(struct kernel_linux *linux, struct pinned_hook hook, uint32_t program,
	      const struct manifest **ret_manifest)
{
	struct kept_chain *kept = *find(linux, hook);
	struct linked linked;

	if (!kept || kept->program != program) {
		if (pins_open_chain(&linux->pins, hook, program, &linked))
			return false;
		kept_drop(linux, hook);
		kept = calloc(1, sizeof(*kept));
		if (!kept)
			abort();
		*kept = (struct kept_chain){ linux->kept, hook, program, linked, arena_new(), NULL };
		kept->manifest = linked_manifest(kept->arena, &kept->linked);
		linux->kept = kept;
	}
	*ret_manifest = kept->manifest;
	return true;
}

void kept_drop_all(struct kernel_linux *linux)
{
	while (linux->kept)
		kept_drop(linux, linux->kept->hook);
}
