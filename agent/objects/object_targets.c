/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/object_targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

/* The sections of BTF whose variables are none of the program's own. */
enum group { GROUP_MAPS, GROUP_KCONFIG, GROUP_KSYMS, GROUP_COUNT };

static const char *const group_names[GROUP_COUNT] = {
	[GROUP_MAPS] = ".maps",
	[GROUP_KCONFIG] = ".kconfig",
	[GROUP_KSYMS] = ".ksyms",
};

struct declaration {
	const char *name; /* in the BTF */
	enum group group;
	__u32 type; /* a VAR, or a FUNC */
};

struct object_targets {
	struct arena *arena;
	const struct object_file *file;
	struct {
		struct declaration *items; /* by name and group */
		size_t count;
	} declarations;
	struct insn_target *known; /* for each symbol; TARGET_NONE: not asked for yet */
};

static int compare_declarations(const void *a, const void *b)
{
	const struct declaration *x = a;
	const struct declaration *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->group != y->group ? (int)x->group - (int)y->group
				    : (x->type > y->type) - (x->type < y->type);
}

static void read_group(struct object_targets *targets, const struct btf_type *section,
		       enum group group)
{
	const struct btf *btf = targets->file->btf;
	const struct btf_var_secinfo *variable = btf_var_secinfos(section);

	for (size_t i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *type = btf__type_by_id(btf, variable->type);
		const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

		if (!name || strnlen(name, OBJECT_NAME_LIMIT) >= OBJECT_NAME_LIMIT ||
		    (!btf_is_var(type) && !btf_is_func(type)))
			continue;
		*list_push(targets->arena, &targets->declarations) =
			(struct declaration){ name, group, variable->type };
	}
}

static void read_declarations(struct object_targets *targets)
{
	const struct btf *btf = targets->file->btf;

	for (__u32 id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_datasec(type))
			continue;
		name = btf__name_by_offset(btf, type->name_off);
		for (enum group group = 0; name && group < GROUP_COUNT; group++)
			if (!strcmp(name, group_names[group]))
				read_group(targets, type, group);
	}
	if (targets->declarations.count)
		qsort(targets->declarations.items, targets->declarations.count,
		      sizeof(*targets->declarations.items), compare_declarations);
}

struct object_targets *object_targets_new(struct arena *arena, const struct object_file *file)
{
	struct object_targets *targets = arena_alloc(arena, sizeof(*targets));

	targets->arena = arena;
	targets->file = file;
	targets->known = arena_array(arena, struct insn_target, file->symbols.count);
	read_declarations(targets);
	return targets;
}

static const struct declaration *find(const struct object_targets *targets, const char *name,
				      enum group group)
{
	size_t low = 0, high = targets->declarations.count;
	const struct declaration *items = targets->declarations.items;
	struct declaration wanted = { name, group, 0 };

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_declarations(&items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == targets->declarations.count || items[low].group != group ||
	    strcmp(items[low].name, name) != 0)
		return NULL;
	return &items[low];
}

static const struct btf_type *resolve(const struct btf *btf, __u32 id)
{
	int resolved = btf__resolve_type(btf, id);

	return resolved < 0 ? NULL : btf__type_by_id(btf, (__u32)resolved);
}

/* `__uint(type, BPF_MAP_TYPE_HASH)` is int (*type)[BPF_MAP_TYPE_HASH]: the number is a length. */
static __u32 number_of(const struct btf *btf, __u32 id)
{
	const struct btf_type *pointer = resolve(btf, id);
	const struct btf_type *array = pointer && btf_is_ptr(pointer) ? resolve(btf, pointer->type)
								      : NULL;

	return array && btf_is_array(array) ? btf_array(array)->nelems : 0;
}

static enum bpf_map_type map_type(const struct btf *btf, const struct declaration *map)
{
	const struct btf_type *variable = btf__type_by_id(btf, map->type);
	const struct btf_type *definition = btf_is_var(variable) ? resolve(btf, variable->type)
								 : NULL;
	const struct btf_member *member;

	if (!definition || !btf_is_struct(definition))
		return BPF_MAP_TYPE_UNSPEC;
	member = btf_members(definition);
	for (size_t i = 0; i < btf_vlen(definition); i++, member++) {
		const char *name = btf__name_by_offset(btf, member->name_off);

		if (name && !strcmp(name, "type"))
			return (enum bpf_map_type)number_of(btf, member->type);
	}
	return BPF_MAP_TYPE_UNSPEC;
}

static int map_target(const struct object_targets *targets, const struct object_symbol *symbol,
		      struct insn_target *ret, struct error *ret_error)
{
	const struct declaration *map = find(targets, symbol->name, GROUP_MAPS);

	if (!symbol->variable)
		return error_set(ret_error, -EINVAL, "it has static maps, which have no symbols");
	if (!map)
		return error_set(ret_error, -EINVAL, "its BTF says nothing of the map '%s'",
				 symbol->name);
	*ret = (struct insn_target){ TARGET_MAP, arena_strdup(targets->arena, symbol->name),
				     map_type(targets->file->btf, map) };
	return 0;
}

static bool is_named(const char *section, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(section, name, length) && (!section[length] || section[length] == '.');
}

/* libbpf makes a map of each of these sections. */
static int data_target(const struct object_targets *targets, const char *section,
		       struct insn_target *ret, struct error *ret_error)
{
	enum bpf_map_type type = BPF_MAP_TYPE_ARRAY;

	if (!strcmp(section, ".addr_space.1"))
		type = BPF_MAP_TYPE_ARENA;
	else if (!is_named(section, ".data") && !is_named(section, ".rodata") &&
		 !is_named(section, ".bss"))
		return error_set(ret_error, -EINVAL,
				 "its code refers to section '%s', which is neither maps nor data",
				 section);
	*ret = (struct insn_target){ TARGET_MAP_VALUE, arena_strdup(targets->arena, section),
				     type };
	return 0;
}

/* "bpf_cpumask_create___v2" is another view of bpf_cpumask_create; the last such end counts. */
static const char *kernel_name(const struct object_targets *targets, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = length; i-- > 1;)
		if (!strncmp(name + i, "___", 3) && name[i - 1] != '_' && name[i + 3] &&
		    name[i + 3] != '_')
			return arena_strndup(targets->arena, name, i);
	return arena_strdup(targets->arena, name);
}

static int external_target(const struct object_targets *targets, const struct object_symbol *symbol,
			   struct insn_target *ret, struct error *ret_error)
{
	if (find(targets, symbol->name, GROUP_KCONFIG))
		*ret = (struct insn_target){ TARGET_MAP_VALUE, group_names[GROUP_KCONFIG],
					     BPF_MAP_TYPE_ARRAY };
	else if (find(targets, symbol->name, GROUP_KSYMS))
		*ret = (struct insn_target){ .kind = TARGET_SYMBOL,
					     .name = kernel_name(targets, symbol->name) };
	else
		return error_set(ret_error, -EINVAL,
				 "'%s' is to come from elsewhere, and its BTF does not say whence",
				 symbol->name);
	return 0;
}

static int find_target(const struct object_targets *targets, const struct object_symbol *symbol,
		       struct insn_target *ret, struct error *ret_error)
{
	const char *section = targets->file->sections.items[symbol->section].name;

	if (symbol->external)
		return external_target(targets, symbol, ret, ret_error);
	if (!symbol->section)
		return error_set(ret_error, -EINVAL, "its code refers to nothing in this file");
	if (!strcmp(section, group_names[GROUP_MAPS]))
		return map_target(targets, symbol, ret, ret_error);
	return data_target(targets, section, ret, ret_error);
}

int object_target(struct object_targets *targets, size_t symbol, bool called,
		  struct insn_target *ret, struct error *ret_error)
{
	struct insn_target *known = &targets->known[symbol];
	int result = 0;

	if (known->kind == TARGET_NONE)
		result = find_target(targets, &targets->file->symbols.items[symbol], known,
				     ret_error);
	if (result)
		return result;
	if (called && known->kind != TARGET_SYMBOL)
		return error_set(ret_error, -EINVAL, "its code calls '%s', which is no function",
				 known->name);
	*ret = *known;
	if (called)
		ret->kind = TARGET_KFUNC;
	return 0;
}
