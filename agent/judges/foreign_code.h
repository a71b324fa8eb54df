/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be told of a program that somebody else loaded, from the instructions the kernel has. */
#ifndef ORDAIN_AGENT_JUDGES_FOREIGN_CODE_H
#define ORDAIN_AGENT_JUDGES_FOREIGN_CODE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/arena.h"

/* The instructions of a loaded program as the kernel has them. */
struct loaded_code {
	struct bpf_insn *insns;
	size_t count; /* 0: they cannot be read */
};

/* Needs CAP_SYS_ADMIN. */
struct loaded_code loaded_code_read(struct arena *arena, uint32_t program);

/*
 * There a call of a helper has its distance from __bpf_call_base, and of a tail call the helper's
 * number; 0, which is no call here, for who may not see addresses.
 */
bool loaded_calls_helper(const struct bpf_insn *insn);

/*
 * A helper that the loaded program calls and that changes packets: "it calls
 * bpf_skb_store_bytes". NULL if none is found, which proves nothing: stores through pointers are
 * not followed, and who may not read the instructions or /proc/kallsyms finds nothing. Needs
 * CAP_SYS_ADMIN.
 */
const char *foreign_changes(struct arena *arena, uint32_t program);

#endif
