/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of the context: struct xdp_md and struct __sk_buff of linux/bpf.h. */
#ifndef ORDAIN_POLICY_ANALYSIS_CONTEXT_H
#define ORDAIN_POLICY_ANALYSIS_CONTEXT_H

#include "policy/model/hook.h"

/* "mark", "cb[2]": the field that the byte at `offset` is in; NULL: none that is known. */
const char *context_field_name(enum hook hook, int offset);

/*
 * The kinds of value (value.h) that a load of `size` bytes gives: KIND_UNKNOWN where it touches a
 * pointer without being the load of that pointer, or is outside of what is known.
 */
unsigned int context_field_kinds(enum hook hook, int offset, unsigned int size);

#endif
