/* SPDX-License-Identifier: GPL-2.0-only */
/* How the kernel adds up the stack of nested calls: kernels from 6.8 on take less for a frame. */
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/link/choice.h"
#include "agent/link/insns.h"

enum { KERNEL_STACK = 512 };

static const struct stack_rules coarse = { .unit = 32, .empty_costs = true };
static const struct stack_rules fine = { .unit = 16, .empty_costs = false };

/* A function without stack calls one that uses all of it. */
static bool empty_frame_is_free(void)
{
	const struct bpf_insn insns[] = {
		CALL_FUNCTION(1),
		EXIT(),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -KERNEL_STACK, 0),
		MOV32_IMM(BPF_REG_0, 0),
		EXIT(),
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ordain_probe", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct stack_rules stack_rules_of_kernel(void)
{
	static enum { UNASKED, FREE, COSTS } known;

	if (known == UNASKED)
		known = empty_frame_is_free() ? FREE : COSTS;
	return known == FREE ? fine : coarse;
}
