/* SPDX-License-Identifier: GPL-2.0-only */
#include "machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"

struct machine *machine_new(void)
{
	struct arena *arena = arena_new();
	struct machine *machine = arena_alloc(arena, sizeof(*machine));

	machine->arena = arena;
	machine->has_tcx = true;
	machine->last_ifindex = 1;
	return machine;
}

void machine_free(struct machine *machine)
{
	arena_free(machine->arena);
}

void machine_add_interface(struct machine *machine, const char *name, unsigned int ifindex)
{
	struct machine_interface *interface = arena_alloc(machine->arena, sizeof(*interface));

	interface->name = arena_strdup(machine->arena, name);
	interface->ifindex = ifindex ? ifindex : ++machine->last_ifindex;
	interface->here = true;
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		interface->hooks[hook].revision = 1;
	*list_push(machine->arena, &machine->interfaces) = interface;
}

struct machine_interface *machine_interface(const struct machine *machine, const char *name)
{
	for (size_t i = 0; i < machine->interfaces.count; i++)
		if (machine->interfaces.items[i]->here &&
		    !strcmp(machine->interfaces.items[i]->name, name))
			return machine->interfaces.items[i];
	return NULL;
}

struct machine_interface *machine_interface_at(const struct machine *machine, unsigned int ifindex)
{
	for (size_t i = 0; i < machine->interfaces.count; i++)
		if (machine->interfaces.items[i]->here &&
		    machine->interfaces.items[i]->ifindex == ifindex)
			return machine->interfaces.items[i];
	return NULL;
}

void machine_delete_interface(struct machine *machine, const char *name)
{
	struct machine_interface *interface = machine_interface(machine, name);

	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		while (interface->hooks[hook].count)
			machine_detach(interface->hooks[hook].items[0].link);
	interface->here = false;
}

void machine_move_interface(struct machine *machine, const char *name)
{
	machine_interface(machine, name)->here = false;
}

static int compare_interfaces(const void *a, const void *b)
{
	return strcmp(((const struct interface *)a)->name, ((const struct interface *)b)->name);
}

void machine_list(const struct machine *machine, struct arena *arena, struct interfaces *ret)
{
	struct interfaces list = { 0 };

	for (size_t i = 0; i < machine->interfaces.count; i++) {
		const struct machine_interface *interface = machine->interfaces.items[i];

		if (interface->here)
			*list_push(arena, &list) = (struct interface){
				.name = arena_strdup(arena, interface->name),
				.index = interface->ifindex,
				.driver = interface->driver,
				.mac = interface->mac,
				.physical = interface->driver != NULL,
				.is_bond = interface->is_bond,
				.master = interface->master,
			};
	}
	if (list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare_interfaces);
	*ret = list;
}

void machine_refuse(struct machine *machine, const char *digest)
{
	*list_push(machine->arena, &machine->refused) = arena_strdup(machine->arena, digest);
}

bool machine_refuses(const struct machine *machine, const char *digest)
{
	for (size_t i = 0; i < machine->refused.count; i++)
		if (!strcmp(machine->refused.items[i], digest))
			return true;
	return false;
}

struct machine_program *machine_load(struct machine *machine, const char *name,
				     const struct manifest *manifest)
{
	struct machine_program *program = arena_alloc(machine->arena, sizeof(*program));
	const char *text;

	program->id = ++machine->last_id;
	program->name = arena_strdup(machine->arena, name);
	*list_push(machine->arena, &machine->programs) = program;
	if (!manifest)
		return program;
	text = manifest_text(machine->arena, manifest);
	program->manifest = manifest_parse(machine->arena, text, strlen(text));
	program->counters = arena_array(machine->arena, struct element_counters, manifest->count);
	for (size_t i = 0; i < manifest->count; i++) {
		program->counters[i].name = program->manifest->items[i].name;
		program->manifest->items[i].program = manifest->items[i].program;
	}
	return program;
}

static void insert_slot(struct machine *machine, struct machine_hook *hook, size_t at,
			struct machine_slot slot)
{
	(void)list_push(machine->arena, hook);
	for (size_t i = hook->count - 1; i > at; i--)
		hook->items[i] = hook->items[i - 1];
	hook->items[at] = slot;
	hook->revision++;
}

static int attach_at(struct machine *machine, struct machine_interface *interface, enum hook hook,
		     struct machine_program *program, uint64_t expected_revision, size_t at,
		     struct machine_link **ret)
{
	struct machine_hook *state = &interface->hooks[hook];
	struct machine_link *link;

	if (hook == HOOK_XDP && state->count)
		return -EBUSY;
	if (hook != HOOK_XDP && expected_revision && expected_revision != state->revision)
		return -ESTALE;
	link = arena_alloc(machine->arena, sizeof(*link));
	*link = (struct machine_link){ .id = ++machine->last_id,
				       .references = 1,
				       .interface = interface,
				       .hook = hook,
				       .program = program,
				       .generic = hook == HOOK_XDP && interface->no_native };
	insert_slot(machine, state, at, (struct machine_slot){ program, link });
	*ret = link;
	return 0;
}

int machine_attach(struct machine *machine, unsigned int ifindex, enum hook hook,
		   struct machine_program *program, uint64_t expected_revision, bool at_head,
		   struct machine_link **ret)
{
	struct machine_interface *interface = machine_interface_at(machine, ifindex);

	if (!interface)
		return -ENODEV;
	if (hook != HOOK_XDP && !machine->has_tcx)
		return -EINVAL;
	return attach_at(machine, interface, hook, program, expected_revision,
			 at_head ? 0 : interface->hooks[hook].count, ret);
}

int machine_attach_before(struct machine *machine, unsigned int ifindex, enum hook hook,
			  struct machine_program *program, uint64_t expected_revision,
			  uint32_t before, struct machine_link **ret)
{
	struct machine_interface *interface = machine_interface_at(machine, ifindex);
	size_t at = 0;

	if (!interface)
		return -ENODEV;
	while (at < interface->hooks[hook].count &&
	       interface->hooks[hook].items[at].program->id != before)
		at++;
	if (at == interface->hooks[hook].count)
		return -ENOENT;
	return attach_at(machine, interface, hook, program, expected_revision, at, ret);
}

int machine_attach_xdp(struct machine *machine, unsigned int ifindex,
		       struct machine_program *program, enum xdp_mode mode,
		       struct machine_link **ret)
{
	struct machine_interface *interface = machine_interface_at(machine, ifindex);
	int result;

	if (interface && interface->no_native && mode == MODE_NATIVE)
		return interface->hooks[HOOK_XDP].count ? -EBUSY : -EOPNOTSUPP;
	result = machine_attach(machine, ifindex, HOOK_XDP, program, 0, true, ret);
	if (!result && mode == MODE_GENERIC)
		(*ret)->generic = true;
	return result;
}

static int may_exchange(const struct machine_hook *hook, const struct machine_program *old,
			bool by_force, bool generic)
{
	const struct machine_slot *slot = hook->count ? &hook->items[0] : NULL;

	if (slot && !slot->link->netlink)
		return -EBUSY;
	if (slot && slot->link->generic != generic)
		return -EEXIST;
	if (by_force)
		return 0;
	if (!old)
		return slot ? -EBUSY : 0;
	return slot && slot->program == old ? 0 : -EEXIST;
}

int machine_exchange(struct machine *machine, unsigned int ifindex, struct machine_program *program,
		     const struct machine_program *old, bool by_force, bool generic)
{
	struct machine_interface *interface = machine_interface_at(machine, ifindex);
	struct machine_hook *hook;
	struct machine_link *link;
	int result;

	if (!interface)
		return -ENODEV;
	hook = &interface->hooks[HOOK_XDP];
	result = may_exchange(hook, old, by_force, generic);
	if (result)
		return result;
	while (hook->count)
		machine_detach(hook->items[0].link);
	if (!program)
		return 0;
	link = arena_alloc(machine->arena, sizeof(*link));
	*link = (struct machine_link){ .references = 1,
				       .interface = interface,
				       .hook = HOOK_XDP,
				       .program = program,
				       .generic = generic,
				       .netlink = true };
	insert_slot(machine, hook, 0, (struct machine_slot){ program, link });
	return 0;
}

static struct machine_slot *find_slot(const struct machine_link *link)
{
	struct machine_hook *hook = &link->interface->hooks[link->hook];

	for (size_t i = 0; i < hook->count; i++)
		if (hook->items[i].link == link)
			return &hook->items[i];
	abort();
}

int machine_swap(struct machine_link *link, struct machine_program *program,
		 const struct machine_program *old)
{
	if (!link->interface)
		return -ENOLINK;
	if (link->program != old)
		return -EPERM;
	link->program = program;
	find_slot(link)->program = program;
	link->interface->hooks[link->hook].revision++;
	return 0;
}

void machine_detach(struct machine_link *link)
{
	struct machine_hook *hook;
	size_t at;

	if (!link->interface)
		return;
	hook = &link->interface->hooks[link->hook];
	at = (size_t)(find_slot(link) - hook->items);
	hook->count--;
	memmove(&hook->items[at], &hook->items[at + 1], (hook->count - at) * sizeof(*hook->items));
	hook->revision = hook->count ? hook->revision + 1 : 1;
	link->interface = NULL;
}

static void count(struct machine_program *program, const char *element, unsigned int slot,
		  uint64_t packets)
{
	for (size_t i = 0; program->manifest && i < program->manifest->count; i++) {
		if (strcmp(program->counters[i].name, element))
			continue;
		program->counters[i].seen += packets;
		program->counters[i].verdicts[slot] += packets;
	}
}

struct machine_program *machine_in_force(const struct machine_link *link)
{
	const struct machine_dual *dual = link->program->dual;

	return dual ? dual->chains[*dual->epoch] : link->program;
}

struct machine_program *machine_program(const struct machine *machine, uint32_t id)
{
	for (size_t i = 0; i < machine->programs.count; i++)
		if (machine->programs.items[i]->id == id)
			return machine->programs.items[i];
	return NULL;
}

void machine_count(struct machine *machine, const char *interface, enum hook hook,
		   const char *element, unsigned int slot, uint64_t packets)
{
	struct machine_hook *state = &machine_interface(machine, interface)->hooks[hook];

	for (size_t i = 0; i < state->count; i++)
		if (machine_in_force(state->items[i].link))
			count(machine_in_force(state->items[i].link), element, slot, packets);
}

void machine_take(struct machine_link *link)
{
	link->references++;
}

void machine_release(struct machine_link *link)
{
	if (link && !--link->references)
		machine_detach(link);
}

static int compare_pins(const struct machine_pins *pins, unsigned int ifindex, enum hook hook)
{
	if (pins->ifindex != ifindex)
		return pins->ifindex < ifindex ? -1 : 1;
	return (pins->hook > hook) - (pins->hook < hook);
}

struct machine_pins *machine_pins(const struct machine *machine, unsigned int ifindex,
				  enum hook hook)
{
	for (size_t i = 0; i < machine->pins.count; i++)
		if (!compare_pins(machine->pins.items[i], ifindex, hook))
			return machine->pins.items[i];
	return NULL;
}

struct machine_pins *machine_make_pins(struct machine *machine, unsigned int ifindex,
				       enum hook hook)
{
	struct machine_pins *pins = machine_pins(machine, ifindex, hook);
	size_t at;

	if (pins)
		return pins;
	pins = arena_alloc(machine->arena, sizeof(*pins));
	pins->ifindex = ifindex;
	pins->hook = hook;
	at = machine->pins.count;
	(void)list_push(machine->arena, &machine->pins);
	for (; at && compare_pins(machine->pins.items[at - 1], ifindex, hook) > 0; at--)
		machine->pins.items[at] = machine->pins.items[at - 1];
	machine->pins.items[at] = pins;
	return pins;
}

void machine_pin_link(struct machine_pins *pins, unsigned int number, struct machine_link *link)
{
	if (link)
		machine_take(link);
	machine_release(pins->links[number]);
	pins->links[number] = link;
}

bool machine_has_link(const struct machine_pins *pins)
{
	for (size_t i = 0; i < MACHINE_LINKS; i++)
		if (pins->links[i])
			return true;
	return false;
}

void machine_unpin_chain(struct machine_pins *pins, const struct machine_program *program)
{
	size_t kept = 0;

	for (size_t i = 0; i < pins->count; i++)
		if (pins->items[i] != program)
			pins->items[kept++] = pins->items[i];
	pins->count = kept;
}

void machine_remove_pins(struct machine *machine, unsigned int ifindex, enum hook hook)
{
	struct machine_pins *pins = machine_pins(machine, ifindex, hook);
	size_t kept = 0;

	if (!pins)
		return;
	for (size_t i = 0; i < MACHINE_LINKS; i++)
		machine_release(pins->links[i]);
	for (size_t i = 0; i < machine->pins.count; i++)
		if (machine->pins.items[i] != pins)
			machine->pins.items[kept++] = machine->pins.items[i];
	machine->pins.count = kept;
}

static void dump_program(struct text *out, const struct machine_program *program)
{
	const struct manifest *manifest = program->manifest;

	if (program->dual)
		text_printf(out, "dual %u", program->id);
	else if (!manifest)
		text_add(out, program->name);
	for (size_t i = 0; manifest && i < manifest->count; i++)
		text_printf(out, "%s%s", i ? "+" : "", manifest->items[i].name);
}

static void dump_hook(struct text *out, const struct machine_interface *interface, enum hook which)
{
	const struct machine_hook *hook = &interface->hooks[which];

	if (!hook->count)
		return;
	text_printf(out, "%s (%u)%s %s, revision %" PRIu64 ":", interface->name, interface->ifindex,
		    interface->here ? "" : " elsewhere", hook_name(which), hook->revision);
	for (size_t i = 0; i < hook->count; i++) {
		text_add(out, i ? "; " : " ");
		dump_program(out, hook->items[i].program);
		if (hook->items[i].link->netlink)
			text_add(out, " by netlink");
		else
			text_printf(out, " by link %u", hook->items[i].link->id);
	}
	text_add(out, "\n");
}

const char *machine_dump(const struct machine *machine, struct arena *arena)
{
	struct text out = TEXT(arena);

	for (size_t i = 0; i < machine->interfaces.count; i++)
		for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
			dump_hook(&out, machine->interfaces.items[i], hook);
	for (size_t i = 0; i < machine->pins.count; i++) {
		const struct machine_pins *pins = machine->pins.items[i];

		text_printf(&out, "pins %u %s:", pins->ifindex, hook_name(pins->hook));
		for (size_t j = 0; j < MACHINE_LINKS; j++)
			if (pins->links[j])
				text_printf(&out, " link %u", pins->links[j]->id);
		for (size_t j = 0; j < pins->count; j++) {
			text_add(&out, j || machine_has_link(pins) ? ", " : " ");
			dump_program(&out, pins->items[j]);
		}
		text_add(&out, "\n");
	}
	return text_string(&out);
}
