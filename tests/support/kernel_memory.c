/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_memory_state.h"

#include <errno.h>
#include <string.h>

static struct kernel_memory *memory_of(struct kernel *kernel)
{
	return (struct kernel_memory *)kernel;
}

int memory_allow(const struct kernel_memory *memory, const char *what)
{
	return memory->before_change ? memory->before_change(memory->context, what) : 0;
}

struct held *memory_held(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
			 unsigned int number)
{
	struct held *held;

	for (size_t i = 0; i < memory->held.count; i++) {
		held = &memory->held.items[i];
		if (held->ifindex == ifindex && held->hook == hook && held->number == number)
			return held;
	}
	held = list_push(memory->arena, &memory->held);
	*held = (struct held){ ifindex, hook, number, NULL, NULL };
	return held;
}

void memory_hold(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
		 unsigned int number, struct machine_link *link)
{
	struct held *held = memory_held(memory, ifindex, hook, number);

	if (link)
		machine_take(link);
	machine_release(held->link);
	held->link = link;
}

struct machine_link *memory_own_link(struct kernel_memory *memory, unsigned int ifindex,
				     enum hook hook, unsigned int number)
{
	struct held *held = memory_held(memory, ifindex, hook, number);
	const struct machine_pins *pins = machine_pins(memory->machine, ifindex, hook);
	struct machine_link *link = pins ? pins->links[number] : NULL;

	if (held->link && held->link->interface)
		return held->link;
	memory_hold(memory, ifindex, hook, number, link && link->interface ? link : NULL);
	return held->link;
}

bool memory_is_pinned(const struct machine_pins *pins, const struct machine_program *program)
{
	for (size_t i = 0; pins && i < pins->count; i++)
		if (pins->items[i] == program)
			return true;
	return false;
}

/* Our links of one hook, by number. */
struct own_links {
	struct machine_link *items[MACHINE_LINKS];
	size_t count;
	bool dead; /* there are pins, and not all of their links live */
	bool elsewhere; /* one is on an interface that is not here */
};

static struct own_links find_links(struct kernel_memory *memory,
				   const struct machine_interface *interface, enum hook hook)
{
	const struct machine_pins *pins = machine_pins(memory->machine, interface->ifindex, hook);
	struct own_links links = { .dead = pins && !machine_has_link(pins) };

	for (unsigned int i = 0; i < MACHINE_LINKS; i++) {
		struct machine_link *link = memory_own_link(memory, interface->ifindex, hook, i);

		links.dead |= !link && pins && pins->links[i];
		links.elsewhere |= link && link->interface != interface;
		links.items[i] = link && link->interface == interface ? link : NULL;
		links.count += links.items[i] != NULL;
	}
	if (links.elsewhere && !links.count)
		links.dead = false;
	return links;
}

static struct observed_segment observe_segment(const struct machine_pins *pins, unsigned int number,
					       const struct machine_link *link)
{
	const struct machine_program *program = machine_in_force(link);
	struct observed_segment segment = { .number = number, .own = OWN_ATTACHED };

	if (!program)
		return segment;
	segment.chain = program->id;
	segment.manifest = program->manifest;
	if (!program->manifest)
		segment.own = OWN_OVERWRITTEN;
	else if (!memory_is_pinned(pins, program) || pins->links[number] != link)
		segment.own = OWN_UNPINNED;
	return segment;
}

static int find_number(const struct own_links *links, const struct machine_link *link)
{
	for (int i = 0; i < MACHINE_LINKS; i++)
		if (links->items[i] == link)
			return i;
	return -1;
}

static void set_segment(struct arena *arena, const struct machine_pins *pins,
			const struct own_links *links, const struct machine_slot *slot,
			struct observed_hook *hook, struct observed_program *program)
{
	int number = find_number(links, slot->link);
	struct observed_segment segment;

	if (number < 0)
		return;
	program->ours = true;
	segment = observe_segment(pins, (unsigned int)number, slot->link);
	if (links->count > 1 || number || links->dead || segment.chain != slot->program->id) {
		program->segment = arena_memdup(arena, &segment, sizeof(segment));
		return;
	}
	hook->own = segment.own;
	hook->manifest = segment.manifest;
}

/* What is in a link of others while a switch goes on. */
static const struct machine_program *see_through(const struct own_links *links,
						 const struct machine_slot *slot)
{
	return find_number(links, slot->link) < 0 ? machine_in_force(slot->link) : slot->program;
}

static void list_programs(struct arena *arena, const struct machine_hook *state,
			  const struct machine_pins *pins, const struct own_links *links,
			  enum detail detail, struct observed_hook *ret)
{
	ret->programs = arena_array(arena, struct observed_program, state->count);
	ret->program_count = state->count;
	for (size_t i = 0; i < state->count; i++) {
		const struct machine_slot *slot = &state->items[i];
		const struct machine_program *program = see_through(links, slot);
		const struct machine_program *shown = program->original ? program->original
									: program;

		ret->programs[i] = (struct observed_program){
			.id = shown->id,
			.placeholder = program->original ? slot->program->id : 0,
			.mark = program->mark,
			.link_id = slot->link->id,
			.name = detail >= DETAIL_NAMES ? shown->name : "",
			.tag = detail >= DETAIL_NAMES ? "0123456789abcdef" : "",
			.ours = ret->unlocked,
			.attached = slot->link->netlink
					    ? "netlink"
					    : arena_printf(arena, "link %u", slot->link->id),
			.pins = shown->pin ? shown->pin : "",
			.changes = shown->changes,
			.reenters = shown->reenters,
			.holders = detail >= DETAIL_HOLDERS ? "other (pid 12)" : "",
		};
		set_segment(arena, pins, links, slot, ret, &ret->programs[i]);
	}
	if (ret->own == OWN_NONE)
		observed_sum_up(arena, ret, links->dead);
}

struct look {
	struct kernel_memory *memory;
	struct arena *arena;
	struct {
		struct observed_hook *items;
		size_t count;
	} hooks;
	struct {
		struct orphan *items;
		size_t count;
	} orphans;
};

static void look_at(struct look *look, const struct machine_interface *interface, const char *name,
		    enum hook hook, enum detail detail)
{
	struct machine *machine = look->memory->machine;
	struct own_links links = find_links(look->memory, interface, hook);
	const struct machine_pins *pins = machine_pins(machine, interface->ifindex, hook);
	struct observed_hook *observed = list_push(look->arena, &look->hooks);

	*observed = (struct observed_hook){
		.interface = name,
		.ifindex = interface->ifindex,
		.hook = hook,
		.supported = hook == HOOK_XDP || machine->has_tcx,
	};
	if (!observed->supported)
		return;
	if (hook != HOOK_XDP)
		observed->revision = interface->hooks[hook].revision;
	else if (interface->hooks[hook].count)
		observed->mode = interface->hooks[hook].items[0].link->generic ? "generic"
									       : "native";
	observed->no_native = hook == HOOK_XDP && interface->no_native;
	/* It went away with its device, and this one here has the same number. */
	if (links.elsewhere)
		*list_push(look->arena, &look->orphans) =
			(struct orphan){ interface->ifindex, hook, true };
	if (hook == HOOK_XDP && !links.count && !links.elsewhere)
		memory_look_unlocked(look->memory, look->arena, interface, detail, observed);
	list_programs(look->arena, &interface->hooks[hook], pins, &links, detail, observed);
}

static bool is_known(struct kernel_memory *memory, unsigned int ifindex, enum hook hook)
{
	bool known = machine_pins(memory->machine, ifindex, hook) != NULL;

	for (unsigned int i = 0; i < MACHINE_LINKS; i++)
		known |= memory_own_link(memory, ifindex, hook, i) != NULL;
	return known;
}

static bool is_attached(const struct machine_pins *pins)
{
	for (size_t i = 0; i < MACHINE_LINKS; i++)
		if (pins->links[i] && pins->links[i]->interface)
			return true;
	return false;
}

static int memory_observe(struct kernel *kernel, struct arena *arena,
			  const struct interfaces *interfaces, const unsigned int *wanted,
			  enum detail detail, const struct observed **ret, struct error *ret_error)
{
	struct kernel_memory *memory = memory_of(kernel);
	struct look look = { memory, arena, { 0 }, { 0 } };
	struct observed *observed = arena_alloc(arena, sizeof(*observed));

	(void)ret_error;
	for (size_t i = 0; i < interfaces->count; i++) {
		const struct interface *item = &interfaces->items[i];
		const struct machine_interface *interface =
			machine_interface_at(memory->machine, item->index);

		for (enum hook hook = 0; interface && hook < HOOK_COUNT; hook++)
			if (!wanted || wanted[i] & 1u << hook ||
			    is_known(memory, item->index, hook))
				look_at(&look, interface, item->name, hook,
					memory->machine->tells_no_names ? DETAIL_NONE : detail);
	}
	for (size_t i = 0; i < memory->machine->pins.count; i++) {
		const struct machine_pins *pins = memory->machine->pins.items[i];

		if (!machine_interface_at(memory->machine, pins->ifindex))
			*list_push(arena, &look.orphans) = (struct orphan){
				pins->ifindex,
				pins->hook,
				is_attached(pins),
			};
	}
	observed->hooks = look.hooks.items;
	observed->count = look.hooks.count;
	observed->orphans = look.orphans.items;
	observed->orphan_count = look.orphans.count;
	observed->nameless = detail == DETAIL_NONE;
	observed->kernel_release = memory->machine->has_tcx ? "6.12.0-memory" : "6.1.0-memory";
	*ret = observed;
	return 0;
}

static bool element_loads(struct kernel_memory *memory, const struct manifest_element *element,
			  struct diags *diags)
{
	size_t length;
	struct diag *diag = NULL;

	if (element->missing || element->absorbed)
		return true;
	if (!memory->objects.bytes(memory->objects.context, element->digest, &length))
		diag = diag_error(diags, DIAG_OBJECT_MISSING, (struct span){ 0 },
				  "program '%s': its object %.12s is not to be had any more",
				  element->name, element->digest);
	else if (machine_refuses(memory->machine, element->digest))
		diag = diag_error(diags, DIAG_VERIFIER, (struct span){ 0 },
				  "program '%s': the verifier does not like it", element->name);
	if (diag)
		diag->program = element->name;
	return !diag;
}

const struct manifest **memory_find_prepared(struct kernel_memory *memory,
					     const struct manifest *manifest)
{
	for (size_t i = 0; i < memory->prepared.count; i++)
		if (manifest_equal(memory->prepared.items[i], manifest))
			return &memory->prepared.items[i];
	return NULL;
}

static int memory_prepare(struct kernel *kernel, const struct manifest *manifest,
			  struct diags *diags, struct error *ret_error)
{
	struct kernel_memory *memory = memory_of(kernel);
	bool loads = true;

	(void)ret_error;
	for (size_t i = 0; i < manifest->count; i++)
		loads &= element_loads(memory, &manifest->items[i], diags);
	if (loads && !memory_find_prepared(memory, manifest))
		*list_push(memory->arena, &memory->prepared) =
			machine_load(memory->machine, "", manifest)->manifest;
	return 0;
}

void memory_carry(const struct machine_program *from, struct element_counters *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; from->manifest && j < from->manifest->count; j++) {
			if (strcmp(to[i].name, from->counters[j].name))
				continue;
			to[i].seen += from->counters[j].seen;
			for (size_t slot = 0; slot < VERDICT_SLOTS; slot++)
				to[i].verdicts[slot] += from->counters[j].verdicts[slot];
		}
}

/* What packets meet on a hook, as they meet it. */
static size_t in_force(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
		       struct machine_program *ret[MACHINE_LINKS])
{
	const struct machine_interface *interface = machine_interface_at(memory->machine, ifindex);
	struct own_links links;
	size_t count = 0;

	if (!interface)
		return 0;
	links = find_links(memory, interface, hook);
	for (size_t i = 0; i < interface->hooks[hook].count; i++) {
		struct machine_link *link = interface->hooks[hook].items[i].link;
		struct machine_program *program = machine_in_force(link);

		if (find_number(&links, link) >= 0 && program && program->manifest)
			ret[count++] = program;
	}
	ret[0] = count ? ret[0] : memory_unlocked(memory, ifindex, hook);
	return count ? count : ret[0] != NULL;
}

static bool is_among(struct machine_program *const *programs, size_t count,
		     const struct machine_program *program)
{
	for (size_t i = 0; i < count; i++)
		if (programs[i] == program)
			return true;
	return false;
}

static int memory_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex,
			   enum hook hook, const struct counters **ret)
{
	struct kernel_memory *memory = memory_of(kernel);
	const struct machine_pins *pins = machine_pins(memory->machine, ifindex, hook);
	struct counters *counters = arena_alloc(arena, sizeof(*counters));
	struct machine_program *programs[MACHINE_LINKS];
	size_t count = in_force(memory, ifindex, hook, programs);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < programs[i]->manifest->count; j++)
			*list_push(arena, counters) = programs[i]->counters[j];
	for (size_t i = 0; pins && i < pins->count; i++)
		if (!is_among(programs, count, pins->items[i]))
			memory_carry(pins->items[i], counters->items, counters->count);
	if (!count)
		return -ENOENT;
	*ret = counters;
	return 0;
}

static const char *memory_refute(struct kernel *kernel, struct arena *arena, uint32_t program)
{
	const struct machine_program *found = machine_program(memory_of(kernel)->machine, program);

	(void)arena;
	return found ? found->changes : NULL;
}

static void memory_close(struct kernel *kernel)
{
	struct kernel_memory *memory = memory_of(kernel);

	for (size_t i = 0; i < memory->held.count; i++)
		machine_release(memory->held.items[i].link);
	arena_free(memory->arena);
}

static const struct kernel_ops memory_ops = {
	.observe = memory_observe,
	.prepare = memory_prepare,
	.execute = memory_execute,
	.settle = memory_settle,
	.counters = memory_counters,
	.refute = memory_refute,
	.close = memory_close,
};

struct kernel *kernel_memory_open(struct machine *machine, struct object_source objects,
				  int (*before_change)(void *context, const char *what),
				  void *context)
{
	struct arena *arena = arena_new();
	struct kernel_memory *memory = arena_alloc(arena, sizeof(*memory));

	memory->kernel.ops = &memory_ops;
	memory->machine = machine;
	memory->arena = arena;
	memory->objects = objects;
	memory->before_change = before_change;
	memory->context = context;
	return &memory->kernel;
}
