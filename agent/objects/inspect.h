/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an object file says about itself, read without a kernel: is it BPF, which function is
 * meant, does it fit its hook, and does it hold anything that cannot be linked into a chain.
 */
#ifndef ORDAIN_AGENT_OBJECTS_INSPECT_H
#define ORDAIN_AGENT_OBJECTS_INSPECT_H

#include <stdbool.h>

#include "policy/model/policy.h"

struct bpf_program;

/*
 * Judges the object that `program` wants to run on one of its hooks, with its variables. Everything
 * wrong goes into `diags`, at the place of the key that says so, and the result is false. Otherwise
 * *ret_function is the function's name, resolved where the policy gives none, allocated in
 * diags->arena, and *ret_frags whether it takes XDP packets of several buffers.
 */
bool inspect_object(const struct program *program, enum hook hook, const void *bytes, size_t length,
		    struct diags *diags, const char **ret_function, bool *ret_frags);

/* Does it declare that it takes XDP packets of several buffers? Kernel >= 5.18. */
bool inspect_frags(const struct bpf_program *function);

#endif
