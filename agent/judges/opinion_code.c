/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/judges/opinion_code.h"

#include <stddef.h>

#define INSN(code_, dst, src, offset, immediate)                                                   \
	((struct bpf_insn){ .code = (code_),                                                       \
			    .dst_reg = (dst),                                                      \
			    .src_reg = (src),                                                      \
			    .off = (offset),                                                       \
			    .imm = (immediate) })

/*
 * Helpers that an LWT_IN program may not call although they leave the packet alone, and one that it
 * may call and that the verifier can tell from them by nothing: it takes the context, returns a
 * number that is not known, and writes the same memory.
 */
struct stand_in {
	__s32 helper;
	__s32 by;
	/*
	 * If its arguments are others: the registers with the address and the size of the memory
	 * that it writes. `size` 0: it is `fixed_size`.
	 */
	bool moves;
	__u8 address;
	__u8 size;
	__s32 fixed_size;
};

static const struct stand_in stand_ins[] = {
	/* A number made from the context. */
	{ .helper = BPF_FUNC_get_socket_cookie, .by = BPF_FUNC_get_hash_recalc },
	{ .helper = BPF_FUNC_get_socket_uid, .by = BPF_FUNC_get_hash_recalc },
	{ .helper = BPF_FUNC_get_netns_cookie, .by = BPF_FUNC_get_hash_recalc },
	{ .helper = BPF_FUNC_skb_cgroup_classid, .by = BPF_FUNC_get_hash_recalc },
	{ .helper = BPF_FUNC_skb_cgroup_id, .by = BPF_FUNC_get_hash_recalc },
	{ .helper = BPF_FUNC_skb_ancestor_cgroup_id, .by = BPF_FUNC_get_hash_recalc },
	{ .helper = BPF_FUNC_xdp_get_buff_len, .by = BPF_FUNC_get_hash_recalc },
	/* (context, number, memory, its size, ...) */
	{ .helper = BPF_FUNC_xdp_load_bytes, .by = BPF_FUNC_skb_load_bytes },
	{ .helper = BPF_FUNC_skb_load_bytes_relative, .by = BPF_FUNC_skb_load_bytes },
	{ .helper = BPF_FUNC_skb_get_xfrm_state, .by = BPF_FUNC_skb_load_bytes },
	/* (context, memory, its size, ...) */
	{ .helper = BPF_FUNC_skb_get_tunnel_key,
	  .by = BPF_FUNC_skb_load_bytes,
	  .moves = true,
	  .address = BPF_REG_2,
	  .size = BPF_REG_3 },
	{ .helper = BPF_FUNC_skb_get_tunnel_opt,
	  .by = BPF_FUNC_skb_load_bytes,
	  .moves = true,
	  .address = BPF_REG_2,
	  .size = BPF_REG_3 },
	{ .helper = BPF_FUNC_fib_lookup,
	  .by = BPF_FUNC_skb_load_bytes,
	  .moves = true,
	  .address = BPF_REG_2,
	  .size = BPF_REG_3 },
	/* (context, interface, address of an u32, ...) */
	{ .helper = BPF_FUNC_check_mtu,
	  .by = BPF_FUNC_skb_load_bytes,
	  .moves = true,
	  .address = BPF_REG_3,
	  .fixed_size = sizeof(__u32) },
};

enum { STAND_INS = sizeof(stand_ins) / sizeof(*stand_ins) };

struct translator {
	struct arena *arena;
	const struct opinion_source *source;
	int metadata;
	struct opinion_code code;
	size_t *at; /* where each instruction of the source went */
};

static void emit(struct translator *translator, struct bpf_insn insn)
{
	*list_push(translator->arena, &translator->code.insns) = insn;
}

static const struct stand_in *stand_in_for(const struct bpf_insn *insn)
{
	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg)
		return NULL;
	for (size_t i = 0; i < STAND_INS; i++)
		if (stand_ins[i].helper == insn->imm)
			return &stand_ins[i];
	return NULL;
}

enum field { FIELD_KEPT, FIELD_DATA, FIELD_DATA_END, FIELD_METADATA, FIELD_NUMBER };

static enum field field_of_xdp(int offset)
{
	switch (offset) {
	case offsetof(struct xdp_md, data):
		return FIELD_DATA;
	case offsetof(struct xdp_md, data_end):
		return FIELD_DATA_END;
	case offsetof(struct xdp_md, data_meta):
		return FIELD_METADATA;
	default:
		return FIELD_NUMBER;
	}
}

static enum field field_of_skb(int offset)
{
	switch (offset) {
	case offsetof(struct __sk_buff, data):
	case offsetof(struct __sk_buff, data_end):
	case offsetof(struct __sk_buff, flow_keys):
	case offsetof(struct __sk_buff, sk):
		return FIELD_KEPT;
	case offsetof(struct __sk_buff, data_meta):
		return FIELD_METADATA;
	default:
		return FIELD_NUMBER;
	}
}

static enum field field_read(const struct opinion_source *source, size_t at)
{
	int offset = source->context_reads[at];

	if (BPF_CLASS(source->insns[at].code) != BPF_LDX || offset < 0)
		return FIELD_KEPT;
	return source->hook == HOOK_XDP ? field_of_xdp(offset) : field_of_skb(offset);
}

bool opinion_reads_metadata(const struct opinion_source *source)
{
	for (size_t i = 0; i < source->count; i++)
		if (field_read(source, i) == FIELD_METADATA)
			return true;
	return false;
}

/*
 * No number of the context is known to the verifier before the program runs, so that one is as good
 * as another of the same size. There is one field of eight bytes that every type may read.
 */
static int number_of(const struct bpf_insn *insn)
{
	return BPF_SIZE(insn->code) == BPF_DW ? (int)offsetof(struct __sk_buff, cb)
					      : (int)offsetof(struct __sk_buff, len);
}

/*
 * No type that may only read packets has metadata. What takes its place is memory that may only be
 * read: of a map, and not frozen, because of a frozen one the verifier knows the content.
 */
static void emit_metadata(struct translator *translator, const struct bpf_insn *insn)
{
	emit(translator, INSN(BPF_LD | BPF_DW | BPF_IMM, insn->dst_reg, BPF_PSEUDO_MAP_VALUE, 0,
			      translator->metadata));
	emit(translator, INSN(0, 0, 0, 0, 0));
}

static void emit_read(struct translator *translator, size_t at)
{
	const struct opinion_source *source = translator->source;
	struct bpf_insn insn = source->insns[at];
	int offset = source->context_reads[at];

	switch (field_read(source, at)) {
	case FIELD_METADATA:
		emit_metadata(translator, &insn);
		return;
	case FIELD_DATA:
		insn.off += (int)offsetof(struct __sk_buff, data) - offset;
		break;
	case FIELD_DATA_END:
		insn.off += (int)offsetof(struct __sk_buff, data_end) - offset;
		break;
	case FIELD_NUMBER:
		insn.off += number_of(&insn) - offset;
		break;
	case FIELD_KEPT:
		break;
	}
	emit(translator, insn);
}

/*
 * LD_ABS and LD_IND read the packet into r0, or leave the function with 0. In the main function that
 * is the end of the program: whoever goes on sees a number. In a subprogram its caller would go on,
 * which the verifier does not follow: it is left as it is, and refused. r6 has to be the context,
 * which reading from it makes sure of.
 */
static bool is_packet_load(const struct translator *translator, const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_LD &&
	       (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND) &&
	       translator->code.functions.count == 1;
}

/* Which stand-in is called is filled in by emit_stand_ins(). */
static void emit_one(struct translator *translator, size_t at)
{
	const struct bpf_insn *insn = &translator->source->insns[at];
	const struct stand_in *stand_in = stand_in_for(insn);

	if (is_packet_load(translator, insn))
		emit(translator, INSN(BPF_LDX | BPF_MEM | BPF_SIZE(insn->code), BPF_REG_0,
				      BPF_REG_6, offsetof(struct __sk_buff, len), 0));
	else if (stand_in && stand_in->moves)
		emit(translator, INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0));
	else if (stand_in)
		emit(translator, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, stand_in->by));
	else
		emit_read(translator, at);
}

/*
 * All functions are static: what they are given is then followed into them. To a global one, which
 * is verified alone, a packet would be memory like any other.
 */
static void emit_program(struct translator *translator)
{
	const struct opinion_source *source = translator->source;
	const bool *starts = function_starts(translator->arena, source->insns, source->count);

	for (size_t i = 0; i < source->count; i++) {
		size_t at = translator->code.insns.count;

		translator->at[i] = at;
		if (starts[i])
			*list_push(translator->arena, &translator->code.functions) =
				(struct function){
					.start = at,
					.name = arena_printf(translator->arena, "function_%zu", i),
				};
		if (is_wide(&source->insns[i]) && i + 1 < source->count) {
			emit(translator, source->insns[i]);
			emit(translator, source->insns[++i]);
		} else {
			emit_one(translator, i);
		}
	}
}

/* A function that passes the arguments of one helper to another. */
static void emit_stand_in(struct translator *translator, const struct stand_in *stand_in)
{
	*list_push(translator->arena, &translator->code.functions) = (struct function){
		.start = translator->code.insns.count,
		.name = arena_printf(translator->arena, "helper_%d", stand_in->helper),
	};
	if (stand_in->size)
		emit(translator,
		     INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_4, stand_in->size, 0, 0));
	else
		emit(translator,
		     INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, stand_in->fixed_size));
	emit(translator, INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, stand_in->address, 0, 0));
	emit(translator, INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 0));
	emit(translator, INSN(BPF_JMP | BPF_CALL, 0, 0, 0, stand_in->by));
	emit(translator, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

static void emit_stand_ins(struct translator *translator)
{
	const struct opinion_source *source = translator->source;
	size_t starts[STAND_INS] = { 0 };

	for (size_t i = 0; i < source->count; i++) {
		const struct stand_in *stand_in = stand_in_for(&source->insns[i]);
		size_t *start;

		if (!stand_in || !stand_in->moves)
			continue;
		start = &starts[stand_in - stand_ins];
		if (!*start) {
			*start = translator->code.insns.count;
			emit_stand_in(translator, stand_in);
		}
		translator->code.insns.items[translator->at[i]].imm =
			(__s32)(*start - translator->at[i] - 1);
	}
}

enum distance { DISTANCE_NONE, DISTANCE_OFF, DISTANCE_IMM };

/* Where an instruction has how far away another is that it refers to. */
static enum distance distance_in(const struct bpf_insn *insn)
{
	int class = BPF_CLASS(insn->code);

	if (refers_to_function(insn))
		return DISTANCE_IMM;
	if (class != BPF_JMP && class != BPF_JMP32)
		return DISTANCE_NONE;
	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
	case BPF_EXIT:
		return DISTANCE_NONE;
	case BPF_JA:
		return class == BPF_JMP32 ? DISTANCE_IMM : DISTANCE_OFF;
	default:
		return DISTANCE_OFF;
	}
}

/* What was put in between made some ways longer. */
static bool adjust_distances(struct translator *translator)
{
	const struct opinion_source *source = translator->source;

	for (size_t i = 0; i < source->count; i++) {
		const struct bpf_insn *insn = &source->insns[i];
		struct bpf_insn *moved = &translator->code.insns.items[translator->at[i]];
		enum distance in = distance_in(insn);
		size_t target = i + 1 + (size_t)(in == DISTANCE_IMM ? insn->imm : insn->off);
		long distance;

		if (in != DISTANCE_NONE && target < source->count) {
			distance = (long)translator->at[target] - (long)translator->at[i] - 1;
			if (in == DISTANCE_IMM)
				moved->imm = (__s32)distance;
			else if (distance != (__s16)distance)
				return false;
			else
				moved->off = (__s16)distance;
		}
		if (is_wide(insn))
			i++;
	}
	return true;
}

bool opinion_translate(struct arena *arena, const struct opinion_source *source, int metadata,
		       struct opinion_code *ret)
{
	struct translator translator = {
		.arena = arena,
		.source = source,
		.metadata = metadata,
		.at = arena_array(arena, size_t, source->count),
	};

	emit_program(&translator);
	emit_stand_ins(&translator);
	if (!adjust_distances(&translator))
		return false;
	*ret = translator.code;
	return true;
}
