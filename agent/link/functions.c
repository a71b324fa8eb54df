/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/functions.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

bool refers_to_function(const struct bpf_insn *insn)
{
	if (insn->code == (BPF_JMP | BPF_CALL))
		return insn->src_reg == BPF_PSEUDO_CALL;
	return is_wide(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

const bool *function_starts(struct arena *arena, const struct bpf_insn *insns, size_t count)
{
	bool *starts = arena_array(arena, bool, count);

	starts[0] = true;
	for (size_t i = 0; i < count; i++) {
		size_t target = i + 1 + (size_t)insns[i].imm;

		if (refers_to_function(&insns[i]) && target < count)
			starts[target] = true;
		if (is_wide(&insns[i]))
			i++;
	}
	return starts;
}

/* int FUNCTION(struct xdp_md *ctx): the verifier knows the context by the name of its struct. */
static int add_prototype(struct btf *btf, const char *context)
{
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int structure = btf__add_struct(btf, context, 4);
	int pointer, prototype;

	btf__add_field(btf, "first", number, 0, 0);
	pointer = btf__add_ptr(btf, structure);
	prototype = btf__add_func_proto(btf, number);
	return btf__add_func_param(btf, "ctx", pointer) ? -EINVAL : prototype;
}

static struct bpf_func_info *add_functions(struct arena *arena, struct btf *btf, int prototype,
					   const struct function *functions, size_t count)
{
	struct bpf_func_info *info = arena_array(arena, struct bpf_func_info, count);

	for (size_t i = 0; i < count; i++) {
		int id = btf__add_func(btf, functions[i].name,
				       functions[i].global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC,
				       prototype);

		if (id < 0)
			return NULL;
		info[i].insn_off = (__u32)functions[i].start;
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
	return error_errno(ret_error, fd, "load the type information of functions%s%s",
			   log[0] ? ": " : "", log);
}

int function_btf(struct arena *arena, const char *context, const struct function *functions,
		 size_t count, struct bpf_func_info **ret_info, struct error *ret_error)
{
	struct btf *btf = btf__new_empty();
	struct bpf_func_info *info = NULL;
	int prototype, fd;

	if (!btf)
		return error_errno(ret_error, -errno, "make the type information of functions");
	prototype = add_prototype(btf, context);
	if (prototype > 0)
		info = add_functions(arena, btf, prototype, functions, count);
	fd = info ? load_btf(btf, ret_error)
		  : error_set(ret_error, -EINVAL, "make the type information of functions");
	btf__free(btf);
	if (fd >= 0)
		*ret_info = info;
	return fd;
}
