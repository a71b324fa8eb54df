/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/judges/opinion_code.h"

#include <stddef.h>

#include "tests/support/test.h"

enum { METADATA_MAP = 77, MOST = 40000 };

#define READ(size, dst, src, offset)                                                               \
	{                                                                                          \
		.code = BPF_LDX | BPF_MEM | (size), .dst_reg = (dst), .src_reg = (src),            \
		.off = (offset)                                                                    \
	}
#define JUMP(code_, distance)                                                                      \
	{                                                                                          \
		.code = (code_), .off = (distance)                                                 \
	}
#define MOVE(dst, src)                                                                             \
	{                                                                                          \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (dst), .src_reg = (src)            \
	}
#define CALL(kind, what)                                                                           \
	{                                                                                          \
		.code = BPF_JMP | BPF_CALL, .src_reg = (kind), .imm = (what)                       \
	}
#define EXIT                                                                                       \
	{                                                                                          \
		.code = BPF_JMP | BPF_EXIT                                                         \
	}

/* Reads of the context are those whose source is r1. */
static bool translate(struct fixture *fixture, enum hook hook, const struct bpf_insn *insns,
		      size_t count, struct opinion_code *ret)
{
	int *reads = arena_array(fixture->arena, int, count);
	struct opinion_source source = {
		.hook = hook, .insns = insns, .count = count, .context_reads = reads
	};

	for (size_t i = 0; i < count; i++)
		reads[i] = BPF_CLASS(insns[i].code) == BPF_LDX && insns[i].src_reg == BPF_REG_1
				   ? insns[i].off
				   : CONTEXT_NOT_READ;
	return opinion_translate(fixture->arena, &source,
				 opinion_reads_metadata(&source) ? METADATA_MAP : -1, ret);
}

#define TRANSLATE(fixture, hook, insns, ret)                                                       \
	translate(fixture, hook, insns, sizeof(insns) / sizeof(*(insns)), ret)

static void packets_of_xdp_are_packets(void **state)
{
	const struct bpf_insn insns[] = {
		READ(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)),
		READ(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct xdp_md, data_end)),
		READ(BPF_W, BPF_REG_4, BPF_REG_1, offsetof(struct xdp_md, rx_queue_index)),
		READ(BPF_W, BPF_REG_5, BPF_REG_2, offsetof(struct xdp_md, data_end)),
		EXIT,
	};
	static const size_t offsets[] = {
		offsetof(struct __sk_buff, data),
		offsetof(struct __sk_buff, data_end),
		offsetof(struct __sk_buff, len),
		offsetof(struct xdp_md, data_end),
	};
	struct opinion_code code;

	assert_true(TRANSLATE(*state, HOOK_XDP, insns, &code));
	assert_int_equal(code.insns.count, sizeof(insns) / sizeof(*insns));
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		assert_int_equal(code.insns.items[i].off, offsets[i]);
		assert_int_equal(code.insns.items[i].code, insns[i].code);
		assert_int_equal(code.insns.items[i].dst_reg, insns[i].dst_reg);
	}
	assert_int_equal(code.functions.count, 1);
}

/* Pointers stay what they are, numbers become a number of the same size. */
static void numbers_of_tc_are_numbers(void **state)
{
	const struct bpf_insn insns[] = {
		READ(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct __sk_buff, data)),
		READ(BPF_DW, BPF_REG_3, BPF_REG_1, offsetof(struct __sk_buff, sk)),
		READ(BPF_DW, BPF_REG_4, BPF_REG_1, offsetof(struct __sk_buff, tstamp)),
		READ(BPF_B, BPF_REG_5, BPF_REG_1, offsetof(struct __sk_buff, tstamp_type)),
		EXIT,
	};
	static const size_t offsets[] = {
		offsetof(struct __sk_buff, data),
		offsetof(struct __sk_buff, sk),
		offsetof(struct __sk_buff, cb),
		offsetof(struct __sk_buff, len),
	};
	struct opinion_code code;

	assert_true(TRANSLATE(*state, HOOK_TCX_EGRESS, insns, &code));
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		assert_int_equal(code.insns.items[i].off, offsets[i]);
		assert_int_equal(code.insns.items[i].code, insns[i].code);
	}
}

static void writes_are_left_alone(void **state)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_STX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_0,
		  .off = offsetof(struct __sk_buff, tc_classid) },
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2, .imm = 1 },
		CALL(0, BPF_FUNC_skb_store_bytes),
		EXIT,
	};
	struct opinion_code code;

	assert_true(TRANSLATE(*state, HOOK_TCX_INGRESS, insns, &code));
	assert_int_equal(code.insns.count, sizeof(insns) / sizeof(*insns));
	assert_memory_equal(code.insns.items, insns, sizeof(insns));
}

/* A read of metadata has two halves afterwards: what jumps over it jumps further. */
static void ways_over_metadata_are_longer(void **state)
{
	const struct bpf_insn insns[] = {
		/* 0 */ JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1),
		/* 1 */ READ(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data_meta)),
		/* 2 */ JUMP(BPF_JMP32 | BPF_JNE | BPF_K, -2),
		/* 3 */ { .code = BPF_JMP32 | BPF_JA, .imm = -3 },
		/* 4 */ CALL(BPF_PSEUDO_CALL, 4),
		/* 5 */ { .code = BPF_LD | BPF_DW | BPF_IMM, .src_reg = BPF_PSEUDO_FUNC, .imm = 3 },
		/* 6 */ { 0 },
		/* 7 */ READ(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data_meta)),
		/* 8 */ EXIT,
		/* 9 */ EXIT,
	};
	struct opinion_code code;
	const struct bpf_insn *moved;

	assert_true(TRANSLATE(*state, HOOK_XDP, insns, &code));
	moved = code.insns.items;
	assert_int_equal(code.insns.count, 12);
	assert_int_equal(moved[0].off, 2);
	assert_int_equal(moved[1].code, BPF_LD | BPF_DW | BPF_IMM);
	assert_int_equal(moved[1].dst_reg, BPF_REG_2);
	assert_int_equal(moved[1].src_reg, BPF_PSEUDO_MAP_VALUE);
	assert_int_equal(moved[1].imm, METADATA_MAP);
	assert_int_equal(moved[3].off, -3);
	assert_int_equal(moved[4].imm, -4);
	assert_int_equal(moved[5].imm, 5);
	assert_int_equal(moved[6].imm, 4);
	assert_int_equal(code.functions.count, 2);
	assert_int_equal(code.functions.items[1].start, 11);
}

static void jumps_that_become_too_long_are_told(void **state)
{
	struct fixture *fixture = *state;
	struct bpf_insn *insns = arena_array(fixture->arena, struct bpf_insn, MOST);
	struct opinion_code code;

	for (size_t i = 0; i < MOST; i++)
		insns[i] = (struct bpf_insn)MOVE(BPF_REG_0, BPF_REG_0);
	insns[MOST - 1] = (struct bpf_insn)EXIT;
	insns[0] = (struct bpf_insn)JUMP(BPF_JMP | BPF_JA, INT16_MAX);
	assert_true(translate(fixture, HOOK_XDP, insns, MOST, &code));
	assert_int_equal(code.insns.items[0].off, INT16_MAX);
	insns[1] = (struct bpf_insn)READ(BPF_W, BPF_REG_2, BPF_REG_1,
					 offsetof(struct xdp_md, data_meta));
	assert_false(translate(fixture, HOOK_XDP, insns, MOST, &code));
}

/* Behind the program there is a function for each helper whose arguments have to move, once. */
static void helpers_have_stand_ins(void **state)
{
	const struct bpf_insn insns[] = {
		/* 0 */ CALL(0, BPF_FUNC_skb_get_tunnel_key),
		/* 1 */ CALL(0, BPF_FUNC_get_socket_cookie),
		/* 2 */ CALL(0, BPF_FUNC_check_mtu),
		/* 3 */ CALL(0, BPF_FUNC_skb_get_tunnel_key),
		/* 4 */ CALL(BPF_PSEUDO_KFUNC_CALL, BPF_FUNC_get_socket_cookie),
		/* 5 */ EXIT,
	};
	struct opinion_code code;
	const struct bpf_insn *moved;

	assert_true(TRANSLATE(*state, HOOK_TCX_INGRESS, insns, &code));
	moved = code.insns.items;
	assert_int_equal(code.functions.count, 3);
	assert_int_equal(code.functions.items[1].start, 6);
	assert_int_equal(code.functions.items[2].start, 11);
	assert_int_equal(moved[0].src_reg, BPF_PSEUDO_CALL);
	assert_int_equal(moved[0].imm, 5);
	assert_int_equal(moved[1].imm, BPF_FUNC_get_hash_recalc);
	assert_int_equal(moved[2].imm, 8);
	assert_int_equal(moved[3].imm, 2);
	assert_memory_equal(&moved[4], &insns[4], sizeof(*moved));
	assert_int_equal(moved[6].dst_reg, BPF_REG_4);
	assert_int_equal(moved[6].src_reg, BPF_REG_3);
	assert_int_equal(moved[11].imm, sizeof(__u32));
	assert_int_equal(moved[14].imm, BPF_FUNC_skb_load_bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(packets_of_xdp_are_packets),
		TEST(numbers_of_tc_are_numbers),
		TEST(writes_are_left_alone),
		TEST(ways_over_metadata_are_longer),
		TEST(jumps_that_become_too_long_are_told),
		TEST(helpers_have_stand_ins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
