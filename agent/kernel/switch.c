/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/kernel/absorbed.h"
#include "agent/kernel/attach.h"
#include "agent/kernel/segments.h"
#include "agent/kernel/takeover.h"

/* One link while it changes. */
struct switched {
	const struct step_part *part;
	struct held_link *held; /* NULL: it is new, or somebody else's */
	int before; /* its program; -1: it is new, or somebody else's */
	struct linked after; /* LINKED_NONE: it goes, or is somebody else's */
	struct taken taken; /* somebody else's */
	struct dual dual;
};

struct switching {
	struct kernel_linux *linux;
	const struct step *step;
	struct pinned_hook hook;
	struct dual_latch latch;
	struct switched *items; /* as packets meet them */
	size_t count;
};

static int stale(const struct step *step, struct error *ret_error)
{
	return error_errno(ret_error, -ESTALE, "change %s %s", step->interface,
			   hook_name(step->hook));
}

static int open_before(struct switching *switching, struct switched *item, struct error *ret_error)
{
	const struct step_part *part = item->part;
	struct link_state state;

	if (!part->expected_program)
		return 0;
	item->held = held_get(switching->linux, switching->hook, part->number, &state);
	if (!item->held || state.ifindex != switching->hook.ifindex ||
	    state.program != part->expected_program)
		return stale(switching->step, ret_error);
	item->before = chain_program(switching->linux, switching->hook, state.program);
	return item->before < 0
		       ? error_errno(ret_error, item->before, "open program %u", state.program)
		       : 0;
}

static int link_as(struct switching *switching, const struct manifest *manifest,
		   enum bpf_attach_type type, struct linked *ret, struct error *ret_error)
{
	int result = chain_link(switching->linux, manifest, type, ret, ret_error);

	if (!result)
		result = pins_add_chain(&switching->linux->pins, switching->hook, ret, ret_error);
	return result;
}

static int open_after(struct switching *switching, struct switched *item, struct error *ret_error)
{
	const struct manifest *manifest = item->part->manifest;
	int result;

	if (!manifest)
		return 0;
	result = chain_take(switching->linux, manifest, &item->after, ret_error);
	if (!result)
		result = chain_pin_maps(switching->linux, manifest, ret_error);
	if (!result)
		result = pins_add_chain(&switching->linux->pins, switching->hook, &item->after,
					ret_error);
	return result;
}

static int link_again(struct switching *switching, struct switched *item, enum bpf_attach_type type,
		      struct error *ret_error)
{
	struct error ignored;

	pins_remove_chain(&switching->linux->pins, switching->hook, item->after.id, &ignored);
	linked_close(&item->after);
	return link_as(switching, item->part->manifest, type, &item->after, ret_error);
}

/* The link gets the chain that it has, loaded otherwise. */
static int swap_like(struct switching *switching, struct switched *item, enum bpf_attach_type type,
		     struct error *ret_error)
{
	struct arena *arena = arena_new();
	const struct manifest *manifest = NULL;
	struct linked linked;
	int result;

	if (!pins_open_chain(&switching->linux->pins, switching->hook, item->part->expected_program,
			     &linked)) {
		manifest = linked_manifest(arena, &linked);
		linked_close(&linked);
	}
	result = manifest ? link_as(switching, manifest, type, &linked, ret_error)
			  : stale(switching->step, ret_error);
	arena_free(arena);
	if (result)
		return result;
	result = pins_allow(&switching->linux->pins, "swap");
	if (!result)
		result = hook_swap(item->held->fd, linked.fds[LINKED_PROGRAM], item->before);
	if (result) {
		linked_close(&linked);
		return attach_refused(switching->step, "update", result, ret_error);
	}
	close(item->before);
	item->before = fcntl(linked.fds[LINKED_PROGRAM], F_DUPFD_CLOEXEC, 0);
	linked_close(&linked);
	return 0;
}

/*
 * A dual program calls none but programs that were loaded as it was. What a chain has of others
 * tells how it has to be loaded; any other chain is loaded as the one beside it.
 */
static int make_alike(struct switching *switching, struct switched *item, struct error *ret_error)
{
	enum hook hook = switching->hook.hook;
	enum bpf_attach_type before, after;

	if (item->before < 0 || item->after.fds[LINKED_PROGRAM] < 0 ||
	    absorbed_attach_type(item->before, hook, &before) ||
	    absorbed_attach_type(item->after.fds[LINKED_PROGRAM], hook, &after) || before == after)
		return 0;
	return manifest_absorbs(item->part->manifest)
		       ? swap_like(switching, item, after, ret_error)
		       : link_again(switching, item, before, ret_error);
}

static int program_before(const struct switched *item)
{
	return item->part->link ? item->taken.before : item->before;
}

static int make_dual(struct switching *switching, size_t at, struct error *ret_error)
{
	struct switched *item = &switching->items[at];
	int before = program_before(item);
	int after = item->part->link ? item->taken.after : item->after.fds[LINKED_PROGRAM];
	enum bpf_attach_type type;
	int result =
		absorbed_attach_type(before >= 0 ? before : after, switching->hook.hook, &type);

	if (!result)
		result = dual_make(&switching->latch, before, after, at == 0, type, &item->dual);
	if (result)
		return error_errno(ret_error, result, "make a program that switches");
	return pins_add_dual(&switching->linux->pins, switching->hook, &item->dual, ret_error);
}

/* All parts are there, and none is on the hook. */
static int prepare(struct switching *switching, struct error *ret_error)
{
	int result = dual_latch_make(&switching->latch);

	if (result)
		return error_errno(ret_error, result, "make the maps of a switch");
	for (size_t i = 0; !result && i < switching->count; i++) {
		struct switched *item = &switching->items[i];

		result = item->part->link ? takeover_open(switching->linux, switching->hook,
							  item->part, &item->taken, ret_error)
					  : open_before(switching, item, ret_error);
		if (!result)
			result = open_after(switching, item, ret_error);
		if (!result)
			result = make_alike(switching, item, ret_error);
		if (!result)
			result = make_dual(switching, i, ret_error);
	}
	return result;
}

/*
 * Until the flip, each has what was there before. New links come first, while the list is as it was
 * seen: each of them is one more revision.
 */
static int install_new(struct switching *switching, struct error *ret_error)
{
	uint64_t revision = switching->step->expected_revision;
	int result = 0;

	for (size_t i = 0; !result && i < switching->count; i++) {
		struct switched *item = &switching->items[i];
		struct attach_place place = attach_place(switching->step, item->part);

		if (item->part->expected_program || item->part->link)
			continue;
		place.place.expected_revision = revision++;
		result = attach_link(switching->linux, switching->step, &place,
				     item->dual.fds[DUAL_PROGRAM], MODE_AUTO, ret_error);
	}
	return result;
}

static int install(struct switching *switching, struct error *ret_error)
{
	int result = install_new(switching, ret_error);

	for (size_t i = 0; !result && i < switching->count; i++) {
		struct switched *item = &switching->items[i];

		if (!item->held && item->taken.link < 0)
			continue;
		result = pins_allow(&switching->linux->pins, "swap");
		if (!result)
			result = hook_swap(item->held ? item->held->fd : item->taken.link,
					   item->dual.fds[DUAL_PROGRAM], program_before(item));
		if (result)
			result = attach_refused(switching->step, "update", result, ret_error);
	}
	return result;
}

static int flip(struct switching *switching, struct error *ret_error)
{
	int result = pins_allow(&switching->linux->pins, "flip");

	if (!result)
		result = dual_flip(&switching->latch);
	return result ? error_errno(ret_error, result, "switch %s %s", switching->step->interface,
				    hook_name(switching->step->hook))
		      : 0;
}

/* What the next pass would do; what cannot be undone now is left to it. */
static void undo(struct switching *switching)
{
	struct error ignored;
	size_t count;

	if (segments_finish(switching->linux, switching->hook, &count, &ignored))
		return;
	if (count)
		wait_for_packets();
	for (size_t i = 0; i < switching->count; i++) {
		const struct switched *item = &switching->items[i];

		if (item->dual.id)
			pins_remove_chain(&switching->linux->pins, switching->hook, item->dual.id,
					  &ignored);
		if (item->after.id)
			pins_remove_chain(&switching->linux->pins, switching->hook, item->after.id,
					  &ignored);
	}
}

static int pin_again(struct switching *switching, struct error *ret_error)
{
	int result = 0;

	for (size_t i = 0; !result && i < switching->count; i++)
		if (switching->items[i].held && switching->items[i].part->manifest)
			result = chain_pin_again(switching->linux, switching->hook,
						 switching->items[i].held, ret_error);
	return result;
}

static int publish(struct switching *switching, struct error *ret_error)
{
	int result = 0;

	for (size_t i = 0; !result && i < switching->count; i++)
		if (switching->items[i].part->manifest)
			result = chain_publish_maps(switching->linux,
						    switching->items[i].part->manifest, ret_error);
	return result;
}

static void close_all(struct switching *switching)
{
	for (size_t i = 0; i < switching->count; i++) {
		struct switched *item = &switching->items[i];

		if (item->before >= 0)
			close(item->before);
		takeover_close(&item->taken);
		linked_close(&item->after);
		dual_close(&item->dual);
	}
	dual_latch_close(&switching->latch);
}

int segments_switch(struct kernel_linux *linux, const struct step *step, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct switching switching = {
		.linux = linux,
		.step = step,
		.hook = { step->ifindex, step->hook },
		.latch = DUAL_LATCH_NONE,
		.items = arena_array(arena, struct switched, step->part_count),
		.count = step->part_count,
	};
	size_t count;
	int result;

	for (size_t i = 0; i < step->part_count; i++)
		switching.items[i] = (struct switched){ .part = &step->parts[i],
							.taken = TAKEN_NONE,
							.before = -1,
							.after = LINKED_NONE,
							.dual = DUAL_NONE };
	result = prepare(&switching, ret_error);
	if (!result)
		result = install(&switching, ret_error);
	if (!result)
		result = flip(&switching, ret_error);
	if (result)
		undo(&switching);
	else
		result = segments_finish(linux, switching.hook, &count, ret_error);
	if (!result)
		result = pin_again(&switching, ret_error);
	if (!result)
		result = publish(&switching, ret_error);
	close_all(&switching);
	arena_free(arena);
	return result;
}
