/* SPDX-License-Identifier: GPL-2.0-only */
/* An element's main function as a part of the dispatcher. */
#include "agent/link/assembler.h"
#include "agent/link/insns.h"
#include "agent/link/shape.h"

#define LOAD32(dst, src, offset) INSN(BPF_LDX | BPF_MEM | BPF_W, dst, src, offset, 0)
#define STORE64_IMM(dst, offset, value) INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, offset, value)
#define XOR_IMM(dst, value) INSN(BPF_ALU64 | BPF_XOR | BPF_K, dst, 0, 0, value)
#define XOR_REG(dst, src) INSN(BPF_ALU64 | BPF_XOR | BPF_X, dst, src, 0, 0)
#define AND_REG(dst, src) INSN(BPF_ALU64 | BPF_AND | BPF_X, dst, src, 0, 0)

bool is_inlined(const struct assembler *as, size_t element)
{
	return as->choice && as->choice->items[element].inlined;
}

static int slot(const struct assembler *as, unsigned int number)
{
	return -(int)(as->choice->frame + (number + 1) * CHOICE_SLOT);
}

int slot_of_context(const struct assembler *as)
{
	return slot(as, 0);
}

int slot_of_zero(const struct assembler *as)
{
	return slot(as, 1);
}

int slot_of_verdict(const struct assembler *as)
{
	return slot(as, 2);
}

/* Some number of the context's, whichever: x & ~x is 0, and the verifier does not find that out. */
static void keep_zero(struct assembler *as)
{
	const __s16 number = as->request->hook == HOOK_XDP ? offsetof(struct xdp_md, rx_queue_index)
							   : offsetof(struct __sk_buff, len);

	assembler_emit(as, LOAD32(BPF_REG_2, BPF_REG_1, number));
	assembler_emit(as, MOV_REG(BPF_REG_3, BPF_REG_2));
	assembler_emit(as, XOR_IMM(BPF_REG_3, -1));
	assembler_emit(as, AND_REG(BPF_REG_2, BPF_REG_3));
	assembler_emit(as, STORE64(BPF_REG_10, (__s16)slot_of_zero(as), BPF_REG_2));
}

void inline_begin(struct assembler *as)
{
	assembler_emit(as, STORE64(BPF_REG_10, (__s16)slot_of_context(as), BPF_REG_1));
	keep_zero(as);
}

void inline_hide_verdict(struct assembler *as)
{
	assembler_emit(as, LOAD64(BPF_REG_2, BPF_REG_10, (__s16)slot_of_zero(as)));
	assembler_emit(as, XOR_REG(BPF_REG_0, BPF_REG_2));
}

/* Beyond what others used, the stack is to it as to any program. */
static void clear_stack(struct assembler *as, size_t element)
{
	unsigned int own = as->choice->shapes[element].own;

	for (unsigned int at = CHOICE_SLOT; at < own + CHOICE_SLOT && at <= as->used;
	     at += CHOICE_SLOT)
		assembler_emit(as, STORE64_IMM(BPF_REG_10, (__s16) - (int)at, 0));
	if (own > as->used)
		as->used = (own + CHOICE_SLOT - 1) / CHOICE_SLOT * CHOICE_SLOT;
}

void inline_main(struct assembler *as, size_t element)
{
	size_t count = as->choice->shapes[element].main;
	struct bpf_insn *insns;

	clear_stack(as, element);
	as->begins[element] = as->code.insns.count;
	assembler_copy(as, element, 0, count);
	insns = &as->code.insns.items[as->begins[element]];
	for (size_t i = 0; i < count; i++) {
		if (insns[i].code == (BPF_JMP | BPF_EXIT))
			insns[i] = JUMP((__s16)(count - i - 1));
		i += is_wide(&insns[i]);
	}
}

void inline_subprograms(struct assembler *as, size_t element)
{
	size_t main = as->choice->shapes[element].main;
	size_t base = as->code.insns.count;
	struct bpf_insn *insns;

	assembler_copy(as, element, main, as->request->items[element].count);
	insns = as->code.insns.items;
	/* Relative to the instruction, and only those of the main function were moved away. */
	for (size_t i = 0; i < main; i++) {
		size_t at = as->begins[element] + i;

		if (refers_to_function(&insns[at]))
			insns[at].imm += (int)(base - main) - (int)as->begins[element];
		i += is_wide(&insns[at]);
	}
}
