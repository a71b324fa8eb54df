/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/layout.h"

#include "policy/analysis/opcodes.h"

bool layout_calls_kfunc(const struct analysis_input *input, size_t insn)
{
	return input->insns[insn].code == (BPF_JMP | BPF_CALL) &&
	       (input->targets[insn].kind == TARGET_KFUNC ||
		input->insns[insn].src_reg == BPF_PSEUDO_KFUNC_CALL);
}

bool layout_calls_function(const struct analysis_input *input, size_t insn)
{
	return input->insns[insn].code == (BPF_JMP | BPF_CALL) &&
	       input->insns[insn].src_reg == BPF_PSEUDO_CALL && !layout_calls_kfunc(input, insn);
}

bool layout_takes_function(const struct analysis_input *input, size_t insn)
{
	return input->insns[insn].code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       input->insns[insn].src_reg == BPF_PSEUDO_FUNC;
}

static bool jumps(const struct bpf_insn *insn)
{
	unsigned int class = BPF_CLASS(insn->code);
	unsigned int operation = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && operation != BPF_CALL &&
	       operation != BPF_EXIT;
}

long layout_target(const struct analysis_input *input, size_t insn)
{
	const struct bpf_insn *code = &input->insns[insn];
	bool far = !jumps(code) || code->code == (BPF_JMP32 | BPF_JA);
	int64_t target = (int64_t)insn + 1 + (far ? code->imm : code->off);

	return target >= 0 && (uint64_t)target < input->count ? (long)target : -1;
}

bool layout_has_registers(const struct bpf_insn *insn)
{
	bool writes = false;

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
		writes = true;
		break;
	case BPF_LD:
		writes = BPF_MODE(insn->code) == BPF_IMM;
		break;
	default:
		break;
	}
	return insn->src_reg <= BPF_REG_10 && insn->dst_reg <= (writes ? BPF_REG_9 : BPF_REG_10);
}

/* Turns marks (0 or 1) into counts of those before. */
static uint32_t sum_up(uint32_t *marks, size_t count)
{
	uint32_t sum = 0;

	for (size_t i = 0; i <= count; i++) {
		uint32_t mark = marks[i];

		marks[i] = sum;
		sum += mark;
	}
	return sum;
}

static void mark(const struct analysis_input *input, size_t insn, struct layout *layout)
{
	bool function = layout_calls_function(input, insn) || layout_takes_function(input, insn);
	long target;

	if (layout_calls_function(input, insn))
		layout->blocks_before[insn] = 1;
	if (!function && !jumps(&input->insns[insn]))
		return;
	target = layout_target(input, insn);
	if (target < 0)
		return;
	layout->blocks_before[target] = 1;
	if (function)
		layout->functions_before[target] = 1;
}

const struct layout *layout_new(struct arena *arena, const struct analysis_input *input)
{
	struct layout *layout = arena_alloc(arena, sizeof(*layout));
	size_t next = 0;

	layout->input = input;
	layout->blocks_before = arena_array(arena, uint32_t, input->count + 1);
	layout->functions_before = arena_array(arena, uint32_t, input->count + 1);
	layout->blocks_before[0] = layout->functions_before[0] = 1;
	for (size_t i = 0; i < input->count; i++)
		mark(input, i, layout);
	sum_up(layout->blocks_before, input->count);
	layout->function_count = sum_up(layout->functions_before, input->count);
	layout->functions = arena_array(arena, size_t, layout->function_count + 1);
	for (size_t i = 0; i < input->count; i++)
		if (layout_begins_function(layout, i))
			layout->functions[next++] = i;
	layout->functions[next] = input->count;
	return layout;
}
