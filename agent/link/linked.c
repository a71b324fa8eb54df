/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/linked.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

const char *linked_part_name(enum linked_part part)
{
	static const char *const names[] = {
		[LINKED_PROGRAM] = "program",	[LINKED_MANIFEST] = "manifest",
		[LINKED_COUNTERS] = "counters", [LINKED_CARRIED] = "carried",
		[LINKED_GUARD] = "guard",
	};

	return names[part];
}

/*
 * The value of the map "carried". Per element and not per exit: in another order, the same exits
 * would say something else about what each element saw.
 */
struct carried_element {
	uint64_t seen;
	uint64_t verdicts[VERDICT_SLOTS];
};

struct carried {
	uint32_t from; /* id of the last chain whose counts were added; 0 none */
	uint32_t reserved;
	struct carried_element elements[];
};

static size_t carried_size(size_t elements)
{
	return sizeof(struct carried) + elements * sizeof(struct carried_element);
}

/* A frozen map cannot be changed by anyone any more, root included. */
static int make_manifest(const struct manifest *manifest)
{
	struct arena *arena = arena_new();
	const char *text = manifest_text_linked(arena, manifest);
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_RDONLY_PROG);
	__u32 key = 0;
	int fd, result = 0;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ordain_manifest", sizeof(key),
			    (__u32)strlen(text) + 1, 1, &options);
	if (fd >= 0)
		result = bpf_map_update_elem(fd, &key, text, BPF_ANY);
	if (fd >= 0 && !result)
		result = bpf_map_freeze(fd);
	if (result) {
		close(fd);
		fd = result;
	}
	arena_free(arena);
	return fd;
}

/*
 * Which slot of the guard calls each element; 0: it is linked. Slot 0 is the chain's own. Behind it
 * come the programs of others, so that the manifest alone tells where they are, and then ours.
 */
static __u32 assign_slots(const struct manifest *manifest, const struct linked_element *elements,
			  __u32 *slots)
{
	__u32 next = 1;

	for (size_t i = 0; i < manifest->count; i++)
		slots[i] = elements[i].absorbed ? next++ : 0;
	for (size_t i = 0; i < manifest->count; i++)
		if (!elements[i].absorbed && elements[i].program >= 0)
			slots[i] = next++;
	return next;
}

/* All programs of one array have to be alike in what the kernel tells nobody. */
static void report_uncallable(const struct manifest *manifest, size_t element, int result,
			      struct diags *diags)
{
	const char *name = manifest->items[element].name;
	struct diag *diag = diag_error(
		diags, DIAG_NOT_LINKABLE, (struct span){ 0 },
		result == -EBUSY
			? "'%s' cannot be absorbed: it is extended by another program, as "
			  "a dispatcher of libxdp is, and the kernel lets nobody call it"
			: "'%s' cannot be called from a chain beside the others: they were "
			  "loaded with another expected_attach_type, or for packets of "
			  "several buffers",
		name);

	diag->program = name;
	diag_help(diags, diag, "take 'absorb' away, or the hook from one of them");
}

static int fill_guard(const struct manifest *manifest, const struct linked_element *elements,
		      const __u32 *slots, int guard, struct diags *diags)
{
	for (size_t i = 0; i < manifest->count; i++) {
		int result;

		if (!slots[i])
			continue;
		result = bpf_map_update_elem(guard, &slots[i], &elements[i].program, BPF_ANY);
		if ((result == -EBUSY || result == -EINVAL) && manifest_absorbs(manifest)) {
			report_uncallable(manifest, i, result, diags);
			return 0;
		}
		if (result)
			return result;
	}
	return 0;
}

static int make_maps(const struct manifest *manifest, __u32 slots, struct linked *linked)
{
	__u32 count = (__u32)manifest->count;
	__u32 counters = count ? count * VERDICT_SLOTS : 1;

	linked->fds[LINKED_COUNTERS] = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "ordain_counters",
						      sizeof(__u32), sizeof(__u64), counters, NULL);
	if (linked->fds[LINKED_COUNTERS] < 0)
		return linked->fds[LINKED_COUNTERS];
	linked->fds[LINKED_CARRIED] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ordain_carried",
						     sizeof(__u32), (__u32)carried_size(count), 1,
						     NULL);
	if (linked->fds[LINKED_CARRIED] < 0)
		return linked->fds[LINKED_CARRIED];
	linked->fds[LINKED_GUARD] = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "ordain_guard",
						   sizeof(__u32), sizeof(__u32), slots, NULL);
	return linked->fds[LINKED_GUARD] < 0 ? linked->fds[LINKED_GUARD] : 0;
}

/* Ties the maps to the program, and the program into its guard. */
static int bind(struct linked *linked)
{
	int program = linked->fds[LINKED_PROGRAM];
	struct bpf_prog_info info;
	__u32 size = sizeof(info);
	__u32 key = 0;
	int result;

	result = bpf_prog_bind_map(program, linked->fds[LINKED_MANIFEST], NULL);
	if (!result)
		result = bpf_prog_bind_map(program, linked->fds[LINKED_CARRIED], NULL);
	if (!result)
		result = bpf_map_update_elem(linked->fds[LINKED_GUARD], &key, &program, BPF_ANY);
	memset(&info, 0, sizeof(info));
	if (!result)
		result = bpf_prog_get_info_by_fd(program, &info, &size);
	linked->id = info.id;
	return result;
}

static const struct bpf_insn *call_of(struct arena *arena, const struct manifest_element *element,
				      int guard, __u32 slot, int marks, size_t *ret_count)
{
	if (!element->mark)
		return link_call(arena, guard, slot, ret_count);
	return link_call_marked(arena, guard, slot, &(struct link_mark){ marks, element->mark },
				ret_count);
}

static const struct link_element *link_elements(struct arena *arena,
						const struct manifest *manifest,
						const struct linked_element *elements,
						const __u32 *slots, int guard, int marks)
{
	struct link_element *items = arena_array(arena, struct link_element, manifest->count);

	for (size_t i = 0; i < manifest->count; i++) {
		struct link_element *item = &items[i];

		item->element = &manifest->items[i];
		item->insns = elements[i].insns;
		item->count = elements[i].count;
		item->modules = elements[i].modules;
		item->figures = elements[i].figures;
		item->lines = elements[i].lines;
		item->jumps = elements[i].jumps;
		item->called = slots[i] != 0;
		if (manifest->call_all)
			item->not_inlined = "the policy says so";
		if (item->called) {
			item->insns = call_of(arena, &manifest->items[i], guard, slots[i], marks,
					      &item->count);
			item->lines = NULL;
		}
	}
	return items;
}

/* The kernel gives a program all buffers of a packet, or lets it see none but the first. */
static bool agree_on_frags(const struct manifest *manifest, const struct linked_element *elements,
			   struct diags *diags)
{
	for (size_t i = 1; i < manifest->count; i++) {
		size_t with = elements[i].frags ? i : 0;
		struct diag *diag;

		if (elements[i].frags == elements[0].frags)
			continue;
		diag = diag_error(diags, DIAG_NOT_LINKABLE, (struct span){ 0 },
				  "program '%s' takes packets of several buffers (section "
				  "'xdp.frags') and '%s' does not: all programs of a chain do, or "
				  "none",
				  manifest->items[with].name, manifest->items[i - with].name);
		diag->program = manifest->items[i].name;
		diag_help(diags, diag,
			  "compile both for section 'xdp', or both for 'xdp.frags' where packets "
			  "are larger than one buffer");
		return false;
	}
	return true;
}

/* What the programs of others were loaded with is what the chain has to be loaded with. */
static enum bpf_attach_type attach_type(const struct manifest *manifest,
					const struct linked_element *elements,
					enum bpf_attach_type otherwise)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (elements[i].absorbed)
			return elements[i].attach_type;
	return otherwise;
}

/* In the kernel's copy, and in the elements of who asked for the chain. */
static int keep_manifest(struct arena *arena, const struct manifest *manifest,
			 const struct linking *linkings, struct linked *linked)
{
	for (size_t i = 0; i < manifest->count; i++)
		manifest->items[i].linked =
			linkings[i].inlined ? "inlined"
					    : arena_printf(arena, "called: %s", linkings[i].why);
	linked->fds[LINKED_MANIFEST] = make_manifest(manifest);
	return linked->fds[LINKED_MANIFEST] < 0 ? linked->fds[LINKED_MANIFEST] : 0;
}

int linked_make(const struct manifest *manifest, const struct linked_element *elements,
		const struct linked_terms *terms, struct diags *diags, struct linked *ret,
		struct error *ret_error)
{
	struct linked linked = LINKED_NONE;
	__u32 *slots = arena_array(diags->arena, __u32, manifest->count);
	size_t reported = diags->count;
	struct link_request request = {
		.hook = manifest->hook,
		.attach_type = attach_type(manifest, elements, terms->attach_type),
		.count = manifest->count,
		.frags = manifest->count && elements[0].frags,
		.head = manifest->head,
		.marks = terms->marks,
	};
	const struct linking *linkings;
	int result;

	*ret = LINKED_NONE;
	if (!agree_on_frags(manifest, elements, diags))
		return 0;
	result = make_maps(manifest, assign_slots(manifest, elements, slots), &linked);
	if (!result)
		result = fill_guard(manifest, elements, slots, linked.fds[LINKED_GUARD], diags);
	if (result) {
		linked_close(&linked);
		return error_errno(ret_error, result, "make the maps of a chain");
	}
	request.items = link_elements(diags->arena, manifest, elements, slots,
				      linked.fds[LINKED_GUARD], terms->marks);
	request.counters = linked.fds[LINKED_COUNTERS];
	if (!diags_errors_since(diags, reported))
		result = link_load(&request, diags, &linked.fds[LINKED_PROGRAM], &linkings,
				   ret_error);
	if (!result && linked.fds[LINKED_PROGRAM] >= 0) {
		result = keep_manifest(diags->arena, manifest, linkings, &linked);
		if (!result)
			result = bind(&linked);
		if (result)
			error_errno(ret_error, result, "bind the maps of a chain");
	}
	if (result || linked.fds[LINKED_PROGRAM] < 0)
		linked_close(&linked);
	else
		*ret = linked;
	return result;
}

void linked_close(struct linked *linked)
{
	for (size_t i = 0; i < LINKED_PARTS; i++)
		if (linked->fds[i] >= 0)
			close(linked->fds[i]);
	*linked = LINKED_NONE;
}

/* The one value of an array map, of whatever size; NULL if it cannot be read. */
static void *read_value(struct arena *arena, int fd, size_t *ret_size)
{
	struct bpf_map_info info;
	__u32 size = sizeof(info);
	__u32 key = 0;
	void *value;

	memset(&info, 0, sizeof(info));
	if (bpf_map_get_info_by_fd(fd, &info, &size) || info.type != BPF_MAP_TYPE_ARRAY)
		return NULL;
	value = arena_alloc(arena, info.value_size);
	*ret_size = info.value_size;
	return bpf_map_lookup_elem(fd, &key, value) ? NULL : value;
}

const struct manifest *linked_manifest(struct arena *arena, const struct linked *linked)
{
	size_t length;
	const char *text = read_value(arena, linked->fds[LINKED_MANIFEST], &length);
	const struct manifest *manifest = text ? manifest_parse(arena, text, length) : NULL;
	__u32 slot = 1;

	for (size_t i = 0; manifest && i < manifest->count; i++) {
		if (!manifest->items[i].absorbed)
			continue;
		if (bpf_map_lookup_elem(linked->fds[LINKED_GUARD], &slot,
					&manifest->items[i].program))
			manifest->items[i].program = 0;
		slot++;
	}
	return manifest;
}

static struct carried *read_carried(struct arena *arena, const struct linked *linked,
				    size_t elements)
{
	size_t size;
	struct carried *carried = read_value(arena, linked->fds[LINKED_CARRIED], &size);

	return carried && size == carried_size(elements) ? carried : NULL;
}

uint32_t linked_carried_from(const struct linked *linked)
{
	struct arena *arena = arena_new();
	size_t size;
	const struct carried *carried = read_value(arena, linked->fds[LINKED_CARRIED], &size);
	uint32_t from = carried && size >= sizeof(*carried) ? carried->from : 0;

	arena_free(arena);
	return from;
}

/* What the chain counted itself: how many packets ended at which element with which verdict. */
static int read_exits(struct arena *arena, int map, size_t slots, uint64_t **ret_exits)
{
	uint64_t *exits = arena_array(arena, uint64_t, slots);
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values;

	if (cpus < 0)
		return cpus;
	values = arena_array(arena, uint64_t, (size_t)cpus);
	for (__u32 slot = 0; slot < slots; slot++) {
		int result = bpf_map_lookup_elem(map, &slot, values);

		if (result)
			return result;
		for (int cpu = 0; cpu < cpus; cpu++)
			exits[slot] += values[cpu];
	}
	*ret_exits = exits;
	return 0;
}

/*
 * An element saw what ended at it or behind it, and what it passed on is what the next one saw;
 * unless it counted all that itself.
 */
static void derive(const struct manifest *manifest, const uint64_t *exits,
		   struct counters *counters)
{
	uint64_t beyond = 0;

	for (size_t i = counters->count; i-- > 0;) {
		const struct manifest_element *of = &manifest->items[i];
		struct element_counters *element = &counters->items[i];
		bool counted = manifest_counts_itself(of);
		int go_on = manifest_go_on(of, manifest->hook);

		for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++) {
			element->verdicts[slot] = exits[i * VERDICT_SLOTS + slot];
			if (!counted && (int)slot == go_on)
				element->verdicts[slot] += beyond;
		}
		if (go_on >= 0)
			element->verdicts[go_on] -= element->verdicts[VERDICT_MISSED];
		for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
			element->seen += element->verdicts[slot];
		beyond = element->seen;
	}
}

static int count(struct arena *arena, const struct linked *linked, const struct manifest *manifest,
		 const struct carried *carried, struct counters *ret)
{
	struct counters counters = { .count = manifest->count };
	uint64_t *exits;
	int result = read_exits(arena, linked->fds[LINKED_COUNTERS],
				manifest->count * VERDICT_SLOTS, &exits);

	if (result)
		return result;
	counters.items = arena_array(arena, struct element_counters, manifest->count);
	derive(manifest, exits, &counters);
	for (size_t i = 0; i < manifest->count; i++) {
		counters.items[i].name = manifest->items[i].name;
		counters.items[i].seen += carried->elements[i].seen;
		for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
			counters.items[i].verdicts[slot] += carried->elements[i].verdicts[slot];
	}
	*ret = counters;
	return 0;
}

static void add_by_name(struct carried *carried, const struct manifest *manifest,
			const struct counters *old)
{
	for (size_t i = 0; i < manifest->count; i++) {
		for (size_t j = 0; j < old->count; j++) {
			if (strcmp(manifest->items[i].name, old->items[j].name) != 0)
				continue;
			carried->elements[i].seen += old->items[j].seen;
			for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
				carried->elements[i].verdicts[slot] += old->items[j].verdicts[slot];
		}
	}
}

/* Adds what `old` counted to `carried`, unless that has it already. */
static int add_chain(struct arena *arena, struct carried *carried, const struct manifest *manifest,
		     const struct linked *old)
{
	const struct manifest *old_manifest = linked_manifest(arena, old);
	struct carried *old_carried;
	struct counters counts;
	int result;

	/* A chain of a format unknown here has counts that cannot be told apart: let them go. */
	if (!old_manifest || carried->from == old->id)
		return 0;
	old_carried = read_carried(arena, old, old_manifest->count);
	if (!old_carried)
		return 0;
	result = count(arena, old, old_manifest, old_carried, &counts);
	if (result)
		return result;
	add_by_name(carried, manifest, &counts);
	carried->from = old->id;
	return 0;
}

int linked_counters(struct arena *arena, const struct linked *linked,
		    const struct manifest *manifest, const struct linked *old, size_t old_count,
		    struct counters *ret)
{
	struct carried *carried = read_carried(arena, linked, manifest->count);
	int result = carried ? 0 : -EINVAL;

	for (size_t i = 0; !result && i < old_count; i++)
		result = add_chain(arena, carried, manifest, &old[i]);
	return result ? result : count(arena, linked, manifest, carried, ret);
}

static int carry(struct arena *arena, const struct linked *linked, const struct linked *old)
{
	const struct manifest *manifest = linked_manifest(arena, linked);
	struct carried *carried;
	uint32_t from;
	__u32 key = 0;
	int result;

	if (!manifest)
		return 0;
	carried = read_carried(arena, linked, manifest->count);
	if (!carried)
		return -EINVAL;
	from = carried->from;
	result = add_chain(arena, carried, manifest, old);
	if (result || carried->from == from)
		return result;
	return bpf_map_update_elem(linked->fds[LINKED_CARRIED], &key, carried, BPF_EXIST);
}

int linked_carry(const struct linked *linked, const struct linked *old, struct error *ret_error)
{
	struct arena *arena = arena_new();
	int result = carry(arena, linked, old);

	arena_free(arena);
	return result ? error_errno(ret_error, result, "carry the counters of chain %u over to %u",
				    old->id, linked->id)
		      : 0;
}
