/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "agent/system/files.h"

bool modules_is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL &&
	       insn->off > 0;
}

/* A name in the object may have a flavor behind it, "name___flavor", for libbpf alone. */
static bool is_name(const char *said, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(said, name, length) && (!said[length] || !strncmp(said + length, "___", 3));
}

static bool declares(const struct btf *object, const char *name)
{
	for (__u32 id = 1; id < btf__type_cnt(object); id++) {
		const struct btf_type *type = btf__type_by_id(object, id);

		if (btf_is_func(type) && is_name(btf__name_by_offset(object, type->name_off), name))
			return true;
	}
	return false;
}

struct search {
	const struct btf *object;
	const struct bpf_insn *insns;
	size_t count;
	struct btf *kernel;
	struct modules *modules;
};

/* Are all calls with that off to functions of this module that the object names? */
static bool is_module_of(const struct search *search, const struct btf *module, size_t off)
{
	for (size_t i = 0; i < search->count; i++) {
		const struct bpf_insn *insn = &search->insns[i];
		const struct btf_type *type;

		if (!modules_is_call(insn) || (size_t)insn->off != off)
			continue;
		if ((__u32)insn->imm < btf__type_cnt(search->kernel))
			return false;
		type = btf__type_by_id(module, (__u32)insn->imm);
		if (!type || !btf_is_func(type) ||
		    !declares(search->object, btf__name_by_offset(module, type->name_off)))
			return false;
	}
	return true;
}

/* BTF of the kernel's own that is none of vmlinux: that of a module. */
static bool is_module(__u32 id)
{
	int fd __attribute__((cleanup(fd_cleanup))) = bpf_btf_get_fd_by_id(id);
	char name[64] = "";
	struct bpf_btf_info info;
	__u32 size = sizeof(info);

	memset(&info, 0, sizeof(info));
	info.name = (__u64)(unsigned long)name;
	info.name_len = sizeof(name);
	return fd >= 0 && !bpf_btf_get_info_by_fd(fd, &info, &size) && info.kernel_btf &&
	       strcmp(name, "vmlinux") != 0;
}

static bool is_used(const struct search *search, size_t off)
{
	for (size_t i = 0; i < search->count; i++)
		if (modules_is_call(&search->insns[i]) && (size_t)search->insns[i].off == off)
			return true;
	return false;
}

/* How many are still to be found, after a look at this one. */
static size_t look_into(const struct search *search, __u32 id)
{
	struct btf *module = is_module(id) ? btf__load_from_kernel_by_id_split(id, search->kernel)
					   : NULL;
	size_t missing = 0;

	for (size_t off = 1; off <= search->modules->count; off++) {
		if (search->modules->ids[off - 1] || !is_used(search, off))
			continue;
		if (module && is_module_of(search, module, off))
			search->modules->ids[off - 1] = id;
		else
			missing++;
	}
	btf__free(module);
	return missing;
}

bool modules_find(const struct bpf_object *object, const struct bpf_insn *insns, size_t count,
		  struct modules *ret)
{
	struct search search = { bpf_object__btf(object), insns, count, NULL, ret };
	size_t missing = 0;
	__u32 id = 0;

	*ret = (struct modules){ 0 };
	for (size_t i = 0; i < count; i++)
		if (modules_is_call(&insns[i]) && (size_t)insns[i].off > ret->count)
			ret->count = (size_t)insns[i].off;
	if (!ret->count)
		return true;
	ret->ids = calloc(ret->count, sizeof(*ret->ids));
	if (!ret->ids)
		abort();
	search.kernel = btf__load_vmlinux_btf();
	missing = ret->count;
	while (search.object && search.kernel && missing && !bpf_btf_get_next_id(id, &id))
		missing = look_into(&search, id);
	btf__free(search.kernel);
	return !missing;
}

void modules_free(struct modules *modules)
{
	free(modules->ids);
	*modules = (struct modules){ 0 };
}

int modules_open(const __u32 *ids, size_t count, int **ret_fds)
{
	int *fds;

	*ret_fds = NULL;
	if (!count)
		return 0;
	fds = calloc(count + 1, sizeof(*fds));
	if (!fds)
		abort();
	for (size_t i = 0; i < count; i++) {
		fds[i + 1] = bpf_btf_get_fd_by_id(ids[i]);
		if (fds[i + 1] < 0) {
			int result = fds[i + 1];

			modules_close(fds, i);
			return result;
		}
	}
	*ret_fds = fds;
	return 0;
}

void modules_close(int *fds, size_t count)
{
	for (size_t i = 0; fds && i < count; i++)
		close(fds[i + 1]);
	free(fds);
}
