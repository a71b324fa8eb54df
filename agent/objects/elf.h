/* SPDX-License-Identifier: GPL-2.0-only */
/* The few things about an ELF file that libbpf does not tell. By libelf, from memory. */
#ifndef ORDAIN_AGENT_OBJECTS_ELF_H
#define ORDAIN_AGENT_OBJECTS_ELF_H

#include <stdbool.h>

#include "policy/base/arena.h"

/* What libelf calls an Elf; for elf_end(). NULL: it is too damaged. The bytes have to stay. */
struct Elf;
struct Elf *elf_open(const void *bytes, size_t length);

/*
 * NULL if the bytes are a whole ELF file for BPF, with BTF that libbpf takes or none; else one line
 * that says what they are instead, in the arena.
 */
const char *elf_complaint(struct arena *arena, const void *bytes, size_t length);

/* Is it of a licence that may use what the kernel keeps for the GPL (include/linux/license.h)? */
bool elf_is_gpl(struct arena *arena, const void *bytes, size_t length);

#endif
