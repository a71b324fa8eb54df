/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the analysis says of instructions: one case for each rule, written as a program and what is
 * found in it, "INSTRUCTION: WORDS" a line.
 */
#include <stdlib.h>

#include "policy/base/text.h"
#include "policy/marks/readonly.h"
#include "tests/support/insns.h"
#include "tests/support/test.h"

struct example {
	const char *is;
	enum hook hook;
	const struct bpf_insn *insns;
	size_t count;
	const char *finds;
	const char *const *names; /* of what it calls in the kernel, in that order */
};

#define INSNS(...)                                                                                 \
	(const struct bpf_insn[]){ __VA_ARGS__ },                                                  \
		sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn)
#define NAMES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define NONE NAMES(NULL)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Maps are called "counts". */
static struct insn_target *targets_of(struct arena *arena, const struct example *example)
{
	struct insn_target *targets = arena_array(arena, struct insn_target, example->count);
	size_t next = 0;

	for (size_t i = 0; i < example->count; i++) {
		const struct bpf_insn *insn = &example->insns[i];

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_MAP_FD)
			targets[i] = (struct insn_target){ TARGET_MAP, "counts", 0 };
		if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
			targets[i] =
				(struct insn_target){ TARGET_KFUNC, example->names[next++], 0 };
	}
	return targets;
}

static const struct analysis *analysed(struct arena *arena, const struct example *example)
{
	struct analysis_input input = {
		.hook = example->hook,
		.insns = example->insns,
		.targets = targets_of(arena, example),
		.count = example->count,
	};

	return analyse(arena, &input);
}

static const char *found(struct arena *arena, const struct analysis *analysis)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; i < analysis->count; i++)
		text_printf(&text, "%s%zu: %s", i ? "\n" : "", analysis->findings[i].insn,
			    analysis->findings[i].what);
	return text_string(&text);
}

static void assert_examples(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new();
		const char *finds = found(arena, analysed(arena, &examples[i]));

		if (strcmp(finds, examples[i].finds) != 0)
			fail_msg("%s:\nfinds\n%s\nbut should find\n%s", examples[i].is, finds,
				 examples[i].finds);
		arena_free(arena);
	}
}

/* r2: the packet, r3: its end; of a TC program. */
#define PACKET_TC LOAD(BPF_W, R2, R1, 76), LOAD(BPF_W, R3, R1, 80)
#define LEAVE SET(R0, 0), EXIT()

static void stores_are_judged_by_what_they_go_to(void **state)
{
	static const char *const cb = "0: writes cb[2] of the context";
	const struct example examples[] = {
		{ "stack", HOOK_XDP, INSNS(STOREK(BPF_DW, R10, -8, 1), LEAVE), "", NONE },
		{ "packet, XDP", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STOREK(BPF_B, R2, 12, 1), LEAVE),
		  "1: writes the packet at offset 12", NONE },
		{ "packet, TC", HOOK_TCX_INGRESS, INSNS(PACKET_TC, STORE(BPF_B, R2, 3, R0), LEAVE),
		  "2: writes the packet at offset 3", NONE },
		{ "data_meta", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 8), STOREK(BPF_W, R2, 0, 1), LEAVE),
		  "1: writes the packet's metadata", NONE },
		{ "data_meta of TC", HOOK_TCX_EGRESS,
		  INSNS(LOAD(BPF_W, R2, R1, 140), STOREK(BPF_W, R2, 0, 1), LEAVE),
		  "1: writes the packet's metadata", NONE },
		{ "what is data in XDP is length in TC", HOOK_TCX_EGRESS,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STOREK(BPF_B, R2, 0, 1), LEAVE),
		  "1: writes through a pointer that may be to anything", NONE },
		{ "context", HOOK_TCX_EGRESS, INSNS(STOREK(BPF_W, R1, 56, 1), LEAVE), cb, NONE },
		{ "two bytes in a field", HOOK_TCX_EGRESS, INSNS(STOREK(BPF_H, R1, 58, 1), LEAVE),
		  cb, NONE },
		{ "context, nowhere", HOOK_XDP, INSNS(STOREK(BPF_W, R1, 100, 1), LEAVE),
		  "0: writes an unknown field of the context", NONE },
		{ "a number", HOOK_XDP, INSNS(SET(R2, 0), STOREK(BPF_W, R2, 0, 1), LEAVE),
		  "1: writes through a pointer that may be to anything", NONE },
		{ "outside of the stack", HOOK_XDP, INSNS(STOREK(BPF_W, R10, 0, 1), LEAVE),
		  "0: writes outside of the stack", NONE },
		{ "the end of the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 4), STOREK(BPF_W, R2, 0, 1), LEAVE),
		  "1: writes through a pointer that may be to anything", NONE },
		{ "a map", HOOK_XDP, INSNS(MAP(R2), STOREK(BPF_W, R2, 0, 1), LEAVE),
		  "2: writes through a pointer that may be to anything", NONE },
		{ "a map's value", HOOK_XDP,
		  INSNS(MAP(R1), MOV(R2, R10), CALL(BPF_FUNC_map_lookup_elem),
			JUMPIF(BPF_JEQ, R0, 0, 1), STOREK(BPF_DW, R0, 8, 1), LEAVE),
		  "", NONE },
		{ "global data", HOOK_XDP,
		  INSNS(WIDE(R2, BPF_PSEUDO_MAP_VALUE, 0), STOREK(BPF_W, R2, 0, 1), LEAVE), "",
		  NONE },
		{ "what was read from a map's value", HOOK_XDP,
		  INSNS(WIDE(R2, BPF_PSEUDO_MAP_VALUE, 0), LOAD(BPF_DW, R3, R2, 0),
			STOREK(BPF_W, R3, 0, 1), LEAVE),
		  "3: writes through a pointer that may be to anything", NONE },
		{ "a socket", HOOK_TCX_INGRESS,
		  INSNS(LOAD(BPF_DW, R2, R1, 168), STOREK(BPF_W, R2, 0, 1), LEAVE),
		  "1: writes an object of the kernel", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void atomics_are_stores_too(void **state)
{
	const struct example examples[] = {
		{ "add to the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), SET(R3, 1), ATOMIC(BPF_W, BPF_ADD, R2, 4, R3),
			LEAVE),
		  "2: writes the packet at offset 4", NONE },
		{ "exchange with the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), SET(R3, 1), ATOMIC(BPF_DW, BPF_XCHG, R2, 4, R3),
			LEAVE),
		  "2: writes the packet at offset 4", NONE },
		{ "compare and exchange with the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), ATOMIC(BPF_DW, BPF_CMPXCHG, R2, 4, R0), LEAVE),
		  "1: writes the packet at offset 4", NONE },
		{ "release to the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), ATOMIC(BPF_W, 0x110, R2, 4, R0), LEAVE),
		  "1: writes the packet at offset 4", NONE },
		{ "acquire from the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), ATOMIC(BPF_W, 0x100, R3, 4, R2), LEAVE), "", NONE },
		{ "acquired from the stack, and kept", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -8, R2),
			ATOMIC(BPF_DW, 0x100, R3, -8, R10), STOREK(BPF_B, R3, 1, 0), LEAVE),
		  "3: writes the packet at offset 1", NONE },
		{ "fetched from the stack, and kept", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -8, R2), SET(R3, 0),
			ATOMIC(BPF_DW, BPF_ADD | BPF_FETCH, R10, -8, R3), STOREK(BPF_B, R3, 1, 0),
			LEAVE),
		  "4: writes the packet at offset 1", NONE },
		{ "compared on the stack, and kept", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -8, R2), SET(R0, 0),
			ATOMIC(BPF_DW, BPF_CMPXCHG, R10, -8, R0), STOREK(BPF_B, R0, 1, 0), LEAVE),
		  "4: writes the packet at offset 1", NONE },
		{ "add to a map's value", HOOK_XDP,
		  INSNS(WIDE(R2, BPF_PSEUDO_MAP_VALUE, 0), SET(R3, 1),
			ATOMIC(BPF_DW, BPF_ADD, R2, 0, R3), LEAVE),
		  "", NONE },
		{ "none that is known", HOOK_XDP, INSNS(ATOMIC(BPF_DW, 0x77, R10, -8, R1), LEAVE),
		  "0: has an atomic operation of a kind that is not known", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void pointers_stay_what_they_are(void **state)
{
	const struct example examples[] = {
		{ "plus a constant", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), OPK(BPF_ADD, R2, 20), MOV(R4, R2),
			OPK(BPF_SUB, R4, 6), STOREK(BPF_B, R4, 1, 1), LEAVE),
		  "4: writes the packet at offset 15", NONE },
		{ "plus what is computed", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), LOAD(BPF_B, R3, R2, 0), OP(BPF_ADD, R2, R3),
			STOREK(BPF_B, R2, 0, 1), LEAVE),
		  "3: writes the packet at a computed offset", NONE },
		{ "added to what is computed", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), LOAD(BPF_B, R3, R2, 0), OP(BPF_ADD, R3, R2),
			STOREK(BPF_B, R3, 0, 1), LEAVE),
		  "3: writes the packet at a computed offset", NONE },
		{ "a length is none", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), LOAD(BPF_W, R3, R1, 4), OP(BPF_SUB, R3, R2),
			WIDE(R4, BPF_PSEUDO_MAP_VALUE, 0), OP(BPF_ADD, R4, R3),
			STOREK(BPF_B, R4, 0, 1), LEAVE),
		  "", NONE },
		{ "32 bits are none", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), MOV32(R3, R2), WIDE(R4, BPF_PSEUDO_MAP_VALUE, 0),
			OP(BPF_ADD, R4, R3), STOREK(BPF_B, R4, 0, 1), LEAVE),
		  "", NONE },
		{ "computed with 32 bits", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), OPK32(BPF_ADD, R2, 4), STOREK(BPF_B, R2, 0, 1),
			LEAVE),
		  "2: writes through a pointer that may be to anything", NONE },
		{ "either way", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), JUMPIF(BPF_JEQ, R9, 7, 1), MOV(R2, R10),
			STOREK(BPF_B, R2, -1, 1), LEAVE),
		  "3: writes the packet at offset -1", NONE },
		{ "or NULL", HOOK_XDP,
		  INSNS(SET(R2, 0), JUMPIF(BPF_JEQ, R9, 7, 2), WIDE(R2, BPF_PSEUDO_MAP_VALUE, 0),
			JUMPIF(BPF_JEQ, R2, 0, 1), STOREK(BPF_B, R2, 0, 1), LEAVE),
		  "", NONE },
		{ "round a loop", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), SET(R3, 0), OPK(BPF_ADD, R2, 1),
			OPK(BPF_ADD, R3, 1), JUMPIF(BPF_JLT, R3, 100, -3), STOREK(BPF_B, R2, 0, 1),
			LEAVE),
		  "5: writes the packet at a computed offset", NONE },
		{ "an address in an arena", HOOK_XDP,
		  INSNS(SET(R2, 0), INSN(BPF_ALU64 | BPF_MOV | BPF_X, R2, R2, 1, 1),
			OPK(BPF_ADD, R2, 64), STOREK(BPF_B, R2, 0, 1), LEAVE),
		  "", NONE },
		{ "mangled", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), OPK(BPF_AND, R2, -8), STOREK(BPF_B, R2, 0, 1),
			LEAVE),
		  "2: writes the packet at a computed offset", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void the_stack_keeps_what_is_spilled(void **state)
{
	const struct example examples[] = {
		{ "and filled", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -16, R2),
			LOAD(BPF_DW, R3, R10, -16), STOREK(BPF_B, R3, 2, 1), LEAVE),
		  "3: writes the packet at offset 2", NONE },
		{ "through another pointer to it", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), MOV(R4, R10), OPK(BPF_ADD, R4, -16),
			STORE(BPF_DW, R4, 0, R2), LOAD(BPF_DW, R3, R10, -16),
			STOREK(BPF_B, R3, 2, 1), LEAVE),
		  "5: writes the packet at offset 2", NONE },
		{ "at one of two places", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), MOV(R4, R10), OPK(BPF_ADD, R4, -16),
			JUMPIF(BPF_JEQ, R9, 0, 1), OPK(BPF_ADD, R4, -8), STORE(BPF_DW, R4, 0, R2),
			LOAD(BPF_DW, R3, R10, -24), STOREK(BPF_B, R3, 2, 1), LEAVE),
		  "7: writes the packet at offset 2", NONE },
		{ "overwritten", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -16, R2),
			STORE(BPF_DW, R10, -16, R10), LOAD(BPF_DW, R3, R10, -16),
			STOREK(BPF_B, R3, -1, 1), LEAVE),
		  "", NONE },
		{ "half overwritten", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -16, R2),
			STOREK(BPF_W, R10, -16, 0), LOAD(BPF_DW, R3, R10, -16),
			STOREK(BPF_B, R3, 0, 1), LEAVE),
		  "4: writes through a pointer that may be to anything", NONE },
		{ "half filled", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -16, R2),
			LOAD(BPF_W, R3, R10, -16), STOREK(BPF_B, R3, 0, 1), LEAVE),
		  "3: writes through a pointer that may be to anything", NONE },
		{ "half filled, or a map's value", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -16, R2),
			LOAD(BPF_W, R3, R10, -16), JUMPIF(BPF_JEQ, R9, 0, 2),
			WIDE(R3, BPF_PSEUDO_MAP_VALUE, 0), STOREK(BPF_B, R3, 0, 1), LEAVE),
		  "6: writes through a pointer that may be to anything", NONE },
		{ "overwritten, or the packet is", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), STORE(BPF_DW, R10, -16, R2), MOV(R4, R10),
			JUMPIF(BPF_JEQ, R9, 0, 1), MOV(R4, R2), STORE(BPF_DW, R4, -16, R10),
			LOAD(BPF_DW, R3, R10, -16), STOREK(BPF_B, R3, -1, 1), LEAVE),
		  "5: writes the packet at offset -16\n7: writes the packet at offset -1", NONE },
		{ "filled by a helper", HOOK_TCX_INGRESS,
		  INSNS(LOAD(BPF_W, R7, R1, 76), STORE(BPF_DW, R10, -16, R7), SET(R2, 0),
			MOV(R3, R10), OPK(BPF_ADD, R3, -16), SET(R4, 8),
			CALL(BPF_FUNC_skb_load_bytes), LOAD(BPF_DW, R3, R10, -16),
			STOREK(BPF_B, R3, 0, 1), LEAVE),
		  "8: writes the packet at offset 0", NONE },
		{ "context", HOOK_TCX_INGRESS,
		  INSNS(STORE(BPF_DW, R10, -8, R1), LOAD(BPF_DW, R6, R10, -8),
			STOREK(BPF_W, R6, 8, 7), LEAVE),
		  "2: writes mark of the context", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void functions_are_followed(void **state)
{
	const struct example examples[] = {
		{ "with the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R1, R1, 0), CALLF(1), EXIT(), STOREK(BPF_B, R1, 3, 1), LEAVE),
		  "3: writes the packet at offset 3", NONE },
		{ "once with the packet, once with the stack", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R6, R1, 0), MOV(R1, R10), OPK(BPF_ADD, R1, -8), CALLF(3),
			MOV(R1, R6), CALLF(1), EXIT(), STOREK(BPF_B, R1, 0, 1), LEAVE),
		  "7: writes the packet at offset 0", NONE },
		{ "what they return", HOOK_XDP,
		  INSNS(CALLF(2), STOREK(BPF_B, R0, 1, 1), EXIT(), LOAD(BPF_W, R0, R1, 0), EXIT()),
		  "1: writes the packet at offset 1", NONE },
		{ "that write the caller's stack", HOOK_XDP,
		  INSNS(MOV(R2, R10), OPK(BPF_ADD, R2, -8), CALLF(4), LOAD(BPF_DW, R3, R10, -8),
			STOREK(BPF_B, R3, 0, 1), LEAVE, LOAD(BPF_W, R4, R1, 0),
			STORE(BPF_DW, R2, 0, R4), LEAVE),
		  "4: writes the packet at offset 0", NONE },
		{ "that write the caller's stack, or their own", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), MOV(R1, R10), CALLF(4), LOAD(BPF_DW, R3, R10, -8),
			STOREK(BPF_B, R3, 0, 1), LEAVE, MOV(R3, R10), JUMPIF(BPF_JEQ, R9, 0, 1),
			MOV(R3, R1), STORE(BPF_DW, R3, -8, R2), LEAVE),
		  "4: writes the packet at offset 0", NONE },
		{ "whose registers are kept", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R6, R1, 0), CALLF(2), STOREK(BPF_B, R6, 0, 1), EXIT(),
			MOV(R6, R10), LEAVE),
		  "2: writes the packet at offset 0", NONE },
		{ "that call themselves", HOOK_XDP, INSNS(CALLF(-1), EXIT()),
		  "0: calls more deeply than kernels allow", NONE },
		{ "that are not there", HOOK_XDP, INSNS(CALLF(7), EXIT()),
		  "0: has a call out of the program", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void callbacks_are_followed(void **state)
{
	const struct example examples[] = {
		{ "bpf_loop", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R6, R1, 0), STORE(BPF_DW, R10, -8, R6), SET(R1, 4),
			FUNCTION(R2, 6), MOV(R3, R10), SET(R4, 0), CALL(BPF_FUNC_loop), LEAVE,
			LOAD(BPF_DW, R2, R2, -8), STOREK(BPF_B, R2, 5, 1), LEAVE),
		  "11: writes the packet at offset 5", NONE },
		{ "what it leaves on the stack", HOOK_XDP,
		  INSNS(STORE(BPF_DW, R10, -8, R1), SET(R1, 4), FUNCTION(R2, 8), MOV(R3, R10),
			SET(R4, 0), CALL(BPF_FUNC_loop), LOAD(BPF_DW, R4, R10, -16),
			STOREK(BPF_B, R4, 0, 1), LEAVE, LOAD(BPF_DW, R3, R2, -8),
			LOAD(BPF_W, R3, R3, 0), STORE(BPF_DW, R2, -16, R3), LEAVE),
		  "8: writes the packet at offset 0", NONE },
		{ "what it finds there the second time", HOOK_XDP,
		  INSNS(STORE(BPF_DW, R10, -8, R1), STORE(BPF_DW, R10, -16, R10), SET(R1, 4),
			FUNCTION(R2, 6), MOV(R3, R10), SET(R4, 0), CALL(BPF_FUNC_loop), LEAVE,
			LOAD(BPF_DW, R5, R2, -16), STOREK(BPF_B, R5, -32, 1),
			LOAD(BPF_DW, R3, R2, -8), LOAD(BPF_W, R3, R3, 0),
			STORE(BPF_DW, R2, -16, R3), LEAVE),
		  "11: writes the packet at offset -32", NONE },
		{ "bpf_for_each_map_elem", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R3, R1, 0), MAP(R1), FUNCTION(R2, 5), SET(R4, 0),
			CALL(BPF_FUNC_for_each_map_elem), LEAVE, STOREK(BPF_B, R3, 0, 1),
			STOREK(BPF_B, R4, 9, 1), LEAVE),
		  "10: writes the packet at offset 9", NONE },
		{ "bpf_timer_set_callback", HOOK_XDP,
		  INSNS(WIDE(R1, BPF_PSEUDO_MAP_VALUE, 0), FUNCTION(R2, 4),
			CALL(BPF_FUNC_timer_set_callback), LEAVE, STOREK(BPF_B, R3, 0, 1),
			STOREK(BPF_B, R1, 0, 1), LEAVE),
		  "8: writes through a pointer that may be to anything", NONE },
		{ "bpf_user_ringbuf_drain", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R3, R1, 0), MAP(R1), FUNCTION(R2, 5), SET(R4, 0),
			CALL(BPF_FUNC_user_ringbuf_drain), LEAVE, MOV(R6, R2), SET(R2, 0),
			SET(R3, 8), CALL(BPF_FUNC_dynptr_data), STOREK(BPF_B, R0, 0, 1),
			STOREK(BPF_B, R6, 9, 1), LEAVE),
		  "14: writes the packet at offset 9", NONE },
		{ "one that is not known", HOOK_XDP,
		  INSNS(SET(R1, 4), SET(R2, 0), SET(R3, 0), SET(R4, 0), CALL(BPF_FUNC_loop), LEAVE),
		  "4: has bpf_loop call a function that is not known", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void helpers_have_effects(void **state)
{
	const struct example examples[] = {
		{ "writes", HOOK_TCX_INGRESS, INSNS(CALL(BPF_FUNC_skb_store_bytes), LEAVE),
		  "0: calls bpf_skb_store_bytes, which writes the packet", NONE },
		{ "resizes", HOOK_XDP, INSNS(CALL(BPF_FUNC_xdp_adjust_head), LEAVE),
		  "0: calls bpf_xdp_adjust_head, which resizes or moves the packet", NONE },
		{ "encapsulates", HOOK_TCX_INGRESS, INSNS(CALL(BPF_FUNC_skb_set_tunnel_key), LEAVE),
		  "0: calls bpf_skb_set_tunnel_key, which sets the packet's encapsulation", NONE },
		{ "redirects", HOOK_XDP, INSNS(CALL(BPF_FUNC_redirect_map), LEAVE),
		  "0: may redirect: calls bpf_redirect_map", NONE },
		{ "clones", HOOK_TCX_INGRESS, INSNS(CALL(BPF_FUNC_clone_redirect), LEAVE),
		  "0: clones the packet: calls bpf_clone_redirect", NONE },
		{ "sets a field", HOOK_TCX_INGRESS, INSNS(CALL(BPF_FUNC_skb_set_tstamp), LEAVE),
		  "0: calls bpf_skb_set_tstamp, which writes tstamp of the context", NONE },
		{ "asks for the checksum's state", HOOK_TCX_INGRESS,
		  INSNS(SET(R2, 0), CALL(BPF_FUNC_csum_level), LEAVE), "", NONE },
		{ "may ask for the checksum's state", HOOK_TCX_INGRESS,
		  INSNS(SET(R2, 0), JUMPIF(BPF_JEQ, R9, 0, 1), SET(R2, 1),
			CALL(BPF_FUNC_csum_level), LEAVE),
		  "3: calls bpf_csum_level, which changes what the stack knows about the packet",
		  NONE },
		{ "sets the checksum's state to a number", HOOK_TCX_INGRESS,
		  INSNS(SET(R2, 3), CALL(BPF_FUNC_csum_level), LEAVE),
		  "1: calls bpf_csum_level, which changes what the stack knows about the packet",
		  NONE },
		{ "sets the checksum's state", HOOK_TCX_INGRESS,
		  INSNS(CALL(BPF_FUNC_csum_level), LEAVE),
		  "0: calls bpf_csum_level, which changes what the stack knows about the packet",
		  NONE },
		{ "tail call", HOOK_XDP, INSNS(CALL(BPF_FUNC_tail_call), LEAVE),
		  "0: tail call: what is called is not known", NONE },
		{ "not for these programs", HOOK_XDP, INSNS(CALL(BPF_FUNC_override_return), LEAVE),
		  "0: calls bpf_override_return, and what that does to packets is not known",
		  NONE },
		{ "beyond the table", HOOK_XDP, INSNS(CALL(4000), LEAVE),
		  "0: calls helper 4000, and what that does to packets is not known", NONE },
		{ "number 0", HOOK_XDP, INSNS(CALL(0), LEAVE),
		  "0: calls helper 0, and what that does to packets is not known", NONE },
		{ "fills the packet", HOOK_TCX_INGRESS,
		  INSNS(LOAD(BPF_W, R3, R1, 76), SET(R2, 0), SET(R4, 4),
			CALL(BPF_FUNC_skb_load_bytes), LEAVE),
		  "3: has bpf_skb_load_bytes write to the packet", NONE },
		{ "fills what is unknown", HOOK_TCX_INGRESS,
		  INSNS(LOAD(BPF_B, R3, R10, -1), SET(R2, 0), SET(R4, 4),
			CALL(BPF_FUNC_skb_load_bytes), LEAVE),
		  "3: has bpf_skb_load_bytes write through a pointer that may be to anything",
		  NONE },
		{ "reads the packet", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), MAP(R1), CALL(BPF_FUNC_map_lookup_elem), LEAVE), "",
		  NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

/* A dynptr at fp-16 of the packet of r1, or of a ring buffer record. */
#define PACKET_DYNPTR SET(R2, 0), MOV(R3, R10), OPK(BPF_ADD, R3, -16), CALLK()
#define RECORD_DYNPTR                                                                              \
	MAP(R1), SET(R2, 8), SET(R3, 0), MOV(R4, R10), OPK(BPF_ADD, R4, -16),                      \
		CALL(BPF_FUNC_ringbuf_reserve_dynptr)
#define DYNPTR(reg) MOV(reg, R10), OPK(BPF_ADD, reg, -16)

static void dynptrs_are_judged_by_what_they_are_over(void **state)
{
	const struct example examples[] = {
		{ "writes the packet", HOOK_TCX_INGRESS,
		  INSNS(PACKET_DYNPTR, DYNPTR(R1), CALL(BPF_FUNC_dynptr_write), LEAVE),
		  "6: has bpf_dynptr_write write to the packet", NAMES("bpf_dynptr_from_skb") },
		{ "writes a record", HOOK_TCX_INGRESS,
		  INSNS(RECORD_DYNPTR, DYNPTR(R1), CALL(BPF_FUNC_dynptr_write), LEAVE), "", NONE },
		{ "of which nothing is known", HOOK_TCX_INGRESS,
		  INSNS(DYNPTR(R1), CALL(BPF_FUNC_dynptr_write), LEAVE),
		  "2: has bpf_dynptr_write write through a dynptr that may be over anything",
		  NONE },
		{ "a slice to write to", HOOK_XDP,
		  INSNS(PACKET_DYNPTR, DYNPTR(R1), SET(R2, 0), SET(R3, 0), SET(R4, 8), CALLK(),
			JUMPIF(BPF_JEQ, R0, 0, 1), STOREK(BPF_B, R0, 0, 1), LEAVE),
		  "11: writes the packet at a computed offset",
		  NAMES("bpf_dynptr_from_xdp", "bpf_dynptr_slice_rdwr") },
		{ "a slice to read from", HOOK_XDP,
		  INSNS(PACKET_DYNPTR, DYNPTR(R1), SET(R2, 0), SET(R3, 0), SET(R4, 8), CALLK(),
			JUMPIF(BPF_JEQ, R0, 0, 1), LOAD(BPF_B, R0, R0, 0), LEAVE),
		  "", NAMES("bpf_dynptr_from_xdp", "bpf_dynptr_slice") },
		{ "data of a record", HOOK_XDP,
		  INSNS(RECORD_DYNPTR, DYNPTR(R1), SET(R2, 0), SET(R3, 8),
			CALL(BPF_FUNC_dynptr_data), STOREK(BPF_B, R0, 0, 1), LEAVE),
		  "", NONE },
		{ "a clone", HOOK_XDP,
		  INSNS(PACKET_DYNPTR, DYNPTR(R1), MOV(R2, R10), OPK(BPF_ADD, R2, -32), CALLK(),
			MOV(R1, R10), OPK(BPF_ADD, R1, -32), CALL(BPF_FUNC_dynptr_write), LEAVE),
		  "11: has bpf_dynptr_write write to the packet",
		  NAMES("bpf_dynptr_from_xdp", "bpf_dynptr_clone") },
		{ "ciphertext into the packet", HOOK_XDP,
		  INSNS(PACKET_DYNPTR, DYNPTR(R3), SET(R4, 0), CALLK(), LEAVE),
		  "7: has bpf_crypto_encrypt write to the packet",
		  NAMES("bpf_dynptr_from_xdp", "bpf_crypto_encrypt") },
		{ "a cipher's state in the packet", HOOK_XDP,
		  INSNS(PACKET_DYNPTR, SET(R3, 0), DYNPTR(R4), CALLK(), LEAVE),
		  "7: has bpf_crypto_decrypt write to the packet",
		  NAMES("bpf_dynptr_from_xdp", "bpf_crypto_decrypt") },
		{ "one of the two", HOOK_XDP,
		  INSNS(MOV(R6, R1), RECORD_DYNPTR, JUMPIF(BPF_JEQ, R0, 3, 5), MOV(R1, R6),
			PACKET_DYNPTR, DYNPTR(R1), CALL(BPF_FUNC_dynptr_write), LEAVE),
		  "16: has bpf_dynptr_write write to the packet", NAMES("bpf_dynptr_from_xdp") },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void kernel_functions_have_effects(void **state)
{
	const struct example examples[] = {
		{ "none", HOOK_XDP, INSNS(CALLK(), LEAVE), "", NAMES("bpf_rcu_read_lock") },
		{ "exception", HOOK_XDP, INSNS(CALLK(), EXIT()),
		  "0: calls bpf_throw, which ends the whole chain", NAMES("bpf_throw") },
		{ "not known", HOOK_XDP, INSNS(CALLK(), LEAVE),
		  "0: calls bpf_ct_insert_entry, and what that does to packets is not known",
		  NAMES("bpf_ct_insert_entry") },
		{ "without a name", HOOK_XDP, INSNS(CALLK(), LEAVE),
		  "0: calls a function of the kernel without a name, and what that does to packets "
		  "is not known",
		  NONE },
		{ "fills the packet", HOOK_XDP, INSNS(LOAD(BPF_W, R2, R1, 0), CALLK(), LEAVE),
		  "1: has bpf_xdp_metadata_rx_timestamp write to the packet",
		  NAMES("bpf_xdp_metadata_rx_timestamp") },
		{ "iterates", HOOK_XDP,
		  INSNS(MOV(R1, R10), OPK(BPF_ADD, R1, -8), SET(R2, 0), SET(R3, 9), CALLK(),
			MOV(R1, R10), OPK(BPF_ADD, R1, -8), CALLK(), JUMPIF(BPF_JNE, R0, 0, -4),
			MOV(R1, R10), OPK(BPF_ADD, R1, -8), CALLK(), LEAVE),
		  "", NAMES("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy") },
		{ "an object of the kernel", HOOK_TCX_INGRESS,
		  INSNS(CALLK(), LOAD(BPF_DW, R2, R0, 200), STOREK(BPF_B, R0, 0, 1),
			STOREK(BPF_B, R2, 0, 1), LEAVE),
		  "2: writes an object of the kernel\n"
		  "3: writes through a pointer that may be to anything",
		  NAMES("bpf_cast_to_kern_ctx") },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

static void what_is_no_program_is_found(void **state)
{
	const struct example examples[] = {
		{ "nothing", HOOK_XDP, NULL, 0, "0: has no instructions", NONE },
		{ "no exit", HOOK_XDP, INSNS(SET(R0, 0)), "0: has no exit behind it", NONE },
		{ "a jump behind the end", HOOK_XDP, INSNS(JUMP(5), EXIT()),
		  "0: has a jump out of its function", NONE },
		{ "a jump before the beginning", HOOK_XDP, INSNS(JUMP(-2), EXIT()),
		  "0: has a jump out of its function", NONE },
		{ "a jump into another function", HOOK_XDP,
		  INSNS(JUMPIF(BPF_JEQ, R1, 0, 3), CALLF(1), EXIT(), SET(R1, 1), LEAVE),
		  "0: has a jump out of its function", NONE },
		{ "into a wide instruction", HOOK_XDP, INSNS(JUMP(1), WIDE(R1, 0, 0), EXIT()),
		  "2: has a load of a kind that is not known", NONE },
		{ "half a wide instruction", HOOK_XDP,
		  INSNS(INSN(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 0)),
		  "0: has half of a wide instruction", NONE },
		{ "register 11", HOOK_XDP, INSNS(SET(11, 0), EXIT()),
		  "0: has a register that cannot be", NONE },
		{ "register 15 as an address", HOOK_XDP, INSNS(LOAD(BPF_B, R0, 15, 0), EXIT()),
		  "0: has a register that cannot be", NONE },
		{ "register 15 for an address", HOOK_XDP, INSNS(MAP(15), EXIT()),
		  "0: has a register that cannot be", NONE },
		{ "the stack's register", HOOK_XDP, INSNS(SET(R10, 0), EXIT()),
		  "0: has a register that cannot be", NONE },
		{ "an operation", HOOK_XDP, INSNS(OPK(0xe0, R1, 0), EXIT()),
		  "0: has arithmetic of a kind that is not known", NONE },
		{ "a computed jump", HOOK_XDP,
		  INSNS(INSN(BPF_JMP | BPF_JA | BPF_X, R1, 0, 0, 0), EXIT()),
		  "0: has a jump of a kind that is not known", NONE },
		{ "a computed call", HOOK_XDP,
		  INSNS(INSN(BPF_JMP | BPF_CALL | BPF_X, R1, 0, 0, 0), EXIT()),
		  "0: has a call of a kind that is not known", NONE },
		{ "not reached", HOOK_XDP, INSNS(LEAVE, SET(R10, 0)), "", NONE },
		{ "never reached", HOOK_XDP,
		  INSNS(SET(R3, 1), JUMPIF(BPF_JEQ, R3, 0, 2), LEAVE, SET(R10, 0)), "", NONE },
	};

	(void)state;
	assert_examples(examples, COUNT(examples));
}

/* "pass drop", "pass (any)"; then r: reads the packet. */
static const char *verdicts(struct arena *arena, const struct example *example)
{
	const struct analysis *analysis = analysed(arena, example);
	struct text text = TEXT(arena);

	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
		if (analysis->verdicts & (1u << slot))
			text_printf(&text, "%s%s", text.length ? " " : "",
				    verdict_name(example->hook, slot));
	if (analysis->any_verdict)
		text_printf(&text, " (any)");
	if (analysis->reads_packet)
		text_printf(&text, " r");
	return text_string(&text);
}

static void verdicts_are_collected(void **state)
{
	static const char *const any_xdp = "aborted drop pass tx redirect other (any)";
	const struct example examples[] = {
		{ "one", HOOK_XDP, INSNS(SET(R0, 2), EXIT()), "pass", NONE },
		{ "each", HOOK_XDP,
		  INSNS(SET32(R0, 1), JUMPIF(BPF_JEQ, R1, 0, 1), SET(R0, 4), EXIT()),
		  "drop redirect", NONE },
		{ "none of XDP", HOOK_XDP, INSNS(SET(R0, 7), EXIT()), "other", NONE },
		{ "next", HOOK_TCX_INGRESS, INSNS(SET32(R0, -1), EXIT()), "next", NONE },
		{ "next in 64 bits", HOOK_TCX_INGRESS, INSNS(SET(R0, -1), EXIT()), "next", NONE },
		{ "none of TC", HOOK_TCX_INGRESS, INSNS(SET(R0, 8), EXIT()), "other", NONE },
		{ "kept in a register", HOOK_XDP,
		  INSNS(SET(R6, 2), CALL(BPF_FUNC_ktime_get_ns), MOV32(R0, R6), EXIT()), "pass",
		  NONE },
		{ "kept on the stack", HOOK_XDP,
		  INSNS(STOREK(BPF_DW, R10, -8, 3), LOAD(BPF_DW, R0, R10, -8), EXIT()), "tx",
		  NONE },
		{ "computed", HOOK_XDP, INSNS(CALL(BPF_FUNC_get_prandom_u32), EXIT()), any_xdp,
		  NONE },
		{ "of a function", HOOK_XDP,
		  INSNS(CALLF(1), EXIT(), SET(R0, 1), JUMPIF(BPF_JEQ, R1, 0, 1), SET(R0, 2),
			EXIT()),
		  "drop pass", NONE },
		{ "what is left behind a comparison", HOOK_XDP,
		  INSNS(SET(R0, 1), JUMPIF(BPF_JEQ, R1, 0, 1), SET(R0, 2),
			JUMPIF32(BPF_JNE, R0, 1, 2), SET(R0, 3), EXIT(), EXIT()),
		  "pass tx", NONE },
		{ "NULL", HOOK_XDP,
		  INSNS(MAP(R1), MOV(R2, R10), CALL(BPF_FUNC_map_lookup_elem),
			JUMPIF(BPF_JEQ, R0, 0, 1), SET(R0, 2), EXIT()),
		  "aborted pass", NONE },
		{ "of a tail call", HOOK_XDP, INSNS(CALL(BPF_FUNC_tail_call), SET(R0, 2), EXIT()),
		  any_xdp, NONE },
		{ "of an exception in a function", HOOK_XDP,
		  INSNS(CALLF(2), SET(R0, 2), EXIT(), CALLK(), EXIT()), any_xdp,
		  NAMES("bpf_throw") },
		{ "of a short packet", HOOK_TCX_INGRESS,
		  INSNS(MOV(R6, R1), INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 0), SET(R0, 2),
			EXIT()),
		  "pass drop r", NONE },
		{ "of a short packet, in a function", HOOK_TCX_INGRESS,
		  INSNS(CALLF(1), EXIT(), MOV(R6, R1), INSN(BPF_LD | BPF_IND | BPF_B, 0, R1, 0, 0),
			SET(R0, 2), EXIT()),
		  "pass drop r", NONE },
		{ "round a loop", HOOK_XDP,
		  INSNS(SET(R0, 0), OPK(BPF_ADD, R0, 1), JUMPIF(BPF_JLT, R0, 100, -2), EXIT()),
		  any_xdp, NONE },
		{ "reads", HOOK_XDP,
		  INSNS(LOAD(BPF_W, R2, R1, 0), LOAD(BPF_B, R3, R2, 0), SET(R0, 2), EXIT()),
		  "pass r", NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct arena *arena = arena_new();
		const char *are = verdicts(arena, &examples[i]);

		if (strcmp(are, examples[i].finds) != 0)
			fail_msg("%s: \"%s\", but should be \"%s\"", examples[i].is, are,
				 examples[i].finds);
		arena_free(arena);
	}
}

static void context_reads_are_located(void **state)
{
	const struct example example = { "", HOOK_TCX_INGRESS,
					 INSNS(LOAD(BPF_W, R2, R1, 8), /* mark */
					       MOV(R6, R1), JUMPIF(BPF_JEQ, R2, 0, 1), MOV(R6, R10),
					       LOAD(BPF_W, R3, R6, -8), /* one or the other */
					       CALLF(5), MOV(R1, R10), OPK(BPF_ADD, R1, -32),
					       CALLF(2), LOAD(BPF_W, R2, R10, -8), EXIT(),
					       LOAD(BPF_W, R3, R1,
						    16), /* once the context, once the stack */
					       SET(R0, 0), EXIT()),
					 "", NONE };
	struct arena *arena = arena_new();
	const struct analysis *analysis = analysed(arena, &example);

	(void)state;
	assert_int_equal(analysis->context_reads[0], 8);
	assert_int_equal(analysis->context_reads[1], CONTEXT_NOT_READ);
	assert_int_equal(analysis->context_reads[4], CONTEXT_UNCLEAR);
	assert_int_equal(analysis->context_reads[9], CONTEXT_NOT_READ);
	assert_int_equal(analysis->context_reads[11], CONTEXT_UNCLEAR);
	arena_free(arena);
}

static void names_are_listed(void **state)
{
	const struct example example = {
		"", HOOK_TCX_INGRESS,
		INSNS(STOREK(BPF_W, R1, 8, 1), STOREK(BPF_W, R1, 48, 1), STOREK(BPF_W, R1, 8, 1),
		      CALLK(), MAP(R1), MOV(R2, R10), CALL(BPF_FUNC_map_lookup_elem), MAP(R1),
		      MOV(R2, R10), CALL(BPF_FUNC_map_lookup_elem), LEAVE),
		"", NAMES("bpf_rcu_read_lock")
	};
	struct arena *arena = arena_new();
	const struct analysis *analysis = analysed(arena, &example);

	(void)state;
	assert_int_equal(analysis->helper_count, 2);
	assert_string_equal(analysis->helpers[0], "bpf_map_lookup_elem");
	assert_string_equal(analysis->helpers[1], "bpf_rcu_read_lock");
	assert_int_equal(analysis->map_count, 1);
	assert_string_equal(analysis->maps[0], "counts");
	assert_int_equal(analysis->context_write_count, 2);
	assert_string_equal(analysis->context_writes[0], "cb[0]");
	assert_string_equal(analysis->context_writes[1], "mark");
	assert_string_equal(helper_name(BPF_FUNC_redirect), "bpf_redirect");
	assert_null(helper_name(0));
	assert_null(helper_name(100000));
	arena_free(arena);
}

/* The numbers are from a list of ours: those of the headers are the same, as far as they go. */
static void helpers_have_their_numbers(void **state)
{
#define NAME(name) "bpf_" #name
	static const char *const names[] = { __BPF_FUNC_MAPPER(NAME) };
#undef NAME

	(void)state;
	for (uint32_t i = 1; i < COUNT(names); i++)
		if (i <= BPF_FUNC_cgrp_storage_delete)
			assert_string_equal(helper_name(i), names[i]);
	assert_null(helper_name(BPF_FUNC_cgrp_storage_delete + 1));
}

static enum opinion opinion_of(const struct example *example)
{
	struct arena *arena = arena_new();
	enum opinion opinion = analysis_opinion(analysed(arena, example));

	arena_free(arena);
	return opinion;
}

static void opinions_follow_from_findings(void **state)
{
	const struct example readonly = { "", HOOK_XDP, INSNS(LEAVE), "", NONE };
	const struct example unknown = { "", HOOK_XDP, INSNS(CALL(4000), LEAVE), "", NONE };
	const struct example refuted = { "", HOOK_XDP,
					 INSNS(CALL(4000), CALL(BPF_FUNC_redirect), LEAVE), "",
					 NONE };

	(void)state;
	assert_int_equal(opinion_of(&readonly), OPINION_READONLY);
	assert_int_equal(opinion_of(&unknown), OPINION_UNKNOWN);
	assert_int_equal(opinion_of(&refuted), OPINION_REFUTED);
	for (enum opinion kernel = OPINION_NOT_ASKED; kernel <= OPINION_UNKNOWN; kernel++) {
		assert_int_equal(readonly_from(OPINION_REFUTED, kernel), READONLY_REFUTED);
		assert_int_equal(readonly_from(OPINION_UNKNOWN, kernel), READONLY_UNPROVEN);
		assert_int_equal(readonly_from(OPINION_READONLY, kernel),
				 kernel == OPINION_READONLY ? READONLY_PROVEN : READONLY_UNPROVEN);
	}
	assert_string_equal(readonly_name(READONLY_PROVEN), "proven");
	assert_string_equal(readonly_name(READONLY_REFUTED), "refuted");
	assert_string_equal(readonly_name(READONLY_UNPROVEN), "unproven");
}

/* Each function calls the next one twice: more ways than anyone could follow. */
static void what_is_too_complex_is_found(void **state)
{
	enum { EACH = 44, FUNCTIONS = 7 };
	struct arena *arena = arena_new();
	struct bpf_insn *insns = arena_array(arena, struct bpf_insn, FUNCTIONS * EACH + 2);
	struct example example = { "", HOOK_XDP, insns, FUNCTIONS * EACH + 2, "", NONE };
	const struct analysis *analysis;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < FUNCTIONS; i++) {
		for (size_t j = 0; j < EACH - 1; j++, at++)
			insns[at] = CALLF((int)((i + 1) * EACH - at - 1));
		insns[at++] = EXIT();
	}
	insns[at++] = SET(R0, 0);
	insns[at++] = EXIT();
	analysis = analysed(arena, &example);
	assert_int_equal(analysis_opinion(analysis), OPINION_UNKNOWN);
	assert_int_equal(analysis->count, 1);
	assert_int_equal(analysis->findings[0].kind, FINDING_TOO_COMPLEX);
	assert_true(analysis->any_verdict);
	assert_int_equal(analysis->context_reads[0], CONTEXT_UNCLEAR);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_are_judged_by_what_they_go_to),
		cmocka_unit_test(atomics_are_stores_too),
		cmocka_unit_test(pointers_stay_what_they_are),
		cmocka_unit_test(the_stack_keeps_what_is_spilled),
		cmocka_unit_test(functions_are_followed),
		cmocka_unit_test(callbacks_are_followed),
		cmocka_unit_test(helpers_have_effects),
		cmocka_unit_test(dynptrs_are_judged_by_what_they_are_over),
		cmocka_unit_test(kernel_functions_have_effects),
		cmocka_unit_test(what_is_no_program_is_found),
		cmocka_unit_test(verdicts_are_collected),
		cmocka_unit_test(context_reads_are_located),
		cmocka_unit_test(names_are_listed),
		cmocka_unit_test(helpers_have_their_numbers),
		cmocka_unit_test(opinions_follow_from_findings),
		cmocka_unit_test(what_is_too_complex_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
