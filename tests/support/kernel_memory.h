/* SPDX-License-Identifier: GPL-2.0-only */
/* The seam of agent/kernel/kernel.h on a machine in memory. */
#ifndef ORDAIN_TESTS_SUPPORT_KERNEL_MEMORY_H
#define ORDAIN_TESTS_SUPPORT_KERNEL_MEMORY_H

#include "agent/kernel/kernel.h"
#include "machine.h"

/*
 * Opens what an agent would: links that it sees are held until close, so they survive the loss of
 * their pins. `before_change` is asked before each single change, as kernel_linux does; a negative
 * errno refuses it; NULL allows all. The machine and the objects must outlive it.
 */
struct kernel *kernel_memory_open(struct machine *machine, struct object_source objects,
				  int (*before_change)(void *context, const char *what),
				  void *context);

#endif
