/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/unlocked.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/kernel/attach.h"
#include "agent/kernel/kept.h"
#include "agent/system/files.h"

static struct pinned_hook hook_of(const struct step *step)
{
	return (struct pinned_hook){ step->ifindex, step->hook };
}

uint32_t unlocked_program(struct kernel_linux *linux, struct pinned_hook hook)
{
	struct hook_state state;

	if (hook.hook != HOOK_XDP || hook_query(hook.hook, hook.ifindex, &state) || !state.count)
		return 0;
	return pins_since(&linux->pins, hook, state.programs[0]) ? state.programs[0] : 0;
}

const struct manifest *hook_manifest(struct kernel_linux *linux, struct arena *arena,
				     struct pinned_hook hook, uint32_t program)
{
	struct held_link *held = held_find(linux, hook, 0);
	const struct manifest *manifest;
	struct linked linked;

	if (held)
		return held_manifest(linux, held, program);
	if (pins_open_chain(&linux->pins, hook, program, &linked))
		return NULL;
	manifest = linked_manifest(arena, &linked);
	linked_close(&linked);
	return manifest;
}

/* What our chain calls of others, or did when it was last there. */
static void list_absorbed(struct arena *arena, const struct manifest *manifest,
			  struct observed_hook *ret)
{
	if (!manifest || !manifest_absorbs(manifest))
		return;
	ret->absorbed = arena_array(arena, struct observed_program, manifest->count);
	ret->absorbed_as = arena_array(arena, const char *, manifest->count);
	for (size_t i = 0; i < manifest->count; i++) {
		if (!manifest->items[i].program)
			continue;
		ret->absorbed_as[ret->absorbed_count] = manifest->items[i].name;
		ret->absorbed[ret->absorbed_count++] = (struct observed_program){
			.id = manifest->items[i].program,
			.name = "",
			.tag = "",
			.attached = "our chain",
			.pins = "",
			.holders = "",
		};
	}
}

/* The manifest of the last chain that was there; NULL if there is none, or it cannot be read. */
static const struct manifest *last_manifest(struct kernel_linux *linux, struct arena *arena,
					    struct pinned_hook hook)
{
	struct pinned_ids ids;

	pins_chains(arena, &linux->pins, hook, &ids);
	return ids.count ? hook_manifest(linux, arena, hook, ids.items[ids.count - 1]) : NULL;
}

bool unlocked_look(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
		   const struct hook_state *state, struct observed_hook *ret)
{
	uint32_t program = hook.hook == HOOK_XDP && state->count ? state->programs[0] : 0;
	bool known = pins_known(&linux->pins, hook);
	const struct manifest *manifest = NULL;

	ret->unlocked = program && (kept_get(linux, hook, program, &manifest) ||
				    pins_since(&linux->pins, hook, program));
	if (!ret->unlocked && !known)
		return false;
	ret->own = OWN_DETACHED;
	if (ret->unlocked) {
		ret->own = pins_parts(&linux->pins, hook, program) ? OWN_ATTACHED : OWN_UNPINNED;
		ret->since = pins_since(&linux->pins, hook, program);
		ret->manifest = manifest ? manifest_copy(arena, manifest) : NULL;
	} else if (hook.hook == HOOK_XDP) {
		manifest = last_manifest(linux, arena, hook);
	}
	/* What is kept may go while this look is still read. */
	list_absorbed(arena, ret->unlocked ? ret->manifest : manifest, ret);
	return true;
}

/* The link that holds the program on the hook, which only links themselves tell; -1: netlink does. */
static int find_link(const struct step *step)
{
	uint32_t id = 0;

	while (step->expected_program && !bpf_link_get_next_id(id, &id)) {
		struct link_state state;
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!hook_link_state(fd, &state) && state.hook == HOOK_XDP &&
		    state.ifindex == step->ifindex && state.program == step->expected_program)
			return fd;
		close(fd);
	}
	return -1;
}

/* `program` in the place of `old`, -1 for none, in the way in which `old` is attached. */
static int exchange(struct kernel_linux *linux, const struct step *step, int program, int old)
{
	int link __attribute__((cleanup(fd_cleanup))) = find_link(step);
	int result = pins_allow(&linux->pins, "exchange");

	if (result)
		return result;
	if (link < 0)
		return hook_exchange(step->ifindex, program, old, step->mode);
	return program < 0 ? hook_detach(link) : hook_swap(link, program, old);
}

static int open_program(uint32_t id)
{
	int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	return id && fd < 0 ? -ESTALE : fd;
}

int unlocked_put(struct kernel_linux *linux, const struct step *step, const struct linked *linked,
		 struct error *ret_error)
{
	int old __attribute__((cleanup(fd_cleanup))) = open_program(step->expected_program);
	struct error ignored;
	int result;

	if (old < -1)
		return error_errno(ret_error, old, "open program %u", step->expected_program);
	result = pins_add_chain(&linux->pins, hook_of(step), linked, ret_error);
	if (result)
		return result;
	result = exchange(linux, step, linked->fds[LINKED_PROGRAM], old);
	if (!result)
		/* That of an earlier chain, which is dead: what is in force is told by the hook. */
		return pins_remove_link(&linux->pins, hook_of(step), 0, ret_error);
	pins_remove_chain(&linux->pins, hook_of(step), linked->id, &ignored);
	return attach_refused(step, "attach to", result, ret_error);
}

int unlocked_leave(struct kernel_linux *linux, const struct step *step, struct error *ret_error)
{
	int ours __attribute__((cleanup(fd_cleanup))) = open_program(step->expected_program);
	int theirs __attribute__((cleanup(fd_cleanup))) = open_program(step->gives_back);
	int result = 0;

	if (ours < -1 || theirs < -1)
		return error_errno(ret_error, -ESTALE, "open the programs of %s xdp",
				   step->interface);
	if (ours >= 0)
		result = exchange(linux, step, theirs, ours);
	if (result)
		return attach_refused(step, "give back", result, ret_error);
	kept_drop(linux, hook_of(step));
	return pins_remove_hook(&linux->pins, hook_of(step), ret_error);
}
