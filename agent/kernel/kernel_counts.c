/* SPDX-License-Identifier: GPL-2.0-only */
/* What the chains of a hook counted, also those that were swapped out and wait to be removed. */
#include <errno.h>

#include "agent/kernel/segments.h"

static void close_chains(struct linked *chains, size_t count)
{
	for (size_t i = 0; i < count; i++)
		linked_close(&chains[i]);
}

static bool has_id(const struct pinned_ids *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->items[i] == id)
			return true;
	return false;
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
			       struct pinned_hook hook, const struct pinned_ids *in_force,
			       size_t *ret_count)
{
	struct linked *all, *old, *gone;
	struct pinned_ids ids;
	size_t opened = 0, count = 0, gone_count = 0;

	pins_chains(arena, &linux->pins, hook, &ids);
	all = arena_array(arena, struct linked, ids.count);
	old = arena_array(arena, struct linked, ids.count);
	gone = arena_array(arena, struct linked, ids.count);
	for (size_t i = 0; i < ids.count; i++)
		if (!has_id(in_force, ids.items[i]) &&
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

/* Those of the chains in force that have all their pins; the next step repairs the others first. */
static struct linked *open_in_force(struct kernel_linux *linux, struct arena *arena,
				    struct pinned_hook hook, const struct pinned_ids *in_force,
				    size_t *ret_count)
{
	struct linked *chains = arena_array(arena, struct linked, in_force->count);
	size_t count = 0;

	for (size_t i = 0; i < in_force->count; i++)
		if (!pins_open_chain(&linux->pins, hook, in_force->items[i], &chains[count]))
			count++;
	*ret_count = count;
	return chains;
}

/* An element may have come to another segment: what a chain counted is each segment's to look at. */
static int carry_all(struct kernel_linux *linux, const struct linked *chains, size_t count,
		     const struct linked *old, struct error *ret_error)
{
	int result = 0;

	for (size_t i = 0; !result && i < count; i++) {
		result = pins_allow(&linux->pins, "carry counters");
		if (!result)
			result = linked_carry(&chains[i], old, ret_error);
	}
	return result;
}

int counts_finish_swap(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
		       const struct pinned_ids *ids, const struct pinned_ids *in_force,
		       struct error *ret_error)
{
	size_t count, old_count = 0;
	struct linked *chains = open_in_force(linux, arena, hook, in_force, &count);
	struct linked *old = NULL;
	int result = 0;

	if (count == in_force->count)
		old = open_old(linux, arena, hook, in_force, &old_count);
	for (size_t i = 0; !result && i < old_count; i++) {
		result = carry_all(linux, chains, count, &old[i], ret_error);
		if (!result)
			result = pins_remove_chain(&linux->pins, hook, old[i].id, ret_error);
	}
	for (size_t i = 0; !result && count == in_force->count && i < ids->count; i++)
		if (!has_id(in_force, ids->items[i]))
			result = pins_remove_chain(&linux->pins, hook, ids->items[i], ret_error);
	close_chains(old, old_count);
	close_chains(chains, count);
	return result;
}

/* What the elements of one segment did. */
static int count_segment(struct arena *arena, const struct linked *chain, const struct linked *old,
			 size_t old_count, struct counters *counters)
{
	const struct manifest *manifest = linked_manifest(arena, chain);
	struct counters found;
	int result = manifest ? linked_counters(arena, chain, manifest, old, old_count, &found)
			      : -ENOENT;

	for (size_t i = 0; !result && i < found.count; i++)
		*list_push(arena, counters) = found.items[i];
	return result;
}

int linux_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex, enum hook hook,
		   const struct counters **ret)
{
	struct kernel_linux *linux = (struct kernel_linux *)kernel;
	struct pinned_hook key = { ifindex, hook };
	struct pinned_ids in_force = segments_in_force(linux, arena, key);
	struct counters *counters = arena_alloc(arena, sizeof(*counters));
	struct linked *chains, *old;
	size_t count, old_count;
	int result = 0;

	if (!in_force.count)
		return -ENOENT;
	/* Before what is carried is read: somebody may be settling, and each counts once. */
	old = open_old(linux, arena, key, &in_force, &old_count);
	chains = open_in_force(linux, arena, key, &in_force, &count);
	for (size_t i = 0; !result && i < count; i++)
		result = count_segment(arena, &chains[i], old, old_count, counters);
	close_chains(chains, count);
	close_chains(old, old_count);
	if (!result && !count)
		result = -ENOENT;
	if (!result)
		*ret = counters;
	return result;
}
