/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/elf.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>

#include <bpf/btf.h>

#include "agent/load/libbpf_log.h"

static void elf_cleanup(Elf **elf)
{
	if (*elf)
		elf_end(*elf);
}

/* libelf wants a writable pointer, and does not write. */
struct Elf *elf_open(const void *bytes, size_t length)
{
	union {
		const void *in;
		char *out;
	} image = { .in = bytes };

	if (elf_version(EV_CURRENT) == EV_NONE)
		return NULL;
	return elf_memory(image.out, length);
}

/* libbpf does without BTF that is damaged, and may end the process later, when it needs it. */
static bool btf_is_damaged(const Elf_Data *data)
{
	struct btf *btf = NULL;

	libbpf_log_end();
	if (data->d_size <= UINT32_MAX)
		btf = btf__new(data->d_buf, (__u32)data->d_size);
	btf__free(btf);
	return !btf;
}

static bool has_damaged_btf(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		data = name && !strcmp(name, ".BTF") ? elf_getdata(section, NULL) : NULL;
		if (data && data->d_buf && btf_is_damaged(data))
			return true;
	}
	return false;
}

const char *elf_complaint(struct arena *arena, const void *bytes, size_t length)
{
	__attribute__((cleanup(elf_cleanup))) Elf *elf = NULL;
	GElf_Ehdr header;
	Elf_Scn *section = NULL;
	GElf_Shdr section_header;

	if (length < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return "it is no ELF file";
	elf = elf_open(bytes, length);
	if (!elf || !gelf_getehdr(elf, &header))
		return "its ELF header is damaged or cut short";
	if (header.e_machine != EM_BPF)
		return arena_printf(arena, "it is an ELF file for another machine (%u), not BPF",
				    header.e_machine);
	if (!header.e_shoff || header.e_shoff >= length ||
	    (length - header.e_shoff) / sizeof(Elf64_Shdr) < header.e_shnum)
		return arena_printf(arena, "it is cut short after %zu bytes", length);
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &section_header))
			return "its section table is damaged";
		if (section_header.sh_type != SHT_NOBITS &&
		    (section_header.sh_offset > length ||
		     section_header.sh_size > length - section_header.sh_offset))
			return arena_printf(arena, "it is cut short after %zu bytes", length);
	}
	return has_damaged_btf(elf) ? "its BTF is damaged" : NULL;
}

static const char *license_of(struct arena *arena, const void *bytes, size_t length)
{
	__attribute__((cleanup(elf_cleanup))) Elf *elf = elf_open(bytes, length);
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return "";
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		data = name && !strcmp(name, "license") ? elf_getdata(section, NULL) : NULL;
		if (data && data->d_size)
			return arena_strndup(arena, data->d_buf, data->d_size);
	}
	return "";
}

/* The kernel's list of licences that may use GPL-only helpers (include/linux/license.h). */
static bool license_is_gpl(const char *license)
{
	static const char *const compatible[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};

	for (size_t i = 0; i < sizeof(compatible) / sizeof(compatible[0]); i++)
		if (!strcmp(license, compatible[i]))
			return true;
	return false;
}

bool elf_is_gpl(struct arena *arena, const void *bytes, size_t length)
{
	return license_is_gpl(license_of(arena, bytes, length));
}
