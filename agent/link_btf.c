/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "link_code.h"

/* BTF names are C identifiers; the index keeps `a-b` and `a_b` apart. */
static const char *function_name(struct arena *arena, const struct link_request *request,
				 const struct link_function *function, size_t index)
{
	const char *program;
	char *name;

	if (function->element == DISPATCHER)
		program = hook_name(request->hook);
	else
		program = request->items[function->element].element->name;
	if (function->element == DISPATCHER)
		name = arena_printf(arena, "ordain_%s", program);
	else if (function->entry)
		name = arena_printf(arena, "%s_%zu", program, function->element + 1);
	else
		name = arena_printf(arena, "%s_%zu_sub%zu", program, function->element + 1, index);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	/* A program's name may start with a digit. */
	return name[0] >= '0' && name[0] <= '9' ? arena_printf(arena, "_%s", name) : name;
}

/* int FUNCTION(struct xdp_md *ctx): the verifier knows the context by the name of its struct. */
static int add_prototype(struct btf *btf, enum hook hook)
{
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int context = btf__add_struct(btf, hook == HOOK_XDP ? "xdp_md" : "__sk_buff", 4);
	int pointer, prototype;

	btf__add_field(btf, "first", number, 0, 0);
	pointer = btf__add_ptr(btf, context);
	prototype = btf__add_func_proto(btf, number);
	return btf__add_func_param(btf, "ctx", pointer) ? -EINVAL : prototype;
}

static struct bpf_func_info *add_functions(struct arena *arena, struct btf *btf, int prototype,
					   const struct link_request *request,
					   const struct link_code *code)
{
	struct bpf_func_info *info =
		arena_array(arena, struct bpf_func_info, code->functions.count);

	for (size_t i = 0; i < code->functions.count; i++) {
		const struct link_function *function = &code->functions.items[i];
		bool global = function->entry && function->element != DISPATCHER;
		int id = btf__add_func(btf, function_name(arena, request, function, i),
				       global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC, prototype);

		if (id < 0)
			return NULL;
		info[i].insn_off = (__u32)function->start;
		info[i].type_id = (__u32)id;
	}
	return info;
}

static int load_btf(const struct btf *btf, struct error *ret_error)
{
	char log[256] = "";
	LIBBPF_OPTS(bpf_btf_load_opts, options, .log_buf = log, .log_size = sizeof(log),
		    .log_level = 1);
	__u32 size;
	const void *bytes = btf__raw_data(btf, &size);
	int fd = bytes ? bpf_btf_load(bytes, size, NULL) : -ENOMEM;

	if (fd >= 0)
		return fd;
	if (bytes && fd != -EPERM)
		bpf_btf_load(bytes, size, &options);
	return error_errno(ret_error, fd, "load the chain's type information%s%s",
			   log[0] ? ": " : "", log);
}

int link_btf(struct arena *arena, const struct link_request *request, const struct link_code *code,
	     struct bpf_func_info **ret_info, struct error *ret_error)
{
	struct btf *btf = btf__new_empty();
	struct bpf_func_info *info = NULL;
	int prototype, fd;

	if (!btf)
		return error_errno(ret_error, -errno, "make the chain's type information");
	prototype = add_prototype(btf, request->hook);
	if (prototype > 0)
		info = add_functions(arena, btf, prototype, request, code);
	fd = info ? load_btf(btf, ret_error)
		  : error_set(ret_error, -EINVAL, "make the chain's type information");
	btf__free(btf);
	if (fd >= 0)
		*ret_info = info;
	return fd;
}
