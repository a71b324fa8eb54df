/* SPDX-License-Identifier: GPL-2.0-only */
/* What the chains of a hook counted, also those that were swapped out and wait to be removed. */
#include <errno.h>

#include "agent/kernel/kernel_state.h"

static void close_chains(struct linked *chains, size_t count)
{
	for (size_t i = 0; i < count; i++)
		linked_close(&chains[i]);
}

static bool is_carried(const struct linked *chains, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (linked_carried_from(&chains[i]) == id)
			return true;
	return false;
}

/*
 * The chains that were swapped out and not removed yet. Not those whose counts another of them
 * carries: whoever carried those over died before it could remove them.
 */
static struct linked *open_old(struct kernel_linux *linux, struct arena *arena,
			       struct pinned_hook hook, uint32_t in_force, size_t *ret_count)
{
	struct linked *all, *old, *gone;
	struct pinned_ids ids;
	size_t opened = 0, count = 0, gone_count = 0;

	pins_chains(arena, &linux->pins, hook, &ids);
	all = arena_array(arena, struct linked, ids.count);
	old = arena_array(arena, struct linked, ids.count);
	gone = arena_array(arena, struct linked, ids.count);
	for (size_t i = 0; i < ids.count; i++)
		if (ids.items[i] != in_force &&
		    !pins_open_chain(&linux->pins, hook, ids.items[i], &all[opened]))
			opened++;
	for (size_t i = 0; i < opened; i++)
		if (!is_carried(all, opened, all[i].id))
			old[count++] = all[i];
		else
			gone[gone_count++] = all[i];
	close_chains(gone, gone_count);
	*ret_count = count;
	return old;
}

int counts_finish_swap(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
		       const struct pinned_ids *ids, uint32_t in_force, struct error *ret_error)
{
	struct linked linked, *old;
	size_t count;
	int result = pins_open_chain(&linux->pins, hook, in_force, &linked);

	/* Overwritten or unpinned: the next step repairs that first. */
	if (result)
		return 0;
	old = open_old(linux, arena, hook, in_force, &count);
	for (size_t i = 0; !result && i < count; i++) {
		result = pins_allow(&linux->pins, "carry counters");
		if (!result)
			result = linked_carry(&linked, &old[i], ret_error);
		if (!result)
			result = pins_remove_chain(&linux->pins, hook, old[i].id, ret_error);
	}
	close_chains(old, count);
	linked_close(&linked);
	for (size_t i = 0; !result && i < ids->count; i++)
		if (ids->items[i] != in_force)
			result = pins_remove_chain(&linux->pins, hook, ids->items[i], ret_error);
	return result;
}

int linux_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex, enum hook hook,
		   const struct counters **ret)
{
	struct kernel_linux *linux = (struct kernel_linux *)kernel;
	struct pinned_hook key = { ifindex, hook };
	struct link_state link;
	const struct manifest *manifest;
	struct counters *counters;
	struct linked linked, *old;
	size_t old_count;
	int result;

	if (!held_get(linux, key, &link))
		return -ENOENT;
	/* Before what is carried is read: somebody may be settling, and each counts once. */
	old = open_old(linux, arena, key, link.program, &old_count);
	result = pins_open_chain(&linux->pins, key, link.program, &linked) ? -ENOENT : 0;
	if (!result) {
		manifest = linked_manifest(arena, &linked);
		counters = arena_alloc(arena, sizeof(*counters));
		result = manifest ? linked_counters(arena, &linked, manifest, old, old_count,
						    counters)
				  : -ENOENT;
		linked_close(&linked);
		if (!result)
			*ret = counters;
	}
	close_chains(old, old_count);
	return result;
}
