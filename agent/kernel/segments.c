/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/segments.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/kernel/unlocked.h"

struct our_link {
	unsigned int number;
	struct held_link *held; /* NULL: the link is dead, or somebody else's */
	int foreign; /* somebody else's link, with a dual program; -1: it is ours */
	struct link_state state;
	struct dual dual; /* DUAL_NONE: it has a program of its own */
	size_t position; /* on the hook */
};

struct our_links {
	struct our_link *items; /* as packets meet them */
	size_t count;
};

static size_t find_position(const struct hook_state *state, uint32_t link)
{
	size_t at = 0;

	while (at < state->count && state->links[at] != link)
		at++;
	return at;
}

static int compare_positions(const void *a, const void *b)
{
	const struct our_link *x = a;
	const struct our_link *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

/* A dead link still tells which program it had. False: there is no such pin any more. */
static bool open_link(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number,
		      struct our_link *link)
{
	int fd, result;

	*link = (struct our_link){ .number = number, .foreign = -1, .dual = DUAL_NONE };
	link->held = held_get(linux, hook, number, &link->state);
	if (!link->held) {
		fd = pins_link(&linux->pins, hook, number);
		if (fd < 0)
			return false;
		result = hook_link_state(fd, &link->state);
		close(fd);
		if (result)
			return false;
	}
	if (hook.hook != HOOK_XDP)
		pins_open_dual(&linux->pins, hook, link->state.program, &link->dual);
	return true;
}

static bool is_listed(const struct our_links *links, uint32_t id)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].state.id == id)
			return true;
	return false;
}

/* Links of others are of interest here only while they have a dual program. */
static void add_foreign(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
			const struct hook_state *state, struct our_links *links)
{
	for (size_t i = 0; i < state->count; i++) {
		struct our_link link = { .foreign = -1, .dual = DUAL_NONE };

		if (!state->links[i] || is_listed(links, state->links[i]) ||
		    pins_open_dual(&linux->pins, hook, state->programs[i], &link.dual))
			continue;
		link.foreign = bpf_link_get_fd_by_id(state->links[i]);
		link.state = (struct link_state){ state->links[i], state->programs[i], hook.ifindex,
						  hook.hook };
		if (link.foreign >= 0)
			*list_push(arena, links) = link;
		else
			dual_close(&link.dual);
	}
}

static struct our_links open_links(struct kernel_linux *linux, struct arena *arena,
				   struct pinned_hook hook)
{
	struct pinned_ids numbers = held_numbers(linux, arena, hook, false);
	struct our_links links = { 0 };
	struct hook_state state = { 0 };
	struct our_link link;

	for (size_t i = 0; i < numbers.count; i++)
		if (open_link(linux, hook, numbers.items[i], &link))
			*list_push(arena, &links) = link;
	/* Where nobody can tell, the numbers' order is as good. */
	if (hook.hook == HOOK_XDP || hook_query(hook.hook, hook.ifindex, &state))
		return links;
	add_foreign(linux, arena, hook, &state, &links);
	if (links.count < 2)
		return links;
	for (size_t i = 0; i < links.count; i++)
		links.items[i].position = find_position(&state, links.items[i].state.id);
	qsort(links.items, links.count, sizeof(*links.items), compare_positions);
	return links;
}

static void close_links(struct our_links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		dual_close(&links->items[i].dual);
		if (links->items[i].foreign >= 0)
			close(links->items[i].foreign);
	}
}

static uint32_t in_force(const struct our_link *link)
{
	return link->dual.id ? dual_in_force(&link->dual) : link->state.program;
}

struct pinned_ids segments_in_force(struct kernel_linux *linux, struct arena *arena,
				    struct pinned_hook hook)
{
	struct our_links links = open_links(linux, arena, hook);
	struct pinned_ids ids = { 0 };
	uint32_t unlocked;

	for (size_t i = 0; i < links.count; i++) {
		uint32_t id = links.items[i].held ? in_force(&links.items[i]) : 0;

		if (id)
			*list_push(arena, &ids) = id;
	}
	close_links(&links);
	unlocked = ids.count ? 0 : unlocked_program(linux, hook);
	if (unlocked)
		*list_push(arena, &ids) = unlocked;
	return ids;
}

void segments_manifests(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
			struct manifests *manifests)
{
	struct our_links links = open_links(linux, arena, hook);
	const struct manifest *manifest;
	uint32_t unlocked;
	bool locked = false;

	for (size_t i = 0; i < links.count; i++) {
		uint32_t id = links.items[i].held ? in_force(&links.items[i]) : 0;

		locked |= id != 0;
		manifest = id ? held_manifest(linux, links.items[i].held, id) : NULL;
		if (manifest)
			*list_push(arena, manifests) = manifest;
	}
	close_links(&links);
	unlocked = locked ? 0 : unlocked_program(linux, hook);
	manifest = unlocked ? hook_manifest(linux, arena, hook, unlocked) : NULL;
	if (manifest)
		*list_push(arena, manifests) = manifest;
}

bool segments_lost(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook)
{
	struct our_links links = open_links(linux, arena, hook);
	bool lost = !links.count && !unlocked_program(linux, hook);

	for (size_t i = 0; i < links.count; i++)
		lost |= !links.items[i].held && links.items[i].foreign < 0 &&
			in_force(&links.items[i]);
	close_links(&links);
	return lost;
}

static int remove_link(struct kernel_linux *linux, struct pinned_hook hook,
		       const struct our_link *link, struct error *ret_error)
{
	int result = 0;

	if (link->held) {
		result = pins_allow(&linux->pins, "detach");
		if (!result)
			result = hook_detach(link->held->fd);
		if (result)
			return error_errno(ret_error, result, "detach link %u", link->state.id);
		held_drop(linux, hook, link->number);
	}
	return pins_remove_link(&linux->pins, hook, link->number, ret_error);
}

static int give_chain(struct kernel_linux *linux, struct pinned_hook hook,
		      const struct our_link *link, uint32_t id, struct error *ret_error)
{
	int program = chain_program(linux, hook, id);
	int result;

	if (program < 0)
		return error_errno(ret_error, program, "open program %u", id);
	result = pins_allow(&linux->pins, "swap");
	if (!result)
		result = hook_swap(link->held ? link->held->fd : link->foreign, program,
				   link->dual.fds[DUAL_PROGRAM]);
	close(program);
	/* What its owner has done with it meanwhile stays so. */
	if (result == -ESTALE && !link->held)
		result = 0;
	return result ? error_errno(ret_error, result, "give link %u its chain", link->state.id)
		      : 0;
}

/* Whoever detached a link that was to stay: that is drift, and no matter of ours here. */
static int finish_link(struct kernel_linux *linux, struct pinned_hook hook,
		       const struct our_link *link, struct error *ret_error)
{
	uint32_t id = dual_in_force(&link->dual);

	if (!id && link->foreign < 0)
		return remove_link(linux, hook, link, ret_error);
	return link->held || link->foreign >= 0 ? give_chain(linux, hook, link, id, ret_error) : 0;
}

/*
 * Packets that were latched before the flip have to be through, and whoever latches goes last: the
 * others would read what it does not write any more.
 */
int segments_finish(struct kernel_linux *linux, struct pinned_hook hook, size_t *ret_count,
		    struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct our_links links = open_links(linux, arena, hook);
	int result = 0;

	*ret_count = 0;
	for (size_t i = 0; i < links.count; i++)
		*ret_count += links.items[i].dual.id != 0;
	if (*ret_count)
		wait_for_packets();
	for (size_t i = links.count; !result && i-- > 0;)
		if (links.items[i].dual.id)
			result = finish_link(linux, hook, &links.items[i], ret_error);
	close_links(&links);
	arena_free(arena);
	return result;
}

int segments_bury(struct kernel_linux *linux, struct pinned_hook hook, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct our_links links = open_links(linux, arena, hook);
	int result = 0;

	for (size_t i = 0; !result && i < links.count; i++)
		if (!links.items[i].held && links.items[i].foreign < 0)
			result = remove_link(linux, hook, &links.items[i], ret_error);
	close_links(&links);
	arena_free(arena);
	return result;
}
