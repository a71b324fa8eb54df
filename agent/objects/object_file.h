/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An object file taken apart, as libbpf would: sections, symbols and relocations, each where the
 * linker of a program looks for it. The bytes may be anybody's: whatever they say is checked, and
 * the work is bounded by their length.
 */
#ifndef ORDAIN_AGENT_OBJECTS_OBJECT_FILE_H
#define ORDAIN_AGENT_OBJECTS_OBJECT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/system/error.h"
#include "policy/base/arena.h"

struct Elf;
struct btf;

/* Longer names are none that a compiler or the kernel knows, and count as missing. */
enum { OBJECT_NAME_LIMIT = 512 };

struct object_section {
	const char *name; /* "" if it has none that can be read */
	const unsigned char *bytes; /* NULL: none in the file */
	size_t size;
	bool code;
};

struct object_symbol {
	const char *name; /* "" if it has none that can be read */
	uint64_t value;
	uint64_t size;
	size_t section; /* index; 0: in no section of this file */
	bool external; /* somebody else is to provide it: the kernel, libbpf */
	bool function;
	bool variable;
	bool global;
	bool stands_for_section;
};

struct object_relocation {
	size_t section;
	uint64_t offset;
	size_t symbol; /* index, of one that is there */
};

struct object_file {
	struct Elf *elf;
	struct btf *btf; /* NULL: it has none that can be read */
	struct {
		struct object_section *items; /* [0] is none */
		size_t count;
	} sections;
	struct {
		struct object_symbol *items; /* [0] is none */
		size_t count;
	} symbols;
	struct {
		size_t *items; /* symbols in code, by section and place */
		size_t count;
	} functions;
	struct {
		struct object_relocation *items; /* of code, by section and offset */
		size_t count;
	} relocations;
	size_t text; /* the section of subprograms, ".text"; 0: there is none */
};

/*
 * 0, or -EINVAL with one line that says why. The bytes have to stay until it is closed, and what it
 * points to goes with it but for what is in the arena.
 */
int object_file_open(struct arena *arena, const void *bytes, size_t length, struct object_file *ret,
		     struct error *ret_error);
void object_file_close(struct object_file *file);

/* The first section of that name; 0: there is none. */
size_t object_file_section(const struct object_file *file, const char *name);

/* Can it be loaded by itself? In .text they are called by others, unless one is alone there. */
bool object_file_main(const struct object_file *file, const struct object_symbol *function);

/* The function that starts there; NULL: none does. */
const struct object_symbol *object_file_function(const struct object_file *file, size_t section,
						 uint64_t offset);

/* NULL: there is none. */
const struct object_relocation *object_file_relocation(const struct object_file *file,
						       size_t section, uint64_t offset);

#endif
