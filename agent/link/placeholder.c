/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/placeholder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/link/insns.h"

enum { TCX_GO_ON = -1 };

const char *placeholder_part_name(enum placeholder_part part)
{
	static const char *const names[] = {
		[PLACEHOLDER_PROGRAM] = "program",
		[PLACEHOLDER_ORIGINAL] = "original",
		[PLACEHOLDER_MARK] = "mark",
	};

	return names[part];
}

int placeholder_marks(void)
{
	return bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "ordain_marks", sizeof(__u32),
			      sizeof(__u64), 1, NULL);
}

static int program_info(int program, struct bpf_prog_info *ret)
{
	__u32 size = sizeof(*ret);

	memset(ret, 0, size);
	return bpf_prog_get_info_by_fd(program, ret, &size);
}

/* No BTF: nothing in it can be replaced. */
static int load(int marks, unsigned int mark, enum bpf_attach_type attach_type, const char *name)
{
	const struct bpf_insn insns[] = {
		STORE32_IMM(BPF_REG_10, -4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, marks),
		INSN(0, 0, 0, 0, 0),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		CALL_HELPER(BPF_FUNC_map_lookup_elem),
		JUMP_IF(BPF_JEQ, BPF_REG_0, 0, 5),
		MOV32_IMM(BPF_REG_2, 1),
		SHIFT_LEFT_IMM(BPF_REG_2, (int)mark),
		LOAD64(BPF_REG_1, BPF_REG_0, 0),
		OR_REG(BPF_REG_1, BPF_REG_2),
		STORE64(BPF_REG_0, 0, BPF_REG_1),
		MOV32_IMM(BPF_REG_0, TCX_GO_ON),
		EXIT(),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &options);
}

static int make_mark(__u32 mark)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ordain_mark", sizeof(__u32), sizeof(mark), 1,
				NULL);
	__u32 key = 0;
	int result = fd < 0 ? fd : bpf_map_update_elem(fd, &key, &mark, BPF_ANY);

	if (!result)
		result = bpf_map_freeze(fd);
	if (!result)
		return fd;
	if (fd >= 0)
		close(fd);
	return result;
}

int placeholder_read(struct placeholder *placeholder)
{
	struct bpf_prog_info info;
	__u32 key = 0, mark;
	int result = program_info(placeholder->fds[PLACEHOLDER_PROGRAM], &info);

	placeholder->id = info.id;
	if (!result)
		result = program_info(placeholder->fds[PLACEHOLDER_ORIGINAL], &info);
	placeholder->original = info.id;
	if (!result)
		result = bpf_map_lookup_elem(placeholder->fds[PLACEHOLDER_MARK], &key, &mark);
	if (!result)
		placeholder->mark = mark;
	return result;
}

int placeholder_make(int marks, unsigned int mark, int original, enum bpf_attach_type attach_type,
		     struct placeholder *ret)
{
	struct placeholder placeholder = PLACEHOLDER_NONE;
	struct bpf_prog_info info;
	int result = program_info(original, &info);

	if (result)
		return result;
	placeholder.fds[PLACEHOLDER_PROGRAM] = load(marks, mark, attach_type, info.name);
	placeholder.fds[PLACEHOLDER_ORIGINAL] = fcntl(original, F_DUPFD_CLOEXEC, 0);
	placeholder.fds[PLACEHOLDER_MARK] = make_mark(mark);
	for (size_t i = 0; !result && i < PLACEHOLDER_PARTS; i++)
		result = placeholder.fds[i] < 0 ? placeholder.fds[i] : 0;
	if (!result)
		result = placeholder_read(&placeholder);
	if (result)
		placeholder_close(&placeholder);
	else
		*ret = placeholder;
	return result;
}

void placeholder_close(struct placeholder *placeholder)
{
	for (size_t i = 0; i < PLACEHOLDER_PARTS; i++)
		if (placeholder->fds[i] >= 0)
			close(placeholder->fds[i]);
	*placeholder = PLACEHOLDER_NONE;
}
