/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/link_limits.h"

#include <stdio.h>
#include <string.h>

/* kernel/bpf/verifier.c: MAX_USED_MAPS, BPF_MAX_SUBPROGS, MAX_BPF_STACK, MAX_CALL_FRAMES. */
enum {
	KERNEL_MAX_MAPS = 64,
	KERNEL_MAX_FUNCTIONS = 256,
	KERNEL_STACK = 512,
	KERNEL_MAX_FRAMES = 8,
};

struct fds {
	int *items;
	size_t count;
};

static bool fds_add(struct arena *arena, struct fds *fds, int fd)
{
	for (size_t i = 0; i < fds->count; i++)
		if (fds->items[i] == fd)
			return false;
	*list_push(arena, fds) = fd;
	return true;
}

static size_t add_maps(struct arena *arena, struct fds *fds, const struct link_element *element)
{
	for (size_t i = 0; i < element->count; i++) {
		const struct bpf_insn *insn = &element->insns[i];

		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE)
			fds_add(arena, fds, insn->imm);
		i++;
	}
	return fds->count;
}

/* Beyond these the kernel does not jump, and says nothing: a program would be left out. */
static void check_jumps(const struct link_request *request, struct diags *diags)
{
	/* On tcx a switch of several links jumps to the chain (dual.h): that one is kept free. */
	unsigned int most = LINK_MAX_JUMPS - (request->hook != HOOK_XDP);
	unsigned int jumps = 0;

	for (size_t i = 0; i < request->count; i++) {
		const char *name = request->items[i].element->name;

		jumps += request->items[i].jumps < most ? request->items[i].jumps : most;
		if (jumps <= most)
			continue;
		diag_help(diags,
			  link_error(diags, DIAG_KERNEL_LIMIT, request, i,
				     arena_printf(diags->arena,
						  "with program '%s' the chain may make %u tail "
						  "calls for one packet, and there is room for %u",
						  name, jumps, most)),
			  "each program whose licence is not compatible with the GPL counts as "
			  "one, a jump table as what it holds; take one of them out");
		return;
	}
}

static void check_maps(const struct link_request *request, const struct link_code *code,
		       struct diags *diags)
{
	struct fds maps = { 0 };
	struct diag *diag;

	if (request->counters >= 0) {
		fds_add(diags->arena, &maps, request->counters);
		fds_add(diags->arena, &maps, code->keys);
	}
	for (size_t i = 0; i < request->count; i++) {
		if (add_maps(diags->arena, &maps, &request->items[i]) <= KERNEL_MAX_MAPS)
			continue;
		diag = link_error(
			diags, DIAG_KERNEL_LIMIT, request, i,
			arena_printf(diags->arena,
				     "with program '%s' the chain uses more than %d maps, the "
				     "most that the kernel takes in one program",
				     request->items[i].element->name, KERNEL_MAX_MAPS));
		diag_help(diags, diag,
			  "take a program out, or move some to another hook; global variables "
			  "and constants of an object are maps too");
		return;
	}
}

static void check_functions(const struct link_request *request, const struct link_code *code,
			    struct diags *diags)
{
	struct diag *diag;
	size_t element;

	if (code->functions.count <= KERNEL_MAX_FUNCTIONS)
		return;
	element = code->functions.items[KERNEL_MAX_FUNCTIONS].element;
	diag = link_error(
		diags, DIAG_KERNEL_LIMIT, request, element,
		arena_printf(diags->arena,
			     "with program '%s' the chain has more than %d functions, the most "
			     "that the kernel takes in one program",
			     request->items[element].element->name, KERNEL_MAX_FUNCTIONS));
	diag_help(diags, diag,
		  "take a program out; what is `static __always_inline` is no function of its own");
}

void link_check_limits(const struct link_request *request, const struct link_code *code,
		       struct diags *diags)
{
	check_maps(request, code, diags);
	check_jumps(request, diags);
	check_functions(request, code, diags);
}

bool link_is_about_stack(const char *reason)
{
	return !strncmp(reason, "combined stack size of ", strlen("combined stack size of ")) ||
	       strstr(reason, "call stack of previous frames");
}

/* What the kernel said, with the number in it; NULL if it was something else. */
static const char *limit_words(struct arena *arena, const char *name, const char *reason,
			       const char **ret_help)
{
	int number;

	if (sscanf(reason, "combined stack size of %*d calls is %d", &number) == 1) {
		*ret_help = "move large local variables into a per-CPU array map";
		return arena_printf(arena,
				    "program '%s' loads alone, but needs too much stack for a "
				    "chain: %d bytes with that of its caller, and this kernel "
				    "gives both together %d",
				    name, number, KERNEL_STACK);
	}
	if (sscanf(reason, "the call stack of %d frames is too deep", &number) == 1) {
		*ret_help = "let its functions be `static __always_inline` where they can";
		return arena_printf(arena,
				    "program '%s' loads alone, but its functions call each other "
				    "too deep for a chain: %d calls with that of the chain, and "
				    "the kernel takes %d",
				    name, number, KERNEL_MAX_FRAMES);
	}
	if (sscanf(reason, "BPF program is too large. Processed %d insn", &number) == 1) {
		*ret_help = "take a program out, or move some to another hook";
		return arena_printf(arena,
				    "with program '%s' the verifier needs more than %d steps for "
				    "the chain: each program loads alone, and the sum counts",
				    name, number - 1);
	}
	return NULL;
}

bool link_report_limit(const struct link_request *request, size_t element, const char *reason,
		       struct diags *diags)
{
	const char *help;
	const char *words;
	struct diag *diag;

	if (element == DISPATCHER)
		return false;
	words = limit_words(diags->arena, request->items[element].element->name, reason, &help);
	if (!words)
		return false;
	diag = link_error(diags, DIAG_KERNEL_LIMIT, request, element, words);
	diag_help(diags, diag, "%s", help);
	return true;
}
