/* SPDX-License-Identifier: GPL-2.0-only */
/* The few things about an ELF file that libbpf does not tell. By libelf, from memory. */
#ifndef ORDAIN_AGENT_ELF_H
#define ORDAIN_AGENT_ELF_H

#include "policy/arena.h"

/*
 * NULL if the bytes are a whole ELF file for BPF; else one line that says what they are instead,
 * in the arena.
 */
const char *elf_complaint(struct arena *arena, const void *bytes, size_t length);

/* The licence that the object declares; "" if it declares none. In the arena. */
const char *elf_license(struct arena *arena, const void *bytes, size_t length);

#endif
