/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be told of a program that somebody else loaded, from the instructions the kernel has. */
#ifndef ORDAIN_AGENT_JUDGES_FOREIGN_CODE_H
#define ORDAIN_AGENT_JUDGES_FOREIGN_CODE_H

#include <stdint.h>

#include "policy/base/arena.h"

/*
 * A helper that the loaded program calls and that changes packets: "it calls
 * bpf_skb_store_bytes". NULL if none is found, which proves nothing: stores through pointers are
 * not followed, and who may not read the instructions or /proc/kallsyms finds nothing. Needs
 * CAP_SYS_ADMIN.
 */
const char *foreign_changes(struct arena *arena, uint32_t program);

#endif
