/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/load/rodata.h"

#include <string.h>

#include <bpf/btf.h>

/* A global of some .rodata section. */
struct constant {
	const char *name;
	const struct btf_type *type; /* typedefs and qualifiers resolved */
	char *bytes;
	size_t size;
};

struct constants {
	struct constant *items;
	size_t count;
};

struct setting {
	const struct btf *btf;
	const char *program;
	struct constants constants;
	struct diags *diags;
};

static const struct btf_type *resolve(const struct btf *btf, __u32 id)
{
	int resolved = btf__resolve_type(btf, id);

	return resolved < 0 ? NULL : btf__type_by_id(btf, (__u32)resolved);
}

static void add_section(struct setting *setting, const struct btf_type *section, char *bytes,
			size_t size)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(section);

	for (__u32 i = 0; i < btf_vlen(section); i++) {
		const struct btf_type *variable = btf__type_by_id(setting->btf, info[i].type);
		const struct btf_type *type =
			btf_is_var(variable) ? resolve(setting->btf, variable->type) : NULL;

		if (!type || info[i].offset > size || info[i].size > size - info[i].offset)
			continue;
		*list_push(setting->diags->arena, &setting->constants) = (struct constant){
			.name = btf__name_by_offset(setting->btf, variable->name_off),
			.type = type,
			.bytes = bytes + info[i].offset,
			.size = info[i].size,
		};
	}
}

static void find_constants(struct setting *setting, struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		const struct btf_type *section =
			setting->btf
				? btf__type_by_id(setting->btf, bpf_map__btf_value_type_id(map))
				: NULL;
		size_t size;
		char *bytes;

		if (!section || !btf_is_datasec(section) ||
		    strncmp(btf__name_by_offset(setting->btf, section->name_off), ".rodata", 7))
			continue;
		bytes = bpf_map__initial_value(map, &size);
		if (bytes)
			add_section(setting, section, bytes, size);
	}
}

static struct diag *refuse(struct setting *setting, const struct variable *variable,
			   const char *what)
{
	struct diag *diag = diag_error(setting->diags, DIAG_VARIABLE, variable->span,
				       "program '%s': variable '%s' %s", setting->program,
				       variable->name, what);

	diag->program = setting->program;
	return diag;
}

static bool is_number(const struct btf_type *type)
{
	return btf_is_int(type) || btf_is_any_enum(type);
}

static bool is_signed(const struct btf_type *type)
{
	return btf_is_int(type) ? (btf_int_encoding(type) & BTF_INT_SIGNED) != 0 : btf_kflag(type);
}

static bool is_boolean(const struct btf_type *type)
{
	return btf_is_int(type) && btf_int_encoding(type) & BTF_INT_BOOL;
}

/* Is it one that a type of so many bytes holds? */
static bool fits(const struct btf_type *type, int64_t value, bool huge)
{
	unsigned int bits = is_boolean(type) ? 1 : type->size * 8;
	int64_t limit;

	if (bits > 64 || (huge && (bits < 64 || is_signed(type))))
		return false;
	if (bits == 64)
		return huge || is_signed(type) || value >= 0;
	limit = INT64_C(1) << (bits - 1);
	if (is_signed(type) && bits > 1)
		return value >= -limit && value < limit;
	return value >= 0 && value < 2 * limit;
}

static void store(char *bytes, const struct btf_type *type, int64_t value)
{
	uint64_t bits = (uint64_t)value;

	for (__u32 i = 0; i < type->size; i++)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		bytes[i] = (char)(bits >> (8 * i));
#else
		bytes[type->size - 1 - i] = (char)(bits >> (8 * i));
#endif
}

/* "u32", "char[16]": what its developer would call it, and how much there is room for. */
static const char *type_words(const struct setting *setting, const struct btf_type *type)
{
	struct arena *arena = setting->diags->arena;
	const struct btf_array *array;

	if (is_boolean(type))
		return "a boolean";
	if (is_number(type))
		return arena_printf(arena, "%s number of %u bits",
				    is_signed(type) ? "a signed" : "an unsigned", type->size * 8);
	if (!btf_is_array(type))
		return btf_is_composite(type) ? "a struct or union" : "a pointer";
	array = btf_array(type);
	type = resolve(setting->btf, array->type);
	if (type && is_number(type) && type->size == 1)
		return arena_printf(arena, "an array of %u characters", array->nelems);
	return arena_printf(arena, "an array of %u %s", array->nelems,
			    type && is_number(type) ? "numbers" : "elements");
}

static void refuse_type(struct setting *setting, const struct variable *variable,
			const struct constant *constant, const char *value)
{
	refuse(setting, variable,
	       arena_printf(setting->diags->arena, "is %s, and %s does not fit",
			    type_words(setting, constant->type), value));
}

static void set_number(struct setting *setting, const struct variable *variable,
		       const struct constant *constant)
{
	const char *value = arena_printf(setting->diags->arena, variable->huge ? "%llu" : "%lld",
					 (long long)variable->integer);

	if (!is_number(constant->type) ||
	    !fits(constant->type, variable->integer, variable->huge)) {
		refuse_type(setting, variable, constant,
			    variable->kind == VARIABLE_BOOLEAN ? "a boolean" : value);
		return;
	}
	store(constant->bytes, constant->type, variable->integer);
}

static void set_string(struct setting *setting, const struct variable *variable,
		       const struct constant *constant)
{
	const struct btf_type *item =
		btf_is_array(constant->type)
			? resolve(setting->btf, btf_array(constant->type)->type)
			: NULL;
	size_t length = strlen(variable->string);

	if (!item || !is_number(item) || item->size != 1) {
		refuse_type(setting, variable, constant, "text");
		return;
	}
	if (length >= constant->size) {
		refuse_type(setting, variable, constant,
			    arena_printf(setting->diags->arena, "text of %zu bytes and a NUL",
					 length));
		return;
	}
	memset(constant->bytes, 0, constant->size);
	memcpy(constant->bytes, variable->string, length);
}

static void set_list(struct setting *setting, const struct variable *variable,
		     const struct constant *constant)
{
	const struct btf_type *item =
		btf_is_array(constant->type)
			? resolve(setting->btf, btf_array(constant->type)->type)
			: NULL;
	struct arena *arena = setting->diags->arena;

	if (!item || !is_number(item) || !item->size ||
	    variable->list_count > constant->size / item->size) {
		refuse_type(setting, variable, constant,
			    arena_printf(arena, "a list of %zu", variable->list_count));
		return;
	}
	memset(constant->bytes, 0, constant->size);
	for (size_t i = 0; i < variable->list_count; i++) {
		if (fits(item, variable->list[i], false))
			store(constant->bytes + i * item->size, item, variable->list[i]);
		else
			refuse(setting, variable,
			       arena_printf(arena, "holds %s each, and %lld does not fit",
					    type_words(setting, item),
					    (long long)variable->list[i]));
	}
}

static void refuse_unknown(struct setting *setting, const struct variable *variable)
{
	const struct constants *constants = &setting->constants;
	struct diags *diags = setting->diags;
	const char **names = arena_array(diags->arena, const char *, constants->count);
	struct text words = TEXT(diags->arena);
	struct diag *diag = refuse(setting, variable, "is none that the object has");
	const char *nearest;

	for (size_t i = 0; i < constants->count; i++) {
		names[i] = constants->items[i].name;
		text_printf(&words, "%s%s", i ? ", " : "", names[i]);
	}
	nearest = nearest_word(variable->name, names, constants->count);
	if (nearest)
		diag_label(diags, diag, "did you mean '%s'?", nearest);
	diag_help(diags, diag, "what can be set are 'const volatile' globals: it has %s",
		  constants->count ? text_string(&words) : "none");
}

static void set(struct setting *setting, const struct variable *variable)
{
	const struct constant *constant = NULL;

	for (size_t i = 0; i < setting->constants.count; i++)
		if (!strcmp(setting->constants.items[i].name, variable->name))
			constant = &setting->constants.items[i];
	if (!constant)
		refuse_unknown(setting, variable);
	else if (variable->kind == VARIABLE_STRING)
		set_string(setting, variable, constant);
	else if (variable->kind == VARIABLE_LIST)
		set_list(setting, variable, constant);
	else
		set_number(setting, variable, constant);
}

void rodata_set(struct bpf_object *object, const char *program, const struct variables *variables,
		struct diags *diags)
{
	struct setting setting = {
		.btf = bpf_object__btf(object),
		.program = program,
		.diags = diags,
	};

	find_constants(&setting, object);
	for (size_t i = 0; i < variables->count; i++)
		set(&setting, &variables->items[i]);
}
