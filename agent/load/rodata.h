/* SPDX-License-Identifier: GPL-2.0-only */
/* The constants of an object that its user may set: `const volatile` globals, by name. */
#ifndef ORDAIN_AGENT_LOAD_RODATA_H
#define ORDAIN_AGENT_LOAD_RODATA_H

#include <bpf/libbpf.h>

#include "policy/model/policy.h"

/*
 * Gives variables their values in an object that is opened and not loaded yet. An error in `diags`,
 * at the variable's span, for each that the object does not have, that is of a type which cannot
 * be set, or whose type the value does not fit: an integer has to be in range, text needs room for
 * its NUL in an array of characters, and of a list that is shorter than the array the rest is 0.
 */
void rodata_set(struct bpf_object *object, const char *program, const struct variables *variables,
		struct diags *diags);

#endif
