/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_memory.h"

#include <errno.h>
#include <string.h>

/* A descriptor of a link of ours. */
struct held {
	unsigned int ifindex;
	enum hook hook;
	struct machine_link *link; /* NULL: none held any more */
};

struct kernel_memory {
	struct kernel kernel;
	struct machine *machine;
	struct arena *arena;
	struct object_source objects;
	int (*before_change)(void *context, const char *what);
	void *context;
	struct {
		struct held *items;
		size_t count;
	} held;
	struct {
		const struct manifest **items;
		size_t count;
	} prepared;
};

static struct kernel_memory *memory_of(struct kernel *kernel)
{
	return (struct kernel_memory *)kernel;
}

static int allow(const struct kernel_memory *memory, const char *what)
{
	return memory->before_change ? memory->before_change(memory->context, what) : 0;
}

static struct held *find_held(struct kernel_memory *memory, unsigned int ifindex, enum hook hook)
{
	struct held *held;

	for (size_t i = 0; i < memory->held.count; i++)
		if (memory->held.items[i].ifindex == ifindex && memory->held.items[i].hook == hook)
			return &memory->held.items[i];
	held = list_push(memory->arena, &memory->held);
	*held = (struct held){ ifindex, hook, NULL };
	return held;
}

static void hold(struct held *held, struct machine_link *link)
{
	if (link)
		machine_take(link);
	machine_release(held->link);
	held->link = link;
}

/* The live link of a hook, held or pinned; NULL if there is none. */
static struct machine_link *own_link(struct kernel_memory *memory, unsigned int ifindex,
				     enum hook hook)
{
	struct held *held = find_held(memory, ifindex, hook);
	const struct machine_pins *pins = machine_pins(memory->machine, ifindex, hook);

	if (held->link && held->link->interface)
		return held->link;
	hold(held, pins && pins->link && pins->link->interface ? pins->link : NULL);
	return held->link;
}

static bool is_pinned(const struct machine_pins *pins, const struct machine_program *program)
{
	for (size_t i = 0; pins && i < pins->count; i++)
		if (pins->items[i] == program)
			return true;
	return false;
}

static enum own_state judge(const struct machine_pins *pins, const struct machine_link *link)
{
	if (!link->program->manifest)
		return OWN_OVERWRITTEN;
	return is_pinned(pins, link->program) && pins->link == link ? OWN_ATTACHED : OWN_UNPINNED;
}

static void list_programs(struct arena *arena, const struct machine_hook *state,
			  const struct machine_link *own, enum detail detail,
			  struct observed_hook *ret)
{
	ret->programs = arena_array(arena, struct observed_program, state->count);
	ret->program_count = state->count;
	for (size_t i = 0; i < state->count; i++) {
		const struct machine_slot *slot = &state->items[i];

		ret->programs[i] = (struct observed_program){
			.id = slot->program->id,
			.link_id = slot->link->id,
			.ours = slot->link == own,
			.name = detail >= DETAIL_NAMES ? slot->program->name : "",
			.tag = detail >= DETAIL_NAMES ? "0123456789abcdef" : "",
			.attached = arena_printf(arena, "link %u", slot->link->id),
			.pins = slot->program->pin ? slot->program->pin : "",
			.changes = slot->program->changes,
			.holders = detail >= DETAIL_HOLDERS ? "other (pid 12)" : "",
		};
	}
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
	struct machine_link *link = own_link(look->memory, interface->ifindex, hook);
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
	if (link && link->interface != interface) {
		/* It went away with its device, and this one here has the same number. */
		*list_push(look->arena, &look->orphans) =
			(struct orphan){ interface->ifindex, hook, true };
		link = NULL;
	} else if (link) {
		observed->own = judge(pins, link);
		observed->manifest = link->program->manifest;
	} else if (pins) {
		observed->own = OWN_DETACHED;
	}
	list_programs(look->arena, &interface->hooks[hook], link, detail, observed);
}

static bool is_known(struct kernel_memory *memory, unsigned int ifindex, enum hook hook)
{
	return machine_pins(memory->machine, ifindex, hook) || own_link(memory, ifindex, hook);
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
				look_at(&look, interface, item->name, hook, detail);
	}
	for (size_t i = 0; i < memory->machine->pins.count; i++) {
		const struct machine_pins *pins = memory->machine->pins.items[i];

		if (!machine_interface_at(memory->machine, pins->ifindex))
			*list_push(arena, &look.orphans) = (struct orphan){
				pins->ifindex,
				pins->hook,
				pins->link && pins->link->interface,
			};
	}
	observed->hooks = look.hooks.items;
	observed->count = look.hooks.count;
	observed->orphans = look.orphans.items;
	observed->orphan_count = look.orphans.count;
	observed->kernel_release = memory->machine->has_tcx ? "6.12.0-memory" : "6.1.0-memory";
	*ret = observed;
	return 0;
}

static bool element_loads(struct kernel_memory *memory, const struct manifest_element *element,
			  struct diags *diags)
{
	size_t length;
	struct diag *diag = NULL;

	if (element->missing)
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

static const struct manifest **find_prepared(struct kernel_memory *memory,
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
	if (loads && !find_prepared(memory, manifest))
		*list_push(memory->arena, &memory->prepared) =
			machine_load(memory->machine, "", manifest)->manifest;
	return 0;
}

/* A new link is ours only once it is pinned: until then closing it undoes the attaching. */
static int attach(struct kernel_memory *memory, const struct step *step, struct machine_pins *pins,
		  struct machine_program *program, enum xdp_mode mode)
{
	struct machine_link *link;
	int result = allow(memory, "attach");

	if (!result && step->hook == HOOK_XDP)
		result = machine_attach_xdp(memory->machine, step->ifindex, program, mode, &link);
	else if (!result)
		result = machine_attach(memory->machine, step->ifindex, step->hook, program,
					step->expected_revision, true, &link);
	if (result)
		return result == -EBUSY || result == -ENODEV ? -ESTALE : result;
	result = allow(memory, "pin link");
	if (!result) {
		machine_pin_link(pins, link);
		hold(find_held(memory, step->ifindex, step->hook), link);
	}
	machine_release(link);
	return result;
}

static int update(struct kernel_memory *memory, const struct step *step, struct machine_pins *pins,
		  struct machine_program *program)
{
	struct machine_link *link = own_link(memory, step->ifindex, step->hook);
	int result = allow(memory, "swap");

	if (result)
		return result;
	result = machine_swap(link, program, link->program);
	if (result || pins->link == link)
		return result;
	result = allow(memory, "pin link");
	if (!result)
		machine_pin_link(pins, link);
	return result;
}

/* Half-way the hook is empty: what fails then puts the old chain back. */
static int reattach(struct kernel_memory *memory, const struct step *step,
		    struct machine_pins *pins, struct machine_program *program)
{
	struct machine_link *link = own_link(memory, step->ifindex, step->hook);
	struct machine_program *old = link->program;
	enum xdp_mode before = link->generic ? MODE_GENERIC : MODE_NATIVE;
	int result = allow(memory, "detach");

	if (result)
		return result;
	machine_detach(link);
	result = attach(memory, step, pins, program, step->mode);
	if (result && attach(memory, step, pins, old, before))
		return -EIO;
	return result;
}

static bool is_stale(struct kernel_memory *memory, const struct step *step)
{
	const struct machine_link *link = own_link(memory, step->ifindex, step->hook);

	if (step->kind == STEP_ATTACH)
		return false;
	if (step->kind != STEP_DETACH && step->kind != STEP_FORGET &&
	    (!link || !link->interface->here))
		return true;
	if (step->kind != STEP_UPDATE && !step->expected_program)
		return false;
	return link && link->program->id != step->expected_program;
}

static int replace(struct kernel_memory *memory, const struct step *step, struct machine_pins *pins,
		   struct machine_program *program)
{
	switch (step->kind) {
	case STEP_ATTACH:
		return attach(memory, step, pins, program, step->mode);
	case STEP_REATTACH:
		return reattach(memory, step, pins, program);
	default:
		return update(memory, step, pins, program);
	}
}

/* The chain is pinned before it runs: a link that shows up always leads to its chain. */
static int attach_or_replace(struct kernel_memory *memory, const struct step *step)
{
	const struct manifest **prepared = find_prepared(memory, step->manifest);
	struct machine_program *program;
	struct machine_pins *pins;
	int result = allow(memory, "pin chain");

	if (!prepared)
		return -EINVAL;
	if (result)
		return result;
	program = machine_load(memory->machine, "ordain", step->manifest);
	pins = machine_make_pins(memory->machine, step->ifindex, step->hook);
	*list_push(memory->machine->arena, pins) = program;
	result = replace(memory, step, pins, program);
	if (!result || (pins->link && pins->link->program == program))
		return result;
	if (!allow(memory, "unpin chain"))
		machine_unpin_chain(pins, program);
	if (!pins->link && !pins->count)
		machine_remove_pins(memory->machine, step->ifindex, step->hook);
	return result;
}

static int detach(struct kernel_memory *memory, const struct step *step)
{
	struct machine_link *link = own_link(memory, step->ifindex, step->hook);
	int result = link ? allow(memory, "detach") : 0;

	if (result)
		return result;
	if (link)
		machine_detach(link);
	hold(find_held(memory, step->ifindex, step->hook), NULL);
	if (!machine_pins(memory->machine, step->ifindex, step->hook))
		return 0;
	result = allow(memory, "unpin");
	if (!result)
		machine_remove_pins(memory->machine, step->ifindex, step->hook);
	return result;
}

static int memory_execute(struct kernel *kernel, const struct step *step, struct error *ret_error)
{
	struct kernel_memory *memory = memory_of(kernel);
	int result = -ESTALE;

	if (!is_stale(memory, step))
		result = step->manifest ? attach_or_replace(memory, step) : detach(memory, step);
	if (result)
		error_errno(ret_error, result, "%s %s %s", step_kind_name(step->kind),
			    step->interface ? step->interface : "?", hook_name(step->hook));
	return result;
}

static void carry(const struct machine_program *from, struct element_counters *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < from->manifest->count; j++) {
			if (strcmp(to[i].name, from->counters[j].name))
				continue;
			to[i].seen += from->counters[j].seen;
			for (size_t slot = 0; slot < VERDICT_SLOTS; slot++)
				to[i].verdicts[slot] += from->counters[j].verdicts[slot];
		}
}

static int memory_settle(struct kernel *kernel, struct error *ret_error)
{
	struct kernel_memory *memory = memory_of(kernel);
	int result;

	memory->prepared.count = 0;
	for (size_t i = 0; i < memory->machine->pins.count; i++) {
		struct machine_pins *pins = memory->machine->pins.items[i];
		struct machine_link *link = own_link(memory, pins->ifindex, pins->hook);

		/* Overwritten or unpinned: the next step repairs that first. */
		if (!link || !is_pinned(pins, link->program))
			continue;
		while (pins->count > 1) {
			struct machine_program *old = pins->items[pins->items[0] == link->program];

			result = allow(memory, "carry counters");
			if (result)
				return error_errno(ret_error, result, "carry counters");
			carry(old, link->program->counters, link->program->manifest->count);
			machine_unpin_chain(pins, old);
		}
	}
	return 0;
}

static int memory_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex,
			   enum hook hook, const struct counters **ret)
{
	const struct machine *machine = memory_of(kernel)->machine;
	const struct machine_link *link = own_link(memory_of(kernel), ifindex, hook);
	const struct machine_pins *pins = machine_pins(machine, ifindex, hook);
	struct counters *counters;

	if (!link || !link->program->manifest)
		return -ENOENT;
	counters = arena_alloc(arena, sizeof(*counters));
	counters->count = link->program->manifest->count;
	counters->items = arena_memdup(arena, link->program->counters,
				       counters->count * sizeof(*counters->items));
	for (size_t i = 0; pins && i < pins->count; i++)
		if (pins->items[i] != link->program)
			carry(pins->items[i], counters->items, counters->count);
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
