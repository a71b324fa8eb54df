/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/kernel_linux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/judges/foreign_code.h"
#include "agent/kernel/absorbed.h"
#include "agent/kernel/kept.h"
#include "agent/kernel/takeover.h"
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
		elements[i].figures = &link_drop_figures;
		elements[i].program = -1;
		elements[i].frags = frags;
	}
}

/* All elements are tried, so that every broken one is reported at once. */
static int load_elements(struct kernel_linux *linux, const struct manifest *manifest,
			 struct linked_element *elements, struct diags *diags,
			 struct error *ret_error)
{
	for (size_t i = 0; i < manifest->count; i++) {
		struct loaded *loaded;
		int result;

		if (manifest->items[i].absorbed)
			absorbed_open(&manifest->items[i], manifest->hook, diags, &elements[i]);
		if (manifest->items[i].missing || manifest->items[i].absorbed)
			continue;
		result = load_element(linux, &manifest->items[i], manifest->hook, diags, &loaded,
				      ret_error);
		if (result)
			return result;
		if (!loaded)
			continue;
		elements[i].insns = loaded_insns(loaded, &elements[i].count);
		elements[i].modules = loaded_modules(loaded);
		elements[i].figures = loaded_figures(loaded);
		elements[i].lines = loaded_lines(loaded);
		elements[i].program = loaded_program(loaded);
		elements[i].jumps = loaded_jumps(loaded);
		elements[i].frags = loaded_frags(loaded);
	}
	return 0;
}

static int link_manifest(struct kernel_linux *linux, const struct manifest *manifest,
			 enum bpf_attach_type attach_type, struct diags *diags, struct linked *ret,
			 struct error *ret_error)
{
	struct linked_element *elements =
		arena_array(diags->arena, struct linked_element, manifest->count);
	size_t reported = diags->count;
	int result = load_elements(linux, manifest, elements, diags, ret_error);
	struct linked_terms terms = { .marks = -1, .attach_type = attach_type };

	*ret = LINKED_NONE;
	if (!result && manifest->marks_of) {
		terms.marks = takeover_marks_of(linux, (struct pinned_hook){ manifest->marks_of,
									     manifest->hook });
		if (terms.marks < 0)
			result = error_errno(ret_error, terms.marks, "make the marks of a hook");
	}
	if (!result && !diags_errors_since(diags, reported)) {
		fill_missing(manifest, elements);
		result = linked_make(manifest, elements, &terms, diags, ret, ret_error);
	}
	for (size_t i = 0; i < manifest->count; i++)
		if (elements[i].absorbed && elements[i].program >= 0)
			close(elements[i].program);
	return result;
}

static struct prepared_entry **find_prepared(struct kernel_linux *linux,
					     const struct manifest *manifest)
{
	struct prepared_entry **at = &linux->prepared;

	while (*at && !(manifest_equal((*at)->manifest, manifest) &&
			(*at)->manifest->marks_of == manifest->marks_of &&
			manifest_same_absorbed((*at)->manifest, manifest)))
		at = &(*at)->next;
	return at;
}

static void copy_linked(struct arena *arena, const struct manifest *from, const struct manifest *to)
{
	for (size_t i = 0; i < to->count; i++)
		to->items[i].linked = arena_strdup(arena, from->items[i].linked);
}

static int linux_prepare(struct kernel *kernel, const struct manifest *manifest,
			 struct diags *diags, struct error *ret_error)
{
	struct kernel_linux *linux = linux_of(kernel);
	struct prepared_entry *entry;
	struct linked linked;
	int result;

	if (*find_prepared(linux, manifest)) {
		copy_linked(diags->arena, (*find_prepared(linux, manifest))->manifest, manifest);
		return 0;
	}
	result = link_manifest(linux, manifest, link_attach_type(manifest->hook), diags, &linked,
			       ret_error);
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

	if (entry) {
		*at = entry->next;
		*ret = entry->linked;
		entry->linked = LINKED_NONE;
		free_prepared(entry);
		return 0;
	}
	return chain_link(linux, manifest, link_attach_type(manifest->hook), ret, ret_error);
}

int chain_link(struct kernel_linux *linux, const struct manifest *manifest,
	       enum bpf_attach_type attach_type, struct linked *ret, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct diags diags = DIAGS(arena);
	/* What it says of the elements lives no longer than the arena. */
	int result = link_manifest(linux, manifest_copy(arena, manifest), attach_type, &diags, ret,
				   ret_error);

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
	takeover_drop_all(linux);
	held_drop_all(linux);
	kept_drop_all(linux);
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
