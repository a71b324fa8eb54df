/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "kernel_memory_state.h"

/* A new link is ours only once it is pinned: until then closing it undoes the attaching. */
int memory_attach(struct kernel_memory *memory, const struct step *step,
		  const struct step_part *part, uint64_t revision, struct machine_program *program,
		  enum xdp_mode mode)
{
	struct machine *machine = memory->machine;
	struct machine_pins *pins = machine_make_pins(machine, step->ifindex, step->hook);
	unsigned int number = part ? part->number : 0;
	struct machine_link *link;
	int result = memory_allow(memory, "attach");

	if (result)
		return result;
	if (step->hook == HOOK_XDP)
		result = machine_attach_xdp(machine, step->ifindex, program, mode, &link);
	else if (part->gap && part->before)
		result = machine_attach_before(machine, step->ifindex, step->hook, program,
					       revision, part->before, &link);
	else
		result = machine_attach(machine, step->ifindex, step->hook, program, revision,
					!part->gap, &link);
	if (result)
		return result == -EBUSY || result == -ENODEV || result == -ENOENT ? -ESTALE
										  : result;
	result = memory_allow(memory, "pin link");
	if (!result) {
		machine_pin_link(pins, number, link);
		memory_hold(memory, step->ifindex, step->hook, number, link);
	}
	machine_release(link);
	return result;
}

static unsigned int number_of(const struct step *step)
{
	return step->part_count ? step->parts->number : 0;
}

static int update(struct kernel_memory *memory, const struct step *step, struct machine_pins *pins,
		  struct machine_program *program)
{
	unsigned int number = number_of(step);
	struct machine_link *link = memory_own_link(memory, step->ifindex, step->hook, number);
	int result = memory_allow(memory, "swap");

	if (result)
		return result;
	result = machine_swap(link, program, link->program);
	if (result || pins->links[number] == link)
		return result;
	result = memory_allow(memory, "pin link");
	if (!result)
		machine_pin_link(pins, number, link);
	return result;
}

/* Half-way the hook is empty: what fails then puts the old chain back. */
static int reattach(struct kernel_memory *memory, const struct step *step,
		    struct machine_program *program)
{
	struct machine_link *link = memory_own_link(memory, step->ifindex, step->hook, 0);
	struct machine_program *old = link->program;
	enum xdp_mode before = link->generic ? MODE_GENERIC : MODE_NATIVE;
	int result = memory_allow(memory, "detach");

	if (result)
		return result;
	machine_detach(link);
	result = memory_attach(memory, step, NULL, 0, program, step->mode);
	if (result && memory_attach(memory, step, NULL, 0, old, before))
		return -EIO;
	return result;
}

static bool is_stale(struct kernel_memory *memory, const struct step *step)
{
	const struct machine_link *link =
		memory_own_link(memory, step->ifindex, step->hook, number_of(step));

	if (step->kind == STEP_ATTACH || step->unlocked)
		return false;
	if (!link || !link->interface->here)
		return true;
	return link->program->id != step->expected_program;
}

static int replace(struct kernel_memory *memory, const struct step *step, struct machine_pins *pins,
		   struct machine_program *program)
{
	if (step->unlocked)
		return memory_put_unlocked(memory, step, pins, program);
	switch (step->kind) {
	case STEP_ATTACH:
		return memory_attach(memory, step, step->parts, step->expected_revision, program,
				     step->mode);
	case STEP_REATTACH:
		return reattach(memory, step, program);
	default:
		return update(memory, step, pins, program);
	}
}

/* The chain is pinned before it runs: a link that shows up always leads to its chain. */
static int attach_or_replace(struct kernel_memory *memory, const struct step *step)
{
	const struct manifest **prepared = memory_find_prepared(memory, step->manifest);
	const struct machine_link *link;
	struct machine_program *program;
	struct machine_pins *pins;
	int result;

	if (is_stale(memory, step))
		return -ESTALE;
	result = memory_allow(memory, "pin chain");
	if (!prepared)
		return -EINVAL;
	if (result)
		return result;
	program = machine_load(memory->machine, "ordain", step->manifest);
	pins = machine_make_pins(memory->machine, step->ifindex, step->hook);
	*list_push(memory->machine->arena, pins) = program;
	result = replace(memory, step, pins, program);
	link = pins->links[number_of(step)];
	if (!result || (link && link->program == program))
		return result;
	if (!memory_allow(memory, "unpin chain"))
		machine_unpin_chain(pins, program);
	if (!machine_has_link(pins) && !pins->count)
		machine_remove_pins(memory->machine, step->ifindex, step->hook);
	return result;
}

static int detach_link(struct kernel_memory *memory, const struct step *step, unsigned int number)
{
	struct machine_link *link = memory_own_link(memory, step->ifindex, step->hook, number);
	int result = link ? memory_allow(memory, "detach") : 0;

	if (!result && link) {
		machine_detach(link);
		memory_hold(memory, step->ifindex, step->hook, number, NULL);
	}
	return result;
}

static bool has_in_force(struct kernel_memory *memory, const struct step *step)
{
	bool any = false, found = false;

	for (unsigned int i = 0; i < MACHINE_LINKS; i++) {
		struct machine_link *link = memory_own_link(memory, step->ifindex, step->hook, i);
		const struct machine_program *program = link ? machine_in_force(link) : NULL;

		any |= program != NULL;
		found |= program && program->id == step->expected_program;
	}
	return found || !any;
}

/* What they stand for comes back into the links of others. */
static int give_back(struct kernel_memory *memory, const struct step *step)
{
	struct machine_interface *interface = machine_interface_at(memory->machine, step->ifindex);
	int result = 0;

	for (size_t i = 0; interface && !result && i < interface->hooks[step->hook].count; i++) {
		struct machine_link *link = interface->hooks[step->hook].items[i].link;

		if (!link->program->original)
			continue;
		result = memory_allow(memory, "give back");
		if (!result)
			result = machine_swap(link, link->program->original, link->program);
	}
	return result;
}

static int put(struct kernel_memory *memory, const struct step *step, const struct step_part *part)
{
	struct machine_link *link = memory_link_of_others(memory, step, part);
	int result = link ? memory_allow(memory, "swap") : -ESTALE;

	if (!result)
		result = machine_swap(link, memory_for_others(memory, link->program, part->mark),
				      link->program);
	return result;
}

/* Those that come, or those that go back. */
static int put_all(struct kernel_memory *memory, const struct step *step, bool back)
{
	int result = 0;

	for (size_t i = 0; !result && i < step->part_count; i++)
		if (step->parts[i].link && back == !step->parts[i].mark)
			result = put(memory, step, &step->parts[i]);
	return result;
}

static int detach(struct kernel_memory *memory, const struct step *step)
{
	int result = 0;

	if (step->expected_program && !has_in_force(memory, step))
		return -ESTALE;
	if (step->part_count)
		memory_switch(memory, step);
	result = give_back(memory, step);
	for (unsigned int i = 0; !result && i < MACHINE_LINKS; i++)
		result = detach_link(memory, step, i);
	if (result || !machine_pins(memory->machine, step->ifindex, step->hook))
		return result;
	result = memory_allow(memory, "unpin");
	if (!result)
		machine_remove_pins(memory->machine, step->ifindex, step->hook);
	return result;
}

static int rearrange(struct kernel_memory *memory, const struct step *step)
{
	struct step one = *step;
	int result = 0;

	one.part_count = 1;
	for (unsigned int old = 0; old < 2; old++) {
		one.kind = old ? STEP_UPDATE : STEP_ATTACH;
		for (size_t i = 0; !result && i < step->part_count; i++) {
			one.parts = &step->parts[i];
			one.manifest = one.parts->manifest;
			one.expected_program = one.parts->expected_program;
			if (old != (one.expected_program != 0) || one.parts->link)
				continue;
			result = one.manifest ? attach_or_replace(memory, &one)
					      : detach_link(memory, &one, one.parts->number);
			one.expected_revision += !old;
		}
		if (!result)
			result = put_all(memory, step, !old);
	}
	return result;
}

static int bury(struct kernel_memory *memory, const struct step *step)
{
	struct machine_pins *pins = machine_pins(memory->machine, step->ifindex, step->hook);
	int result = 0;

	for (unsigned int i = 0; pins && !result && i < MACHINE_LINKS; i++) {
		if (!pins->links[i] || pins->links[i]->interface)
			continue;
		result = memory_allow(memory, "unpin link");
		if (!result)
			machine_pin_link(pins, i, NULL);
	}
	return result;
}

static int change(struct kernel_memory *memory, const struct step *step)
{
	size_t unfinished;
	int result = memory_finish_switch(memory, step->ifindex, step->hook, &unfinished);

	if (!result && unfinished)
		return -ESTALE;
	if (!result && step->kind == STEP_SWITCH)
		result = memory_switch(memory, step);
	else if (!result && step->kind == STEP_REARRANGE)
		result = rearrange(memory, step);
	else if (!result)
		result = attach_or_replace(memory, step);
	return result ? result : bury(memory, step);
}

int memory_execute(struct kernel *kernel, const struct step *step, struct error *ret_error)
{
	struct kernel_memory *memory = (struct kernel_memory *)kernel;
	bool leaves = step->kind == STEP_DETACH || step->kind == STEP_GIVE_BACK ||
		      step->kind == STEP_FORGET;
	int result = !leaves	      ? change(memory, step)
		     : step->unlocked ? memory_leave_unlocked(memory, step)
				      : detach(memory, step);

	if (result)
		error_errno(ret_error, result, "%s %s %s", step_kind_name(step->kind),
			    step->interface ? step->interface : "?", hook_name(step->hook));
	return result;
}
