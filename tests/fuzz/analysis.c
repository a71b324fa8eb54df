/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as instructions: as they are, or, so that more of them mean something, bent to what
 * compilers emit. The first byte says which, and of which hook; the rest are instructions of eight.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/marks/readonly.h"
#include "tests/support/insns.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static const uint8_t codes[] = {
	BPF_ALU64 | BPF_MOV | BPF_X,
	BPF_ALU64 | BPF_MOV | BPF_K,
	BPF_ALU64 | BPF_ADD | BPF_X,
	BPF_ALU64 | BPF_ADD | BPF_K,
	BPF_ALU64 | BPF_SUB | BPF_X,
	BPF_ALU | BPF_MOV | BPF_X,
	BPF_ALU | BPF_AND | BPF_K,
	BPF_LDX | BPF_MEM | BPF_DW,
	BPF_LDX | BPF_MEM | BPF_W,
	BPF_LDX | BPF_MEM | BPF_B,
	BPF_STX | BPF_MEM | BPF_DW,
	BPF_STX | BPF_MEM | BPF_W,
	BPF_ST | BPF_MEM | BPF_B,
	BPF_STX | BPF_ATOMIC | BPF_DW,
	BPF_LD | BPF_IMM | BPF_DW,
	BPF_LD | BPF_ABS | BPF_W,
	BPF_JMP | BPF_JA,
	BPF_JMP | BPF_JEQ | BPF_K,
	BPF_JMP | BPF_JNE | BPF_X,
	BPF_JMP32 | BPF_JSGT | BPF_K,
	BPF_JMP | BPF_CALL,
	BPF_JMP | BPF_CALL,
	BPF_JMP | BPF_EXIT,
};

static const char *const kfuncs[] = {
	"bpf_dynptr_from_skb", "bpf_dynptr_slice_rdwr", "bpf_rbtree_add_impl",
	"bpf_throw",	       "bpf_unheard_of",	NULL,
};

static void bend(struct bpf_insn *insn, size_t at, size_t count)
{
	const int near = (int)(insn->imm % 64);

	insn->code = codes[insn->code % (sizeof(codes) / sizeof(*codes))];
	insn->dst_reg %= 11;
	insn->src_reg %= 11;
	switch (BPF_CLASS(insn->code)) {
	case BPF_JMP:
	case BPF_JMP32:
		insn->off %= 16;
		if (insn->code == (BPF_JMP | BPF_CALL)) {
			insn->src_reg %= 3;
			insn->imm = insn->src_reg ? near : (int)((unsigned int)insn->imm % 220);
		}
		break;
	case BPF_LD:
		/* Its second half is the next one, whatever it says. */
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && at + 1 < count) {
			memset(insn + 1, 0, sizeof(*insn));
			insn->src_reg %= 5;
			insn->imm = near;
		}
		break;
	default:
		insn->off = (short)(insn->off % 512);
		break;
	}
}

static void check(const struct analysis_input *input, const struct analysis *analysis)
{
	size_t most = input->count ? input->count : 1;

	for (size_t i = 0; i < analysis->count; i++) {
		const struct finding *finding = &analysis->findings[i];

		require(finding->insn < most && finding->what[0]);
		require(!i || finding[-1].insn < finding->insn ||
			(finding[-1].insn == finding->insn && finding[-1].kind < finding->kind));
	}
	for (size_t i = 0; i < input->count; i++)
		require(analysis->context_reads[i] >= CONTEXT_UNCLEAR);
	for (unsigned int slot = 0; slot < 32; slot++)
		if (analysis->verdicts & (1u << slot))
			require(verdict_name(input->hook, slot) != NULL);
	for (size_t i = 1; i < analysis->helper_count; i++)
		require(strcmp(analysis->helpers[i - 1], analysis->helpers[i]) < 0);
	require((analysis_opinion(analysis) == OPINION_READONLY) == !analysis->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct analysis_input input = { .count = size ? (size - 1) / sizeof(struct bpf_insn) : 0 };
	struct bpf_insn *insns = arena_array(arena, struct bpf_insn, input.count);
	struct insn_target *targets = arena_array(arena, struct insn_target, input.count);

	if (size)
		memcpy(insns, bytes + 1, input.count * sizeof(*insns));
	input.hook = (enum hook)(size ? bytes[0] % HOOK_COUNT : 0);
	for (size_t i = 0; i < input.count; i++) {
		if (bytes[0] & 0x80)
			bend(&insns[i], i, input.count);
		if (insns[i].code == (BPF_JMP | BPF_CALL) && insns[i].src_reg == 2)
			targets[i] = (struct insn_target){ TARGET_KFUNC,
							   kfuncs[(unsigned int)insns[i].imm % 6],
							   0 };
		else if (insns[i].imm == 7)
			targets[i] =
				(struct insn_target){ (enum insn_target_kind)(insns[i].off & 3),
						      "some", 0 };
	}
	input.insns = insns;
	input.targets = targets;
	check(&input, analyse(arena, &input));
	arena_free(arena);
	return 0;
}
