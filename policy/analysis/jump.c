/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jumps. Where a register is compared with a number and only few values are known of it, each way
 * is gone with those that lead there, and not at all if there are none.
 */
#include "policy/analysis/run.h"

static const struct bpf_insn *current(const struct walk *walk)
{
	return &walk->layout->input->insns[walk->at];
}

static bool holds(unsigned int operation, bool is_64, int64_t left, int64_t right)
{
	uint64_t a = is_64 ? (uint64_t)left : (uint32_t)left;
	uint64_t b = is_64 ? (uint64_t)right : (uint32_t)right;
	int64_t x = is_64 ? left : (int32_t)left;
	int64_t y = is_64 ? right : (int32_t)right;

	switch (operation) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return x > y;
	case BPF_JSGE:
		return x >= y;
	case BPF_JSLT:
		return x < y;
	case BPF_JSLE:
		return x <= y;
	default:
		return a & b;
	}
}

/* What is left of `value` where the comparison comes out as `taken`; false: nothing. */
static bool refine(struct walk *walk, bool taken, struct value *value)
{
	const struct bpf_insn *insn = current(walk);
	bool is_64 = BPF_CLASS(insn->code) == BPF_JMP;
	unsigned int operation = BPF_OP(insn->code);
	int64_t left[CONSTANTS_MOST];
	const int64_t *values;
	size_t kept = 0;
	size_t count = constants_list(walk->machine.constants, value->constants, &values);

	if (BPF_SRC(insn->code) != BPF_K)
		return true;
	if (!value_only(*value, KIND_SCALAR) || !count) {
		/* NULL, most often: then it is no pointer any more. */
		if (is_64 && operation == (taken ? BPF_JEQ : BPF_JNE))
			*value = value_constant(walk->machine.constants, insn->imm);
		return true;
	}
	for (size_t i = 0; i < count; i++)
		if (holds(operation, is_64, values[i], insn->imm) == taken)
			left[kept++] = values[i];
	if (kept && kept < count)
		value->constants = constants_of(walk->machine.constants, left, kept) & 0xfffffff;
	return kept;
}

static enum flow jump_if(struct walk *walk, size_t target)
{
	struct value *compared = &walk->machine.registers[current(walk)->dst_reg];
	struct value before = *compared;

	if (refine(walk, true, compared))
		walk_reach(walk, target);
	*compared = before;
	return refine(walk, false, compared) ? FLOW_ON : FLOW_END;
}

enum flow execute_jump(struct walk *walk)
{
	const struct bpf_insn *insn = current(walk);
	bool is_64 = BPF_CLASS(insn->code) == BPF_JMP;
	long target = layout_target(walk->layout->input, walk->at);

	if (BPF_OP(insn->code) == BPF_EXIT && insn->code == (BPF_JMP | BPF_EXIT)) {
		walk_return(walk, walk->machine.registers[BPF_REG_0]);
		return FLOW_END;
	}
	if (BPF_OP(insn->code) == BPF_EXIT || BPF_OP(insn->code) > BPF_JCOND)
		return walk_unknown(walk, "a jump of a kind that is not known");
	if (target < 0 || layout_function(walk->layout, (size_t)target) !=
				  layout_function(walk->layout, walk->at))
		return walk_unknown(walk, "a jump out of its function");
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		if (BPF_SRC(insn->code) != BPF_K)
			return walk_unknown(walk, "a jump of a kind that is not known");
		walk->next = (size_t)target;
		return FLOW_ON;
	case BPF_JCOND:
		if (!is_64 || BPF_SRC(insn->code) != BPF_K)
			return walk_unknown(walk, "a jump of a kind that is not known");
		/* Whether it goes on is up to a counter of the kernel's. */
		walk_reach(walk, (size_t)target);
		return FLOW_ON;
	default:
		return jump_if(walk, (size_t)target);
	}
}
