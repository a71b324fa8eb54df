/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice_full.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "agent/notice/notice_object.h"

/* Without it: is less heard than by the tracepoints? */
static bool is_essential(const struct btf *kernel, const char *function)
{
	static const char *const optional[] = { "simple_unlink" };
	static const char *const of_tcx[] = { "tcx_", "bpf_mprog_" };

	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		if (!strcmp(function, optional[i]))
			return false;
	for (size_t i = 0; i < sizeof(of_tcx) / sizeof(of_tcx[0]); i++)
		if (!strncmp(function, of_tcx[i], strlen(of_tcx[i])))
			return btf__find_by_name_kind(kernel, "tcx_link", BTF_KIND_STRUCT) > 0;
	return true;
}

/* Leaves out what this kernel does not have; -ENOENT: what cannot be done without. */
static int choose(struct bpf_object *object)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program;
	int result = 0;

	if (!kernel)
		return -errno;
	bpf_object__for_each_program(program, object)
	{
		const char *function = strchr(bpf_program__section_name(program), '/') + 1;

		if (btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0)
			continue;
		bpf_program__set_autoload(program, false);
		if (is_essential(kernel, function))
			result = -ENOENT;
	}
	btf__free(kernel);
	return result;
}

static int attach(struct bpf_object *object, struct notice_fds *ret)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		const struct bpf_link *link;

		if (!bpf_program__autoload(program))
			continue;
		link = bpf_program__attach(program);
		if (!link)
			return -errno;
		notice_fds_add(ret, bpf_link__fd(link));
	}
	return 0;
}

int notice_full_open(const struct notice_self *self, struct notice_fds *ret)
{
	struct bpf_object *object = notice_object_full(self);
	int result;

	if (!object)
		return -errno;
	result = choose(object);
	if (!result)
		result = bpf_object__load(object);
	if (result)
		return result;
	notice_fds_add(ret, bpf_object__find_map_fd_by_name(object, "events"));
	return attach(object, ret);
}
