/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic, constants and addresses, loads and stores. */
#include "policy/analysis/run.h"

static const struct bpf_insn *current(const struct walk *walk)
{
	return &walk->layout->input->insns[walk->at];
}

static unsigned int size_of(uint8_t code)
{
	static const unsigned int sizes[] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8
	};

	return sizes[BPF_SIZE(code) >> 3];
}

static struct value operand(struct walk *walk, bool is_64)
{
	const struct bpf_insn *insn = current(walk);

	if (BPF_SRC(insn->code) == BPF_X)
		return walk->machine.registers[insn->src_reg];
	return value_constant(walk->machine.constants,
			      is_64 ? (int64_t)insn->imm : (int64_t)(uint32_t)insn->imm);
}

static enum flow move(struct walk *walk, bool is_64)
{
	const struct bpf_insn *insn = current(walk);
	struct value *to = &walk->machine.registers[insn->dst_reg];
	struct value from = operand(walk, is_64);

	if (insn->off == 0) {
		*to = is_64 ? from : value_extend(walk->machine.constants, from, 32, false, true);
		return FLOW_ON;
	}
	if (BPF_SRC(insn->code) != BPF_X)
		return walk_unknown(walk, "a move of a kind that is not known");
	if (insn->off == ORDAIN_ADDR_SPACE_CAST && is_64 &&
	    (insn->imm == 1 || insn->imm == 1 << 16)) {
		*to = value_of(insn->imm == 1 ? KIND_ARENA : KIND_SCALAR);
		return FLOW_ON;
	}
	if (insn->off != 8 && insn->off != 16 && insn->off != 32)
		return walk_unknown(walk, "a move of a kind that is not known");
	*to = value_extend(walk->machine.constants, from, (unsigned int)insn->off, true, is_64);
	return FLOW_ON;
}

static enum flow compute(struct walk *walk, bool is_64)
{
	const struct bpf_insn *insn = current(walk);
	struct value *to = &walk->machine.registers[insn->dst_reg];
	struct value from = operand(walk, is_64);

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		return move(walk, is_64);
	case BPF_END:
		/* The other byte order of a number, whatever bits there are. */
		*to = value_of(KIND_SCALAR);
		return FLOW_ON;
	case BPF_NEG:
		*to = value_compute(walk->machine.constants, BPF_SUB, is_64,
				    value_constant(walk->machine.constants, 0), *to);
		return FLOW_ON;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_DIV:
	case BPF_OR:
	case BPF_AND:
	case BPF_LSH:
	case BPF_RSH:
	case BPF_MOD:
	case BPF_XOR:
	case BPF_ARSH:
		*to = value_compute(walk->machine.constants, BPF_OP(insn->code), is_64, *to, from);
		return FLOW_ON;
	default:
		return walk_unknown(walk, "arithmetic of a kind that is not known");
	}
}

/* What the kernel makes of an immediate with this source; relocations say so where none is set. */
static struct value address(struct walk *walk, unsigned int source)
{
	const struct insn_target *target = &walk->layout->input->targets[walk->at];
	const struct bpf_insn *insn = current(walk);
	struct value value = value_of(KIND_FUNCTION);

	switch (source) {
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		return value_of(KIND_MAP);
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		/* What is in an arena has a number that is cast to an address. */
		return value_of(target->kind != TARGET_NONE && target->map_type == ORDAIN_MAP_ARENA
					? KIND_SCALAR
					: KIND_MEMORY);
	case BPF_PSEUDO_BTF_ID:
		return value_of(KIND_OBJECT);
	case BPF_PSEUDO_FUNC:
		value.constants = constants_one(walk->machine.constants,
						layout_target(walk->layout->input, walk->at)) &
				  0xfffffff;
		return value;
	default:
		return value_constant(walk->machine.constants,
				      (int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 |
						(uint32_t)insn[0].imm));
	}
}

static enum flow load_wide(struct walk *walk)
{
	static const unsigned char sources[] = {
		[TARGET_NONE] = 0,
		[TARGET_MAP] = BPF_PSEUDO_MAP_FD,
		[TARGET_MAP_VALUE] = BPF_PSEUDO_MAP_VALUE,
		[TARGET_KFUNC] = BPF_PSEUDO_BTF_ID,
		[TARGET_SYMBOL] = BPF_PSEUDO_BTF_ID,
	};
	const struct insn_target *target = &walk->layout->input->targets[walk->at];
	const struct bpf_insn *insn = current(walk);
	unsigned int source = insn->src_reg ? insn->src_reg : sources[target->kind];

	if (walk->at + 1 >= walk->layout->input->count || insn[1].code || source > 6)
		return walk_unknown(walk, "half of a wide instruction");
	if (source == BPF_PSEUDO_FUNC && layout_target(walk->layout->input, walk->at) < 0)
		return walk_unknown(walk, "the address of a function outside of the program");
	walk->machine.registers[insn->dst_reg] = address(walk, source);
	if (walk->record && target->name &&
	    (target->kind == TARGET_MAP || target->kind == TARGET_MAP_VALUE))
		record_map(walk->record, walk->at, target->name);
	walk->next = walk->at + 2;
	return FLOW_ON;
}

/* The packet's bytes, by the context in r6. Outside of the packet, the function ends with 0. */
static enum flow load_packet(struct walk *walk)
{
	if (walk->record)
		record_packet_read(walk->record);
	walk_return(walk, value_constant(walk->machine.constants, 0));
	for (int i = BPF_REG_0; i <= BPF_REG_5; i++)
		walk->machine.registers[i] = value_of(KIND_SCALAR);
	return FLOW_ON;
}

static enum flow load(struct walk *walk)
{
	const struct bpf_insn *insn = current(walk);
	unsigned int size = size_of(insn->code);
	struct value value;

	if (BPF_MODE(insn->code) != BPF_MEM && (BPF_MODE(insn->code) != BPF_MEMSX || size == 8))
		return walk_unknown(walk, "a load of a kind that is not known");
	value = access_load(walk, walk->machine.registers[insn->src_reg], insn->off, size);
	if (BPF_MODE(insn->code) == BPF_MEMSX)
		value = value_only(value, KIND_SCALAR)
				? value_extend(walk->machine.constants, value, size * 8, true, true)
				: value_of(KIND_UNKNOWN);
	walk->machine.registers[insn->dst_reg] = value;
	return FLOW_ON;
}

/* Reads, computes and writes: what is written is a number, whatever it is of. */
static enum flow modify(struct walk *walk, int result)
{
	const struct bpf_insn *insn = current(walk);
	struct value pointer = walk->machine.registers[insn->dst_reg];
	unsigned int size = size_of(insn->code);
	struct value old = access_load(walk, pointer, insn->off, size);
	struct value source = walk->machine.registers[insn->src_reg];

	/* An exchange may leave either. */
	source = value_join(walk->machine.constants, source, value_of(KIND_SCALAR));
	if (result == BPF_REG_0)
		source = value_join(walk->machine.constants, source, old);
	access_store(walk, pointer, insn->off, size, source);
	if (result >= 0)
		walk->machine.registers[result] = old;
	return FLOW_ON;
}

static enum flow atomic(struct walk *walk)
{
	const struct bpf_insn *insn = current(walk);
	unsigned int size = size_of(insn->code);
	struct value value = walk->machine.registers[insn->src_reg];

	switch (insn->imm) {
	case BPF_LOAD_ACQ:
		if (insn->dst_reg == BPF_REG_10)
			return walk_unknown(walk, "a load into r10");
		walk->machine.registers[insn->dst_reg] = access_load(walk, value, insn->off, size);
		return FLOW_ON;
	case BPF_STORE_REL:
		access_store(walk, walk->machine.registers[insn->dst_reg], insn->off, size, value);
		return FLOW_ON;
	case BPF_ADD:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return modify(walk, -1);
	case BPF_CMPXCHG:
		return modify(walk, BPF_REG_0);
	case BPF_ADD | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
		if (insn->src_reg != BPF_REG_10)
			return modify(walk, insn->src_reg);
		/* fall through */
	default:
		return walk_unknown(walk, "an atomic operation of a kind that is not known");
	}
}

static enum flow store(struct walk *walk)
{
	const struct bpf_insn *insn = current(walk);
	unsigned int size = size_of(insn->code);
	struct value value;

	if (BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC)
		return atomic(walk);
	if (BPF_MODE(insn->code) != BPF_MEM)
		return walk_unknown(walk, "a store of a kind that is not known");
	value = BPF_CLASS(insn->code) == BPF_STX
			? walk->machine.registers[insn->src_reg]
			: value_constant(walk->machine.constants, insn->imm);
	access_store(walk, walk->machine.registers[insn->dst_reg], insn->off, size, value);
	return FLOW_ON;
}

enum flow execute_data(struct walk *walk)
{
	uint8_t code = current(walk)->code;

	switch (BPF_CLASS(code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return compute(walk, BPF_CLASS(code) == BPF_ALU64);
	case BPF_LDX:
		return load(walk);
	case BPF_LD:
		if (code == (BPF_LD | BPF_IMM | BPF_DW))
			return load_wide(walk);
		if ((BPF_MODE(code) == BPF_ABS || BPF_MODE(code) == BPF_IND) &&
		    BPF_SIZE(code) != BPF_DW)
			return load_packet(walk);
		return walk_unknown(walk, "a load of a kind that is not known");
	default:
		return store(walk);
	}
}
