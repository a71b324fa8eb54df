/* SPDX-License-Identifier: GPL-2.0-only */
/* What libbpf may have made of an instruction, and nothing else. */
#include "agent/objects/object_code.h"

#include <string.h>

/*
 * libbpf's own numbers of helpers that are none, for what this kernel does not have: CO-RE
 * (0xbad2310) and weak functions (2002000000 and more). No helper of the kernel gets there.
 */
enum { POISON_LEAST = 0xbad2310 };

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static bool is_poison(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->dst_reg && !insn->src_reg &&
	       !insn->off && insn->imm >= POISON_LEAST;
}

static bool same(const struct bpf_insn *a, const struct bpf_insn *b)
{
	return a->code == b->code && a->dst_reg == b->dst_reg && a->src_reg == b->src_reg &&
	       a->off == b->off && a->imm == b->imm;
}

/* Offsets, sizes and immediate values: each as its kind of instruction has it. */
static bool adjusted(const struct bpf_insn *a, const struct bpf_insn *b, size_t slots)
{
	const __u8 size = 0x18;

	if (is_poison(b))
		return slots == 1 || is_poison(b + 1);
	if (a->dst_reg != b->dst_reg || a->src_reg != b->src_reg)
		return false;
	switch (BPF_CLASS(a->code)) {
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
		return (a->code & ~size) == (b->code & ~size) && a->imm == b->imm;
	case BPF_LD:
		return slots == 2 && a->code == b->code && a->off == b->off && !a->src_reg;
	case BPF_ALU:
	case BPF_ALU64:
		return a->code == b->code && a->off == b->off;
	default:
		return false;
	}
}

static bool refers(const struct insn_target *target, const struct bpf_insn *a,
		   const struct bpf_insn *b)
{
	if (target->kind == TARGET_KFUNC)
		return is_poison(b) ||
		       (a->code == b->code && a->dst_reg == b->dst_reg && a->src_reg == b->src_reg);
	if (a->code != b->code || a->dst_reg != b->dst_reg || a->off != b->off)
		return false;
	switch (target->kind) {
	case TARGET_MAP:
		return a->src_reg == b->src_reg && a[1].imm == b[1].imm;
	case TARGET_MAP_VALUE:
		/* Where a value of the kernel's configuration is, libbpf decides. */
		return a->src_reg == b->src_reg &&
		       (a[1].imm == b[1].imm || !strcmp(target->name, ".kconfig"));
	default:
		/* An address, where the kernel has no type for it. */
		return a->src_reg == b->src_reg || !b->src_reg;
	}
}

bool object_code_matches(const struct object_code *code, const struct bpf_insn *loaded,
			 size_t count)
{
	bool matches = code->count == count;

	for (size_t i = 0, slots; matches && i < count; i += slots) {
		const struct bpf_insn *insn = &code->insns[i];

		slots = is_wide(insn) && i + 1 < count ? 2 : 1;
		if (code->targets[i].kind != TARGET_NONE)
			matches = refers(&code->targets[i], insn, &loaded[i]);
		else if (code->adjusted[i])
			matches = adjusted(insn, &loaded[i], slots);
		else
			matches = same(insn, &loaded[i]) &&
				  (slots == 1 || same(insn + 1, &loaded[i + 1]));
	}
	return matches;
}
