/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An object as its own loader would run it: loaded by libbpf, without its pin paths and without
 * ordain, for one hook.
 */
#ifndef ORDAIN_TESTS_SUPPORT_ALONE_H
#define ORDAIN_TESTS_SUPPORT_ALONE_H

#include "policy/base/arena.h"
#include "policy/model/hook.h"

struct bpf_object;

/* The functions of an object that could run on the hook, with blanks between them. */
const char *alone_functions(struct arena *arena, const char *path, enum hook hook);

/* NULL: this kernel does not take it. To be closed with bpf_object__close(). */
struct bpf_object *alone_load(const char *path, enum hook hook);

/*
 * The same with nothing but one function of it, for the hook that its section says; *ret_hook is set
 * in any case. errno says why it is NULL.
 */
struct bpf_object *alone_load_function(const char *path, const char *function, enum hook *ret_hook);

/* A descriptor that lives as long as the object. */
int alone_program(const struct bpf_object *object, const char *function);

/* -1: it has no such map. */
int alone_map(const struct bpf_object *object, const char *map);

#endif
