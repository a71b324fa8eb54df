/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/functions.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

/* The parts of struct bpf_line_info.line_col (include/uapi/linux/bpf.h). */
enum { LINE_SHIFT = 10, COLUMN_MASK = (1 << LINE_SHIFT) - 1 };

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

static bool add_functions(struct arena *arena, struct btf *btf, int prototype,
			  const struct function *functions, size_t count,
			  struct function_info *info)
{
	info->functions = arena_array(arena, struct bpf_func_info, count);
	for (size_t i = 0; i < count; i++) {
		int id = btf__add_func(btf, functions[i].name,
				       functions[i].global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC,
				       prototype);

		if (id < 0)
			return false;
		info->functions[i].insn_off = (__u32)functions[i].start;
		info->functions[i].type_id = (__u32)id;
	}
	return true;
}

static bool add_lines(struct arena *arena, struct btf *btf, const struct source_lines *lines,
		      struct function_info *info)
{
	info->lines = arena_array(arena, struct bpf_line_info, lines->count);
	info->line_count = lines->count;
	for (size_t i = 0; i < lines->count; i++) {
		const struct source_line *line = &lines->items[i];
		int file = btf__add_str(btf, line->file);
		int text = btf__add_str(btf, line->text);

		if (file < 0 || text < 0)
			return false;
		info->lines[i] = (struct bpf_line_info){
			.insn_off = (__u32)line->insn,
			.file_name_off = (__u32)file,
			.line_off = (__u32)text,
			.line_col = line->line << LINE_SHIFT | (line->column & COLUMN_MASK),
		};
	}
	return true;
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
		 size_t count, const struct source_lines *lines, struct function_info *ret_info,
		 struct error *ret_error)
{
	struct function_info info = { 0 };
	struct btf *btf = btf__new_empty();
	int prototype, fd;
	bool made;

	if (!btf)
		return error_errno(ret_error, -errno, "make the type information of functions");
	prototype = add_prototype(btf, context);
	made = prototype > 0 && add_functions(arena, btf, prototype, functions, count, &info) &&
	       (!lines || add_lines(arena, btf, lines, &info));
	fd = made ? load_btf(btf, ret_error)
		  : error_set(ret_error, -EINVAL, "make the type information of functions");
	btf__free(btf);
	if (fd >= 0)
		*ret_info = info;
	return fd;
}
