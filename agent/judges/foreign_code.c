/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/judges/foreign_code.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "agent/system/files.h"
#include "policy/analysis/analysis.h"

struct loaded_code loaded_code_read(struct arena *arena, uint32_t program)
{
	int fd __attribute__((cleanup(fd_cleanup))) = bpf_prog_get_fd_by_id(program);
	struct bpf_prog_info info;
	__u32 size = sizeof(info);
	struct loaded_code code = { 0 };
	__u32 bytes;

	memset(&info, 0, sizeof(info));
	if (fd < 0 || bpf_prog_get_info_by_fd(fd, &info, &size) || !info.xlated_prog_len)
		return code;
	bytes = info.xlated_prog_len;
	code.insns = arena_alloc(arena, bytes);
	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = (__u64)(uintptr_t)code.insns;
	info.xlated_prog_len = bytes;
	size = sizeof(info);
	if (!bpf_prog_get_info_by_fd(fd, &info, &size) && info.xlated_prog_insns)
		code.count = bytes / sizeof(*code.insns);
	return code;
}

bool loaded_calls_helper(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && insn->imm;
}

static bool calls(const struct loaded_code *code, int64_t distance)
{
	for (size_t i = 0; i < code->count; i++)
		if (loaded_calls_helper(&code->insns[i]) && code->insns[i].imm == distance)
			return true;
	return false;
}

/* The next function of the kernel's own, not of a module. False behind the last. */
static bool next_symbol(FILE *file, uint64_t *ret_address, char ret_name[128])
{
	char line[512];
	char kind;

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %c %127s", ret_address, &kind, ret_name) == 3 &&
		    (kind == 't' || kind == 'T'))
			return true;
	return false;
}

const char *foreign_changes(struct arena *arena, uint32_t program)
{
	struct loaded_code code = loaded_code_read(arena, program);
	FILE *file = code.count ? fopen("/proc/kallsyms", "re") : NULL;
	const char *found = NULL;
	uint64_t address, base = 0;
	char name[128];

	if (!file)
		return NULL;
	while (!base && next_symbol(file, &address, name))
		if (!strcmp(name, "__bpf_call_base"))
			base = address;
	rewind(file);
	while (base && !found && next_symbol(file, &address, name)) {
		if (helper_changes(name) && calls(&code, (int64_t)(address - base)))
			found = arena_printf(arena, "it calls %s", name);
	}
	fclose(file);
	return found;
}
