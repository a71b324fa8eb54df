/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of kernel modules that a program calls. Such a call has the function's type in the
 * module's BTF (imm), and which module (off): an index into an array of descriptors that goes with
 * the load (bpf_attr.fd_array). 0 is the kernel itself.
 */
#ifndef ORDAIN_AGENT_LINK_MODULES_H
#define ORDAIN_AGENT_LINK_MODULES_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

struct bpf_object;

/* Ids of BTF objects; ids[off - 1] is that of the module of a call with that off, 0 if none is. */
struct modules {
	__u32 *ids;
	size_t count;
};

/*
 * The modules that a loaded program of the object calls, as the object names its functions: libbpf
 * tells nobody what it found. False if one cannot be found. To be freed with modules_free().
 */
bool modules_find(const struct bpf_object *object, const struct bpf_insn *insns, size_t count,
		  struct modules *ret);
void modules_free(struct modules *modules);

/* Does it call a function of a module? Then its off can be read, and written. */
bool modules_is_call(const struct bpf_insn *insn);

/*
 * The fd_array for these ids, slot 0 included; NULL for none of them. To be closed with
 * modules_close(). 0, or -errno: a module may be gone.
 */
int modules_open(const __u32 *ids, size_t count, int **ret_fds);
void modules_close(int *fds, size_t count);

#endif
