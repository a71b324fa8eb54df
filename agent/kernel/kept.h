/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chains that no link of ours holds, kept open: without their pins nothing else would tell that they
 * are ours, and the program array from which they call those of others would be emptied.
 */
#ifndef ORDAIN_AGENT_KERNEL_KEPT_H
#define ORDAIN_AGENT_KERNEL_KEPT_H

#include "agent/kernel/kernel_state.h"

/*
 * Is that chain of that hook pinned, or was it when it was asked for before? It is kept from then
 * on. *ret_manifest lives as long; NULL if it cannot be read.
 */
bool kept_get(struct kernel_linux *linux, struct pinned_hook hook, uint32_t program,
	      const struct manifest **ret_manifest);

void kept_drop(struct kernel_linux *linux, struct pinned_hook hook);
void kept_drop_all(struct kernel_linux *linux);

#endif
