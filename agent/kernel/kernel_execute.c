/* SPDX-License-Identifier: GPL-2.0-only */
/* Carries out steps. */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/kernel/attach.h"
#include "agent/kernel/kept.h"
#include "agent/kernel/segments.h"
#include "agent/kernel/takeover.h"
#include "agent/kernel/unlocked.h"

/* Pinned first and attached second: a link that shows up always leads to a complete chain. */
static int attach(struct kernel_linux *linux, const struct step *step, struct linked *linked,
		  struct error *ret_error)
{
	struct pinned_hook hook = { step->ifindex, step->hook };
	struct attach_place place = attach_place(step, step->parts);
	struct error ignored;
	int result = pins_add_chain(&linux->pins, hook, linked, ret_error);

	if (result)
		return result;
	result = attach_link(linux, step, &place, linked->fds[LINKED_PROGRAM], step->mode,
			     ret_error);
	if (result)
		pins_remove_chain(&linux->pins, hook, linked->id, &ignored);
	return result;
}

int chain_program(struct kernel_linux *linux, struct pinned_hook hook, uint32_t id)
{
	struct linked old;
	int fd;

	if (pins_open_chain(&linux->pins, hook, id, &old))
		return bpf_prog_get_fd_by_id(id);
	fd = old.fds[LINKED_PROGRAM];
	old.fds[LINKED_PROGRAM] = -1;
	linked_close(&old);
	return fd;
}

static int swap_program(struct kernel_linux *linux, const struct step *step, struct held_link *held,
			int old, int program, struct error *ret_error)
{
	int result = pins_allow(&linux->pins, "swap");

	if (!result)
		result = hook_swap(held->fd, program, old);
	return result ? attach_refused(step, "update", result, ret_error) : 0;
}

int chain_pin_again(struct kernel_linux *linux, struct pinned_hook hook,
		    const struct held_link *held, struct error *ret_error)
{
	int pinned = pins_link(&linux->pins, hook, held->number);

	if (pinned < 0)
		return pins_set_link(&linux->pins, hook, held->number, held->fd, ret_error);
	close(pinned);
	return 0;
}

/* Update or reattach: another program on the hook of our link. */
static int replace(struct kernel_linux *linux, const struct step *step, struct linked *linked,
		   struct error *ret_error)
{
	struct pinned_hook hook = { step->ifindex, step->hook };
	struct link_state state;
	struct held_link *held =
		held_get(linux, hook, step->part_count ? step->parts->number : 0, &state);
	int program = linked->fds[LINKED_PROGRAM];
	struct error ignored;
	int old, result;

	if (!held || state.ifindex != step->ifindex || state.program != step->expected_program)
		return error_errno(ret_error, -ESTALE, "update %s %s", step->interface,
				   hook_name(step->hook));
	old = chain_program(linux, hook, step->expected_program);
	/* The link is ours, and the lock of the pass too: who comes in between wants it as little. */
	if (old == -EPERM && step->kind == STEP_UPDATE)
		old = HOOK_SWAP_ANY;
	else if (old < 0)
		return error_errno(ret_error, old, "open program %u", step->expected_program);
	result = pins_add_chain(&linux->pins, hook, linked, ret_error);
	if (!result) {
		result = step->kind == STEP_REATTACH
				 ? attach_again(linux, step, held, old, program, ret_error)
				 : swap_program(linux, step, held, old, program, ret_error);
		if (result)
			pins_remove_chain(&linux->pins, hook, linked->id, &ignored);
	}
	if (old != HOOK_SWAP_ANY)
		close(old);
	if (result || step->kind == STEP_REATTACH)
		return result;
	return chain_pin_again(linux, hook, held, ret_error);
}

static int attach_or_replace(struct kernel_linux *linux, const struct step *step,
			     struct error *ret_error)
{
	struct linked linked = LINKED_NONE;
	int result = chain_take(linux, step->manifest, &linked, ret_error);

	if (!result)
		result = chain_pin_maps(linux, step->manifest, ret_error);
	if (!result && step->unlocked)
		result = unlocked_put(linux, step, &linked, ret_error);
	else if (!result)
		result = step->kind == STEP_ATTACH ? attach(linux, step, &linked, ret_error)
						   : replace(linux, step, &linked, ret_error);
	if (!result)
		result = chain_publish_maps(linux, step->manifest, ret_error);
	linked_close(&linked);
	return result;
}

/* The link is detached, not only unpinned: an agent may hold it, and it would stay. */
static int detach_link(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number,
		       struct error *ret_error)
{
	struct link_state state;
	struct held_link *held = held_get(linux, hook, number, &state);
	int result = 0;

	if (!held)
		return 0;
	result = pins_allow(&linux->pins, "detach");
	if (!result)
		result = hook_detach(held->fd);
	if (result)
		return error_errno(ret_error, result, "detach link %u", held->id);
	held_drop(linux, hook, number);
	return 0;
}

static bool has_in_force(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
			 uint32_t program)
{
	struct pinned_ids ids = segments_in_force(linux, arena, hook);
	bool found = !ids.count;

	for (size_t i = 0; i < ids.count; i++)
		found |= ids.items[i] == program;
	return found;
}

/* Several at once where that can be; what then is left of them goes in any case. */
static int detach(struct kernel_linux *linux, struct arena *arena, const struct step *step,
		  struct error *ret_error)
{
	struct pinned_hook hook = { step->ifindex, step->hook };
	struct pinned_ids numbers;
	struct error ignored;
	int result = 0;

	if (step->expected_program && !has_in_force(linux, arena, hook, step->expected_program))
		return error_errno(ret_error, -ESTALE, "detach from %s %s",
				   step->interface ? step->interface : "?", hook_name(step->hook));
	if (step->part_count)
		segments_switch(linux, step, &ignored);
	numbers = held_numbers(linux, arena, hook, false);
	result = takeover_give_back(linux, hook, ret_error);
	for (size_t i = 0; !result && i < numbers.count; i++)
		result = detach_link(linux, hook, numbers.items[i], ret_error);
	if (!result)
		result = takeover_settle(linux, hook, ret_error);
	if (result)
		return result;
	kept_drop(linux, hook);
	return pins_remove_hook(&linux->pins, hook, ret_error);
}

/* The links of others that get their programs back, or those that get placeholders. */
static int put_all(struct kernel_linux *linux, const struct step *step, bool back,
		   struct error *ret_error)
{
	struct pinned_hook hook = { step->ifindex, step->hook };
	int result = 0;

	for (size_t i = 0; !result && i < step->part_count; i++)
		if (step->parts[i].link && back == !step->parts[i].mark)
			result = takeover_put(linux, hook, &step->parts[i], ret_error);
	return result;
}

/* One link after the other, new ones first: their place is one in the list as it was seen. */
static int rearrange(struct kernel_linux *linux, const struct step *step, struct error *ret_error)
{
	struct pinned_hook hook = { step->ifindex, step->hook };
	struct step one = *step;
	int result = 0;

	one.part_count = 1;
	one.kind = STEP_ATTACH;
	for (size_t i = 0; !result && i < step->part_count; i++) {
		one.parts = &step->parts[i];
		one.manifest = one.parts->manifest;
		if (one.parts->expected_program)
			continue;
		result = attach_or_replace(linux, &one, ret_error);
		one.expected_revision++;
	}
	/* Marks see to it that nothing runs twice; to let none out, what is given back comes first. */
	if (!result)
		result = put_all(linux, step, true, ret_error);
	one.kind = STEP_UPDATE;
	for (size_t i = 0; !result && i < step->part_count; i++) {
		one.parts = &step->parts[i];
		one.manifest = one.parts->manifest;
		one.expected_program = one.parts->expected_program;
		if (one.expected_program && !one.parts->link)
			result = one.manifest
					 ? attach_or_replace(linux, &one, ret_error)
					 : detach_link(linux, hook, one.parts->number, ret_error);
	}
	return result ? result : put_all(linux, step, false, ret_error);
}

/* What an interrupted switch left comes first; then nothing is as the step's author saw it. */
static int change(struct kernel_linux *linux, const struct step *step, struct error *ret_error)
{
	struct pinned_hook hook = { step->ifindex, step->hook };
	size_t unfinished;
	int result = segments_finish(linux, hook, &unfinished, ret_error);

	if (!result && unfinished)
		result = error_errno(ret_error, -ESTALE, "change %s %s", step->interface,
				     hook_name(step->hook));
	if (result)
		return result;
	switch (step->kind) {
	case STEP_SWITCH:
		result = segments_switch(linux, step, ret_error);
		break;
	case STEP_REARRANGE:
		result = rearrange(linux, step, ret_error);
		break;
	default:
		result = attach_or_replace(linux, step, ret_error);
		break;
	}
	return result ? result : segments_bury(linux, hook, ret_error);
}

int linux_execute(struct kernel *kernel, const struct step *step, struct error *ret_error)
{
	struct kernel_linux *linux = (struct kernel_linux *)kernel;
	struct arena *arena;
	int result;

	if (step->kind != STEP_DETACH && step->kind != STEP_GIVE_BACK && step->kind != STEP_FORGET)
		return change(linux, step, ret_error);
	if (step->unlocked)
		return unlocked_leave(linux, step, ret_error);
	arena = arena_new();
	result = detach(linux, arena, step, ret_error);
	arena_free(arena);
	return result;
}
