/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/judges/reentry.h"

#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/judges/foreign_code.h"
#include "agent/link/insns.h"

/* The first helper that the instructions call; 0: none that can be seen. */
static int32_t first_call(const struct loaded_code *code)
{
	for (size_t i = 0; i < code->count; i++)
		if (loaded_calls_helper(&code->insns[i]))
			return code->insns[i].imm;
	return 0;
}

/* A program that does nothing else shows how a call of the helper looks. 0: nobody can tell. */
static int32_t find_distance(void)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 1),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0),
		CALL_HELPER(BPF_FUNC_clone_redirect),
		MOV32_IMM(BPF_REG_0, 0),
		EXIT(),
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ordain_probe", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), NULL);
	struct arena *arena = arena_new();
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	struct loaded_code code = { 0 };

	if (fd >= 0 && !bpf_prog_get_info_by_fd(fd, &info, &size))
		code = loaded_code_read(arena, info.id);
	size = (__u32)first_call(&code);
	if (fd >= 0)
		close(fd);
	arena_free(arena);
	return (int32_t)size;
}

/* A call whose helper is hidden from us. */
static bool is_hidden(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && !insn->imm;
}

static const char *judge(const struct reentry *reentry, const struct loaded_code *code, bool calls)
{
	bool hidden = !reentry->distance;
	bool tail_call = false;

	if (!code->count)
		return "its code cannot be read";
	for (size_t i = 0; i < code->count; i++) {
		hidden |= is_hidden(&code->insns[i]);
		if (!loaded_calls_helper(&code->insns[i]))
			continue;
		if (code->insns[i].imm == reentry->distance && reentry->distance)
			return "it calls bpf_clone_redirect";
		tail_call |= code->insns[i].imm == BPF_FUNC_tail_call;
	}
	if (hidden)
		return "its code cannot be read";
	return tail_call && !calls ? "it calls other programs" : NULL;
}

const char *reentry_of(struct reentry *reentry, uint32_t program, bool calls)
{
	struct reentry_answer *answer = &reentry->answers[program % REENTRY_CACHE];
	struct loaded_code code;
	struct arena *arena;

	if (answer->program == program)
		return answer->words;
	if (!reentry->distance)
		reentry->distance = find_distance();
	arena = arena_new();
	code = loaded_code_read(arena, program);
	*answer = (struct reentry_answer){ program, judge(reentry, &code, calls) };
	arena_free(arena);
	return answer->words;
}
