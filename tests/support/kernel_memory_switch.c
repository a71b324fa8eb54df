/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>

#include "kernel_memory_state.h"

static int remove_link(struct kernel_memory *memory, struct machine_pins *pins, unsigned int number)
{
	struct machine_link *link = memory_own_link(memory, pins->ifindex, pins->hook, number);
	int result = link ? memory_allow(memory, "detach") : 0;

	if (result)
		return result;
	if (link) {
		machine_detach(link);
		memory_hold(memory, pins->ifindex, pins->hook, number, NULL);
	}
	result = memory_allow(memory, "unpin link");
	if (!result)
		machine_pin_link(pins, number, NULL);
	return result;
}

/* A dead link still tells what it had: one that was to go is no drift. */
static int finish_link(struct kernel_memory *memory, struct machine_pins *pins, unsigned int number)
{
	struct machine_link *link = memory_own_link(memory, pins->ifindex, pins->hook, number);
	struct machine_link *any = link ? link : pins->links[number];
	struct machine_program *program = machine_in_force(any);
	int result;

	if (!program)
		return remove_link(memory, pins, number);
	if (!link)
		return 0;
	result = memory_allow(memory, "swap");
	return result ? result : machine_swap(link, program, link->program);
}

/* Links of others that have a dual program get what is in force there. */
static int finish_others(struct kernel_memory *memory, const struct machine_pins *pins,
			 size_t *count)
{
	struct machine_interface *interface = machine_interface_at(memory->machine, pins->ifindex);
	int result = 0;

	for (size_t i = 0; interface && !result && i < interface->hooks[pins->hook].count; i++) {
		struct machine_link *link = interface->hooks[pins->hook].items[i].link;

		if (!link->program->dual)
			continue;
		++*count;
		result = memory_allow(memory, "swap");
		if (!result)
			result = machine_swap(link, machine_in_force(link), link->program);
	}
	return result;
}

int memory_finish_switch(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
			 size_t *ret_count)
{
	struct machine_pins *pins = machine_pins(memory->machine, ifindex, hook);
	int result = 0;

	*ret_count = 0;
	for (unsigned int i = 0; pins && !result && i < MACHINE_LINKS; i++) {
		struct machine_link *link = memory_own_link(memory, ifindex, hook, i);

		link = link ? link : pins->links[i];
		if (!link || !link->program->dual)
			continue;
		++*ret_count;
		result = finish_link(memory, pins, i);
	}
	if (pins && !result)
		result = finish_others(memory, pins, ret_count);
	return result;
}

struct switched {
	struct machine_link *link; /* NULL: it is new */
	struct machine_program *after; /* NULL: it goes */
	struct machine_program *dual;
};

struct machine_link *memory_link_of_others(struct kernel_memory *memory, const struct step *step,
					   const struct step_part *part)
{
	const struct machine_interface *interface =
		machine_interface_at(memory->machine, step->ifindex);
	const struct machine_hook *hook = interface ? &interface->hooks[step->hook] : NULL;

	for (size_t i = 0; hook && i < hook->count; i++)
		if (hook->items[i].link->id == part->link &&
		    hook->items[i].program->id == part->expected_program)
			return hook->items[i].link;
	return NULL;
}

struct machine_program *memory_for_others(struct kernel_memory *memory,
					  struct machine_program *program, unsigned int mark)
{
	struct machine_program *original = program->original ? program->original : program;
	struct machine_program *placeholder;

	if (!mark)
		return original;
	placeholder = machine_load(memory->machine, original->name, NULL);
	placeholder->original = original;
	placeholder->mark = mark;
	return placeholder;
}

static int prepare(struct kernel_memory *memory, const struct step *step,
		   const struct step_part *part, const unsigned int *epoch,
		   struct switched *switched)
{
	struct machine *machine = memory->machine;
	struct machine_pins *pins = machine_make_pins(machine, step->ifindex, step->hook);
	struct machine_dual *dual = arena_alloc(machine->arena, sizeof(*dual));
	int result = 0;

	if (part->link) {
		switched->link = memory_link_of_others(memory, step, part);
		if (!switched->link)
			return -ESTALE;
		dual->chains[0] = switched->link->program;
		dual->chains[1] = memory_for_others(memory, switched->link->program, part->mark);
	} else if (part->expected_program) {
		switched->link = memory_own_link(memory, step->ifindex, step->hook, part->number);
		if (!switched->link || switched->link->program->id != part->expected_program)
			return -ESTALE;
		dual->chains[0] = switched->link->program;
	}
	if (part->manifest && !memory_find_prepared(memory, part->manifest))
		return -EINVAL;
	if (part->manifest) {
		result = memory_allow(memory, "pin chain");
		if (result)
			return result;
		switched->after = machine_load(machine, "ordain", part->manifest);
		dual->chains[1] = switched->after;
		*list_push(machine->arena, pins) = switched->after;
	}
	result = memory_allow(memory, "pin dual");
	if (result)
		return result;
	dual->epoch = epoch;
	switched->dual = machine_load(machine, "dual", NULL);
	switched->dual->dual = dual;
	*list_push(machine->arena, pins) = switched->dual;
	return 0;
}

static int install(struct kernel_memory *memory, const struct step *step,
		   const struct switched *items)
{
	uint64_t revision = step->expected_revision;
	int result = 0;

	for (size_t i = 0; !result && i < step->part_count; i++)
		if (!items[i].link)
			result = memory_attach(memory, step, &step->parts[i], revision++,
					       items[i].dual, MODE_AUTO);
	for (size_t i = 0; !result && i < step->part_count; i++) {
		if (!items[i].link)
			continue;
		result = memory_allow(memory, "swap");
		if (!result)
			result = machine_swap(items[i].link, items[i].dual, items[i].link->program);
	}
	return result;
}

static void undo(struct kernel_memory *memory, const struct step *step,
		 const struct switched *items)
{
	struct machine_pins *pins = machine_pins(memory->machine, step->ifindex, step->hook);
	size_t count;

	if (memory_finish_switch(memory, step->ifindex, step->hook, &count) || !pins)
		return;
	for (size_t i = 0; i < step->part_count; i++) {
		if (items[i].dual && !memory_allow(memory, "unpin dual"))
			machine_unpin_chain(pins, items[i].dual);
		if (items[i].after && !memory_allow(memory, "unpin chain"))
			machine_unpin_chain(pins, items[i].after);
	}
	if (!machine_has_link(pins) && !pins->count)
		machine_remove_pins(memory->machine, step->ifindex, step->hook);
}

int memory_switch(struct kernel_memory *memory, const struct step *step)
{
	struct switched *items = arena_array(memory->arena, struct switched, step->part_count);
	unsigned int *epoch = arena_alloc(memory->machine->arena, sizeof(*epoch));
	size_t count;
	int result = 0;

	for (size_t i = 0; !result && i < step->part_count; i++)
		result = prepare(memory, step, &step->parts[i], epoch, &items[i]);
	if (!result)
		result = install(memory, step, items);
	if (!result)
		result = memory_allow(memory, "flip");
	if (result) {
		undo(memory, step, items);
		return result;
	}
	*epoch = 1;
	return memory_finish_switch(memory, step->ifindex, step->hook, &count);
}

/* The chains in force on a hook; *ret_lost: a link that was to stay is dead, or overwritten. */
static size_t in_force(struct kernel_memory *memory, const struct machine_pins *pins,
		       struct machine_program *ret[MACHINE_LINKS], bool *ret_lost)
{
	size_t count = 0;

	*ret_lost = false;
	for (unsigned int i = 0; i < MACHINE_LINKS; i++) {
		struct machine_link *link = memory_own_link(memory, pins->ifindex, pins->hook, i);
		struct machine_program *program = link ? machine_in_force(link) : NULL;

		*ret_lost |= pins->links[i] && !link;
		*ret_lost |= program && !memory_is_pinned(pins, program);
		if (program)
			ret[count++] = program;
	}
	ret[0] = count ? ret[0] : memory_unlocked(memory, pins->ifindex, pins->hook);
	return count ? count : ret[0] != NULL;
}

static struct machine_program *find_old(const struct machine_pins *pins,
					struct machine_program *const *chains, size_t count)
{
	for (size_t i = 0; i < pins->count; i++) {
		bool used = false;

		for (size_t j = 0; j < count; j++)
			used |= chains[j] == pins->items[i];
		if (!used)
			return pins->items[i];
	}
	return NULL;
}

static int settle_hook(struct kernel_memory *memory, struct machine_pins *pins)
{
	struct machine_program *chains[MACHINE_LINKS], *old;
	size_t unfinished, count;
	bool lost;
	int result = memory_finish_switch(memory, pins->ifindex, pins->hook, &unfinished);

	if (result)
		return result;
	count = in_force(memory, pins, chains, &lost);
	/* Overwritten or unpinned: the next step repairs that first. */
	if (!count || lost)
		return 0;
	while ((old = find_old(pins, chains, count))) {
		result = memory_allow(memory, "carry counters");
		if (result)
			return result;
		for (size_t i = 0; i < count; i++)
			memory_carry(old, chains[i]->counters, chains[i]->manifest->count);
		machine_unpin_chain(pins, old);
	}
	return 0;
}

int memory_settle(struct kernel *kernel, struct error *ret_error)
{
	struct kernel_memory *memory = (struct kernel_memory *)kernel;

	memory->prepared.count = 0;
	for (size_t i = 0; i < memory->machine->pins.count; i++) {
		int result = settle_hook(memory, memory->machine->pins.items[i]);

		if (result)
			return error_errno(ret_error, result, "settle");
	}
	return 0;
}
