/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/kernel_linux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/judges/foreign_code.h"
#include "agent/kernel/attach.h"
#include "agent/kernel/kernel_state.h"
#include "agent/kernel/segments.h"
#include "agent/load/loaded.h"

/* An object loaded alone; its maps are shared by every chain that has the element. */
struct loaded_entry {
	struct loaded_entry *next;
	struct arena *arena; /* of `element` */
	struct manifest_element element;
	enum hook hook;
	struct loaded *loaded;
};

/* A chain that prepare() linked and no step has used yet. */
struct prepared_entry {
	struct prepared_entry *next;
	struct arena *arena;
	const struct manifest *manifest;
	struct linked linked;
};

static struct kernel_linux *linux_of(struct kernel *kernel)
{
	return (struct kernel_linux *)kernel;
}

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		abort();
	return memory;
}

static bool same_element(const struct manifest_element *a, const struct manifest_element *b)
{
	return !strcmp(a->name, b->name) && manifest_same_code(a, b);
}

static struct loaded *find_loaded(struct kernel_linux *linux,
				  const struct manifest_element *element, enum hook hook)
{
	for (struct loaded_entry *entry = linux->loaded; entry; entry = entry->next)
		if (entry->hook == hook && same_element(&entry->element, element))
			return entry->loaded;
	return NULL;
}

/* The same object, with other variables or for another hook: they share its maps. */
static const struct loaded *find_sibling(struct kernel_linux *linux,
					 const struct manifest_element *element)
{
	for (struct loaded_entry *entry = linux->loaded; entry; entry = entry->next)
		if (!strcmp(entry->element.name, element->name) &&
		    !strcmp(entry->element.digest, element->digest))
			return entry->loaded;
	return NULL;
}

static void add_loaded(struct kernel_linux *linux, const struct manifest_element *element,
		       enum hook hook, struct loaded *loaded)
{
	struct loaded_entry *entry = allocate(sizeof(*entry));

	entry->arena = arena_new();
	entry->element = manifest_element_copy(entry->arena, element);
	entry->hook = hook;
	entry->loaded = loaded;
	entry->next = linux->loaded;
	linux->loaded = entry;
}

static void free_loaded(struct loaded_entry *entry)
{
	loaded_close(entry->loaded);
	arena_free(entry->arena);
	free(entry);
}

static int load_element(struct kernel_linux *linux, const struct manifest_element *element,
			enum hook hook, struct diags *diags, struct loaded **ret,
			struct error *ret_error)
{
	struct map_sources maps;
	size_t length;
	const void *bytes;
	struct diag *diag;
	int result;

	*ret = find_loaded(linux, element, hook);
	if (*ret)
		return 0;
	bytes = linux->objects.bytes(linux->objects.context, element->digest, &length);
	if (!bytes) {
		diag = diag_error(diags, DIAG_OBJECT_MISSING, (struct span){ 0 },
				  "program '%s': its object %.12s is not to be had any more",
				  element->name, element->digest);
		diag->program = element->name;
		return 0;
	}
	maps.sibling = find_sibling(linux, element);
	maps.pinned = pins_maps(diags->arena, &linux->pins, element);
	maps.shared = element->pin_by_name ? linux->pins.bpffs : NULL;
	maps.replaced = pins_replaced_maps(diags->arena, &linux->pins, element);
	result = loaded_open(element, hook, bytes, length, &maps, diags, ret, ret_error);
	if (!result && *ret)
		add_loaded(linux, element, hook, *ret);
	return result;
}

/* Packets of several buffers must not get past it: it takes them if the programs beside it do. */
static void fill_missing(const struct manifest *manifest, struct linked_element *elements)
{
	bool frags = link_takes_frags(manifest->hook);

	for (size_t i = 0; i < manifest->count; i++)
		if (!manifest->items[i].missing)
			frags = elements[i].frags;
	for (size_t i = 0; i < manifest->count; i++) {
		if (!manifest->items[i].missing)
			continue;
		elements[i].insns = link_drop(manifest->hook, &elements[i].count);
		elements[i].program = -1;
		elements[i].frags = frags;
	}
}

/* All elements are tried, so that every broken one is reported at once. */
static int link_manifest(struct kernel_linux *linux, const struct manifest *manifest,
			 struct diags *diags, struct linked *ret, struct error *ret_error)
{
	struct linked_element *elements =
		arena_array(diags->arena, struct linked_element, manifest->count);
	size_t reported = diags->count;

	*ret = LINKED_NONE;
	for (size_t i = 0; i < manifest->count; i++) {
		struct loaded *loaded;
		int result;

		if (manifest->items[i].missing)
			continue;
		result = load_element(linux, &manifest->items[i], manifest->hook, diags, &loaded,
				      ret_error);
		if (result)
			return result;
		if (!loaded)
			continue;
		elements[i].insns = loaded_insns(loaded, &elements[i].count);
		elements[i].modules = loaded_modules(loaded);
		elements[i].program = loaded_program(loaded);
		elements[i].jumps = loaded_jumps(loaded);
		elements[i].frags = loaded_frags(loaded);
	}
	if (diags_errors_since(diags, reported))
		return 0;
	fill_missing(manifest, elements);
	return linked_make(manifest, elements, diags, ret, ret_error);
}

static struct prepared_entry **find_prepared(struct kernel_linux *linux,
					     const struct manifest *manifest)
{
	struct prepared_entry **at = &linux->prepared;

	while (*at && !manifest_equal((*at)->manifest, manifest))
		at = &(*at)->next;
	return at;
}

static int linux_prepare(struct kernel *kernel, const struct manifest *manifest,
			 struct diags *diags, struct error *ret_error)
{
	struct kernel_linux *linux = linux_of(kernel);
	struct prepared_entry *entry;
	struct linked linked;
	int result;

	if (*find_prepared(linux, manifest))
		return 0;
	result = link_manifest(linux, manifest, diags, &linked, ret_error);
	if (result || linked.fds[LINKED_PROGRAM] < 0)
		return result;
	entry = allocate(sizeof(*entry));
	entry->arena = arena_new();
	entry->manifest = manifest_copy(entry->arena, manifest);
	entry->linked = linked;
	entry->next = linux->prepared;
	linux->prepared = entry;
	return 0;
}

static void free_prepared(struct prepared_entry *entry)
{
	linked_close(&entry->linked);
	arena_free(entry->arena);
	free(entry);
}

/* The prepared chain, or, when several hooks want the same, one more like it. */
int chain_take(struct kernel_linux *linux, const struct manifest *manifest, struct linked *ret,
	       struct error *ret_error)
{
	struct prepared_entry **at = find_prepared(linux, manifest);
	struct prepared_entry *entry = *at;
	struct arena *arena;
	struct diags diags;
	int result;

	if (entry) {
		*at = entry->next;
		*ret = entry->linked;
		entry->linked = LINKED_NONE;
		free_prepared(entry);
		return 0;
	}
	arena = arena_new();
	diags = DIAGS(arena);
	result = link_manifest(linux, manifest, &diags, ret, ret_error);
	if (!result && ret->fds[LINKED_PROGRAM] < 0)
		result = error_set(ret_error, -ENOEXEC, "a chain that linked before does not link");
	arena_free(arena);
	return result;
}

/* The maps are pinned before the chain runs, so that they are found again whatever happens. */
int chain_pin_maps(struct kernel_linux *linux, const struct manifest *manifest,
		   struct error *ret_error)
{
	struct arena *arena = arena_new();
	int result = 0;

	for (size_t i = 0; !result && i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];
		struct loaded *loaded = find_loaded(linux, element, manifest->hook);

		if (!loaded || !loaded_has_maps(loaded))
			continue;
		result = pins_make_maps(&linux->pins, element, ret_error);
		if (!result)
			result = loaded_pin_maps(loaded, pins_maps(arena, &linux->pins, element),
						 ret_error);
	}
	arena_free(arena);
	return result;
}

int chain_publish_maps(struct kernel_linux *linux, const struct manifest *manifest,
		       struct error *ret_error)
{
	int result = 0;

	for (size_t i = 0; !result && i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];
		struct loaded *loaded = find_loaded(linux, element, manifest->hook);

		if (loaded && loaded_has_maps(loaded))
			result = pins_publish_maps(&linux->pins, element, ret_error);
	}
	return result;
}

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

/* Somebody may have removed the pin of our link. */
static int pin_again(struct kernel_linux *linux, struct pinned_hook hook,
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
	if (old < 0)
		return error_errno(ret_error, old, "open program %u", step->expected_program);
	result = pins_add_chain(&linux->pins, hook, linked, ret_error);
	if (!result) {
		result = step->kind == STEP_REATTACH
				 ? attach_again(linux, step, held, old, program, ret_error)
				 : swap_program(linux, step, held, old, program, ret_error);
		if (result)
			pins_remove_chain(&linux->pins, hook, linked->id, &ignored);
	}
	close(old);
	if (result || step->kind == STEP_REATTACH)
		return result;
	return pin_again(linux, hook, held, ret_error);
}

static int attach_or_replace(struct kernel_linux *linux, const struct step *step,
			     struct error *ret_error)
{
	struct linked linked = LINKED_NONE;
	int result = chain_take(linux, step->manifest, &linked, ret_error);

	if (!result)
		result = chain_pin_maps(linux, step->manifest, ret_error);
	if (!result)
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
	for (size_t i = 0; !result && i < numbers.count; i++)
		result = detach_link(linux, hook, numbers.items[i], ret_error);
	return result ? result : pins_remove_hook(&linux->pins, hook, ret_error);
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
	one.kind = STEP_UPDATE;
	for (size_t i = 0; !result && i < step->part_count; i++) {
		one.parts = &step->parts[i];
		one.manifest = one.parts->manifest;
		one.expected_program = one.parts->expected_program;
		if (one.expected_program)
			result = one.manifest
					 ? attach_or_replace(linux, &one, ret_error)
					 : detach_link(linux, hook, one.parts->number, ret_error);
	}
	return result;
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

static int linux_execute(struct kernel *kernel, const struct step *step, struct error *ret_error)
{
	struct kernel_linux *linux = linux_of(kernel);
	struct arena *arena;
	int result;

	if (step->kind != STEP_DETACH && step->kind != STEP_FORGET)
		return change(linux, step, ret_error);
	arena = arena_new();
	result = detach(linux, arena, step, ret_error);
	arena_free(arena);
	return result;
}

/* The maps of the objects live on in their pins, where the next load finds them. */
static void drop_caches(struct kernel_linux *linux)
{
	while (linux->prepared) {
		struct prepared_entry *next = linux->prepared->next;

		free_prepared(linux->prepared);
		linux->prepared = next;
	}
	while (linux->loaded) {
		struct loaded_entry *next = linux->loaded->next;

		free_loaded(linux->loaded);
		linux->loaded = next;
	}
}

static int linux_settle(struct kernel *kernel, struct error *ret_error)
{
	struct kernel_linux *linux = linux_of(kernel);
	struct arena *arena = arena_new();
	struct pinned_hooks hooks;
	struct manifests used = { 0 };
	int result;

	pins_list(arena, &linux->pins, &hooks);
	result = settle_hooks(linux, arena, &hooks, &used, ret_error);
	if (!result)
		result = pins_publish_missing(&linux->pins, used.items, used.count, ret_error);
	if (!result)
		result = pins_sweep_maps(&linux->pins, used.items, used.count, ret_error);
	drop_caches(linux);
	arena_free(arena);
	return result;
}

static const char *linux_refute(struct kernel *kernel, struct arena *arena, uint32_t program)
{
	(void)kernel;
	return foreign_changes(arena, program);
}

static void linux_close(struct kernel *kernel)
{
	struct kernel_linux *linux = linux_of(kernel);

	drop_caches(linux);
	held_drop_all(linux);
	pin_watch_close(linux->watch);
	pins_close(&linux->pins);
	free(linux);
}

static const struct kernel_ops linux_ops = {
	.observe = linux_observe,
	.prepare = linux_prepare,
	.execute = linux_execute,
	.settle = linux_settle,
	.counters = linux_counters,
	.refute = linux_refute,
	.close = linux_close,
};

int kernel_linux_open(const struct kernel_linux_options *options, struct kernel **ret,
		      struct error *ret_error)
{
	struct kernel_linux *linux = allocate(sizeof(*linux));
	int result = pins_open(options->bpffs, &linux->pins, ret_error);

	if (result) {
		free(linux);
		return result;
	}
	linux->kernel.ops = &linux_ops;
	linux->pins.before_change = options->before_change;
	linux->pins.context = options->context;
	linux->objects = options->objects;
	linux->watch = pin_watch_open();
	*ret = &linux->kernel;
	return 0;
}
