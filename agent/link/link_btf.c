/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/functions.h"
#include "agent/link/link_code.h"

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

int link_btf(struct arena *arena, const struct link_request *request, const struct link_code *code,
	     struct function_info *ret_info, struct error *ret_error)
{
	const struct source_lines lines = link_lines(arena, request, code);
	struct function *functions = arena_array(arena, struct function, code->functions.count);

	for (size_t i = 0; i < code->functions.count; i++) {
		const struct link_function *function = &code->functions.items[i];

		functions[i] = (struct function){
			.start = function->start,
			.name = function_name(arena, request, function, i),
			.global = function->entry && function->element != DISPATCHER,
		};
	}
	return function_btf(arena, request->hook == HOOK_XDP ? "xdp_md" : "__sk_buff", functions,
			    code->functions.count, &lines, ret_info, ret_error);
}
