/* SPDX-License-Identifier: GPL-2.0-only */
/* Chains on an XDP hook that no link of ours holds. */
#include <errno.h>

#include "kernel_memory_state.h"

static struct machine_program *on_xdp(const struct machine_interface *interface)
{
	return interface->hooks[HOOK_XDP].count ? interface->hooks[HOOK_XDP].items[0].program
						: NULL;
}

struct machine_program *memory_unlocked(struct kernel_memory *memory, unsigned int ifindex,
					enum hook hook)
{
	const struct machine_interface *interface = machine_interface_at(memory->machine, ifindex);
	struct machine_program *program = interface && hook == HOOK_XDP ? on_xdp(interface) : NULL;
	const struct machine_pins *pins = machine_pins(memory->machine, ifindex, hook);

	return program && memory_is_pinned(pins, program) ? program : NULL;
}

static void list_absorbed(struct machine *machine, struct arena *arena,
			  const struct manifest *manifest, enum detail detail,
			  struct observed_hook *ret)
{
	ret->absorbed = arena_array(arena, struct observed_program, manifest->count);
	ret->absorbed_as = arena_array(arena, const char *, manifest->count);
	for (size_t i = 0; i < manifest->count; i++) {
		uint32_t id = manifest->items[i].program;
		const struct machine_program *program = id ? machine_program(machine, id) : NULL;

		if (!program)
			continue;
		ret->absorbed_as[ret->absorbed_count] = manifest->items[i].name;
		ret->absorbed[ret->absorbed_count++] = (struct observed_program){
			.id = id,
			.name = detail >= DETAIL_NAMES ? program->name : "",
			.tag = detail >= DETAIL_NAMES ? "0123456789abcdef" : "",
			.attached = "our chain",
			.pins = program->pin ? program->pin : "",
			.holders = detail >= DETAIL_HOLDERS ? "other (pid 12)" : "",
		};
	}
}

void memory_look_unlocked(struct kernel_memory *memory, struct arena *arena,
			  const struct machine_interface *interface, enum detail detail,
			  struct observed_hook *ret)
{
	struct held *held = memory_held(memory, interface->ifindex, HOOK_XDP, 0);
	const struct machine_pins *pins =
		machine_pins(memory->machine, interface->ifindex, HOOK_XDP);
	struct machine_program *program = on_xdp(interface);
	const struct manifest *manifest = NULL;

	ret->unlocked = program && (memory_is_pinned(pins, program) || held->kept == program);
	if (!ret->unlocked && !pins)
		return;
	ret->own = OWN_DETACHED;
	if (ret->unlocked) {
		held->kept = program;
		ret->own = memory_is_pinned(pins, program) ? OWN_ATTACHED : OWN_UNPINNED;
		manifest = ret->manifest = program->manifest;
	} else if (pins->count) {
		manifest = pins->items[pins->count - 1]->manifest;
	}
	if (manifest)
		list_absorbed(memory->machine, arena, manifest, detail, ret);
}

/* `program` in the place of what the step expects, as that is attached. */
static int exchange(struct kernel_memory *memory, const struct step *step,
		    struct machine_program *program)
{
	struct machine *machine = memory->machine;
	const struct machine_interface *interface = machine_interface_at(machine, step->ifindex);
	struct machine_program *old = machine_program(machine, step->expected_program);
	struct machine_link *link = NULL;
	int result = memory_allow(memory, "exchange");

	if (!result && !interface)
		result = -ESTALE;
	if (result)
		return result;
	if (old && on_xdp(interface) == old)
		link = interface->hooks[HOOK_XDP].items[0].link;
	if (!link || link->netlink)
		result = machine_exchange(machine, step->ifindex, program, old, false,
					  step->mode == MODE_GENERIC || interface->no_native);
	else if (program)
		result = machine_swap(link, program, old);
	else
		machine_detach(link);
	return result ? -ESTALE : 0;
}

int memory_put_unlocked(struct kernel_memory *memory, const struct step *step,
			struct machine_pins *pins, struct machine_program *program)
{
	int result = exchange(memory, step, program);

	if (result || !pins->links[0])
		return result;
	result = memory_allow(memory, "unpin link");
	if (!result)
		machine_pin_link(pins, 0, NULL);
	return result;
}

int memory_leave_unlocked(struct kernel_memory *memory, const struct step *step)
{
	struct machine_program *theirs = machine_program(memory->machine, step->gives_back);
	int result = step->expected_program ? exchange(memory, step, theirs) : 0;

	if (!result)
		result = memory_allow(memory, "unpin");
	if (!result)
		machine_remove_pins(memory->machine, step->ifindex, step->hook);
	return result;
}
