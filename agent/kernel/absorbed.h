/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that somebody else loaded, as an element of a chain of ours. */
#ifndef ORDAIN_AGENT_KERNEL_ABSORBED_H
#define ORDAIN_AGENT_KERNEL_ABSORBED_H

#include "agent/link/linked.h"

/*
 * Opens the program of an absorbed element: ret->program is a descriptor that the caller closes. A
 * program that no chain can call is an error in `diags`, with diag.program set, and ret->program is
 * -1.
 */
void absorbed_open(const struct manifest_element *element, enum hook hook, struct diags *diags,
		   struct linked_element *ret);

/* The expected_attach_type that it was loaded with; -EINVAL: nobody can tell. */
int absorbed_attach_type(int program, enum hook hook, enum bpf_attach_type *ret);

#endif
