/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/object_code.h"

#include <bpf/libbpf.h>

/* A section name begins with '?' where libbpf is not to load the function unasked. */
static int hook_of(const char *section)
{
	enum bpf_prog_type type;
	enum bpf_attach_type attach;

	if (libbpf_prog_type_by_name(section + (*section == '?'), &type, &attach))
		return -1;
	if (type == BPF_PROG_TYPE_SCHED_CLS)
		return attach == BPF_TCX_EGRESS ? HOOK_TCX_EGRESS : HOOK_TCX_INGRESS;
	if (type == BPF_PROG_TYPE_XDP && attach != BPF_XDP_DEVMAP && attach != BPF_XDP_CPUMAP)
		return HOOK_XDP;
	return -1;
}

int object_code_functions(struct arena *arena, const void *bytes, size_t length,
			  struct object_functions *ret, struct error *ret_error)
{
	struct object_functions functions = { 0 };
	struct object_file file;
	int result = object_file_open(arena, bytes, length, &file, ret_error);

	if (result)
		return result;
	for (size_t i = 0; i < file.functions.count; i++) {
		const struct object_symbol *symbol = &file.symbols.items[file.functions.items[i]];
		const char *section = file.sections.items[symbol->section].name;

		if (object_file_main(&file, symbol))
			*list_push(arena, &functions) = (struct object_function){
				.name = arena_strdup(arena, symbol->name),
				.section = arena_strdup(arena, section),
				.hook = hook_of(section),
			};
	}
	object_file_close(&file);
	*ret = functions;
	return 0;
}
