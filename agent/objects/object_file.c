/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/object_file.h"

#include <endian.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "agent/load/libbpf_log.h"
#include "agent/objects/elf.h"

enum { SECTION_LIMIT = 4096 };

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static const char *name_at(Elf *elf, size_t strings, size_t offset)
{
	const char *name = elf_strptr(elf, strings, offset);

	return name && strnlen(name, OBJECT_NAME_LIMIT) < OBJECT_NAME_LIMIT ? name : "";
}

static int refuse(struct error *ret_error, const char *why)
{
	return error_set(ret_error, -EINVAL, "%s", why);
}

/* Others can be well-formed ELF for BPF, but nobody can load them here. */
static int check_header(Elf *elf, struct error *ret_error)
{
	const int native = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	GElf_Ehdr header;

	if (!gelf_getehdr(elf, &header) || header.e_ident[EI_CLASS] != ELFCLASS64)
		return refuse(ret_error, "it is no ELF file of 64 bits");
	if (header.e_ident[EI_DATA] != native)
		return refuse(ret_error, "it is for machines of the other byte order");
	if (header.e_type != ET_REL)
		return refuse(ret_error, "it is linked to its end: an object is relocatable");
	return 0;
}

static int read_sections(struct arena *arena, struct object_file *file, struct error *ret_error)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(file->elf, &names))
		return refuse(ret_error, "its sections have no names");
	list_push(arena, &file->sections);
	while ((scn = elf_nextscn(file->elf, scn))) {
		struct object_section *section = list_push(arena, &file->sections);
		GElf_Shdr header;
		Elf_Data *data;

		section->name = "";
		if (file->sections.count > SECTION_LIMIT)
			return refuse(ret_error, "it has more than 4096 sections");
		if (elf_ndxscn(scn) != file->sections.count - 1 || !gelf_getshdr(scn, &header))
			return refuse(ret_error, "its section table is damaged");
		section->name = name_at(file->elf, names, header.sh_name);
		if (header.sh_type != SHT_PROGBITS)
			continue;
		data = elf_getdata(scn, NULL);
		if (!data || !data->d_buf)
			continue;
		section->bytes = data->d_buf;
		section->size = data->d_size;
		section->code = header.sh_flags & SHF_EXECINSTR && section->size;
		if (section->code && !strcmp(section->name, ".text"))
			file->text = file->sections.count - 1;
	}
	file->sections.items[0].name = "";
	return 0;
}

static void add_symbol(struct arena *arena, struct object_file *file, const GElf_Sym *sym,
		       size_t strings)
{
	struct object_symbol *symbol = list_push(arena, &file->symbols);
	int type = GELF_ST_TYPE(sym->st_info);

	*symbol = (struct object_symbol){
		.name = name_at(file->elf, strings, sym->st_name),
		.value = sym->st_value,
		.size = sym->st_size,
		.section = sym->st_shndx < file->sections.count ? sym->st_shndx : 0,
		.external = sym->st_shndx == SHN_UNDEF && type == STT_NOTYPE,
		.function = type == STT_FUNC,
		.variable = type == STT_OBJECT,
		.global = GELF_ST_BIND(sym->st_info) != STB_LOCAL,
		.stands_for_section = type == STT_SECTION,
	};
	symbol->external = symbol->external && symbol->global && *symbol->name;
	if (symbol->function && file->sections.items[symbol->section].code)
		*list_push(arena, &file->functions) = file->symbols.count - 1;
}

static int read_symbols(struct arena *arena, struct object_file *file, struct error *ret_error)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	GElf_Sym sym;

	while ((scn = elf_nextscn(file->elf, scn))) {
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		if (file->symbols.count)
			return refuse(ret_error, "it has several tables of symbols");
		data = elf_getdata(scn, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &sym); i++)
			add_symbol(arena, file, &sym, header.sh_link);
	}
	return 0;
}

static int read_relocations_of(struct arena *arena, struct object_file *file, size_t section,
			       Elf_Data *data, struct error *ret_error)
{
	GElf_Rel rel;

	for (int i = 0; data && gelf_getrel(data, i, &rel); i++) {
		if (GELF_R_SYM(rel.r_info) >= file->symbols.count)
			return refuse(ret_error, "a relocation of its code has no symbol");
		*list_push(arena, &file->relocations) = (struct object_relocation){
			.section = section,
			.offset = rel.r_offset,
			.symbol = GELF_R_SYM(rel.r_info),
		};
	}
	return 0;
}

static int read_relocations(struct arena *arena, struct object_file *file, struct error *ret_error)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr header;
	int result = 0;

	while (!result && (scn = elf_nextscn(file->elf, scn))) {
		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_REL ||
		    header.sh_info >= file->sections.count ||
		    !file->sections.items[header.sh_info].code)
			continue;
		result = read_relocations_of(arena, file, header.sh_info, elf_getdata(scn, NULL),
					     ret_error);
	}
	return result;
}

static int compare_places(size_t section, uint64_t offset, size_t other_section, uint64_t other)
{
	int order = compare(section, other_section);

	return order ? order : compare(offset, other);
}

static int compare_relocations(const void *a, const void *b)
{
	const struct object_relocation *x = a;
	const struct object_relocation *y = b;
	int order = compare_places(x->section, x->offset, y->section, y->offset);

	return order ? order : compare(x->symbol, y->symbol);
}

static int compare_functions(const void *a, const void *b, void *symbols)
{
	const size_t *x = a;
	const size_t *y = b;
	const struct object_symbol *first = (struct object_symbol *)symbols + *x;
	const struct object_symbol *second = (struct object_symbol *)symbols + *y;
	int order = compare_places(first->section, first->value, second->section, second->value);

	return order ? order : compare(*x, *y);
}

/* So that each can be found by where it is; two for one instruction contradict each other. */
static int sort(struct object_file *file, struct error *ret_error)
{
	struct object_relocation *items = file->relocations.items;

	if (file->functions.count)
		qsort_r(file->functions.items, file->functions.count,
			sizeof(*file->functions.items), compare_functions, file->symbols.items);
	if (file->relocations.count)
		qsort(items, file->relocations.count, sizeof(*items), compare_relocations);
	for (size_t i = 1; i < file->relocations.count; i++)
		if (!compare_places(items[i - 1].section, items[i - 1].offset, items[i].section,
				    items[i].offset))
			return refuse(ret_error, "two of its relocations are for one instruction");
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A program is chosen by its name. Of two, libbpf and we could mean different ones. */
static int check_names(struct arena *arena, const struct object_file *file, struct error *ret_error)
{
	const char **names = arena_array(arena, const char *, file->functions.count);
	size_t count = 0;

	for (size_t i = 0; i < file->functions.count; i++) {
		const struct object_symbol *symbol = &file->symbols.items[file->functions.items[i]];

		if (object_file_main(file, symbol))
			names[count++] = symbol->name;
	}
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(names[i - 1], names[i]))
			return error_set(ret_error, -EINVAL, "two of its functions are called '%s'",
					 names[i]);
	return 0;
}

static int read_all(struct arena *arena, struct object_file *file, struct error *ret_error)
{
	int result = check_header(file->elf, ret_error);

	if (!result)
		result = read_sections(arena, file, ret_error);
	if (!result)
		result = read_symbols(arena, file, ret_error);
	if (!result)
		result = read_relocations(arena, file, ret_error);
	if (!result)
		result = sort(file, ret_error);
	return result ? result : check_names(arena, file, ret_error);
}

int object_file_open(struct arena *arena, const void *bytes, size_t length, struct object_file *ret,
		     struct error *ret_error)
{
	const char *complaint = elf_complaint(arena, bytes, length);
	struct object_file file = { 0 };
	size_t btf;
	int result;

	if (complaint)
		return refuse(ret_error, complaint);
	file.elf = elf_open(bytes, length);
	if (!file.elf)
		return refuse(ret_error, "its ELF header is damaged or cut short");
	result = read_all(arena, &file, ret_error);
	btf = result ? 0 : object_file_section(&file, ".BTF");
	libbpf_log_end();
	if (btf && file.sections.items[btf].size <= UINT32_MAX)
		file.btf = btf__new(file.sections.items[btf].bytes,
				    (__u32)file.sections.items[btf].size);
	if (result)
		object_file_close(&file);
	else
		*ret = file;
	return result;
}

void object_file_close(struct object_file *file)
{
	btf__free(file->btf);
	if (file->elf)
		elf_end(file->elf);
	*file = (struct object_file){ 0 };
}

size_t object_file_section(const struct object_file *file, const char *name)
{
	for (size_t i = 1; i < file->sections.count; i++)
		if (!strcmp(file->sections.items[i].name, name) && file->sections.items[i].bytes)
			return i;
	return 0;
}

bool object_file_main(const struct object_file *file, const struct object_symbol *function)
{
	return function->section != file->text || file->functions.count == 1;
}

const struct object_symbol *object_file_function(const struct object_file *file, size_t section,
						 uint64_t offset)
{
	size_t low = 0, high = file->functions.count;
	const struct object_symbol *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct object_symbol *at =
			&file->symbols.items[file->functions.items[middle]];

		if (compare_places(at->section, at->value, section, offset) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == file->functions.count)
		return NULL;
	found = &file->symbols.items[file->functions.items[low]];
	return found->section == section && found->value == offset ? found : NULL;
}

const struct object_relocation *object_file_relocation(const struct object_file *file,
						       size_t section, uint64_t offset)
{
	size_t low = 0, high = file->relocations.count;
	const struct object_relocation *items = file->relocations.items;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_places(items[middle].section, items[middle].offset, section, offset) <
		    0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == file->relocations.count || items[low].section != section ||
	    items[low].offset != offset)
		return NULL;
	return &items[low];
}
