/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/link_code.h"

#include "agent/link/functions.h"
#include "agent/link/insns.h"

/* No program returns it: the verdict to go on with where none is. */
enum { TCX_GO_ON = -1, XDP_GO_ON = 2, NO_VERDICT = 0x7fffffff };

struct assembler {
	struct arena *arena;
	const struct link_request *request;
	struct link_code code;
	size_t *calls; /* instruction that calls element i */
	size_t *leaves; /* jump taken when element i ended the chain; 0 none */
	bool verdict_in_r7; /* what the last element that counted returned; else it is: */
	int verdict;
};

static size_t emit(struct assembler *as, struct bpf_insn insn)
{
	*list_push(as->arena, &as->code.insns) = insn;
	return as->code.insns.count - 1;
}

/* Points a jump at the next instruction to be emitted. */
static void land(struct assembler *as, size_t jump)
{
	as->code.insns.items[jump].off = (__s16)(as->code.insns.count - jump - 1);
}

static const struct manifest_element *element_of(const struct assembler *as, size_t at)
{
	return as->request->items[at].element;
}

static int go_on_default(const struct assembler *as)
{
	return as->request->hook == HOOK_XDP ? XDP_GO_ON : TCX_GO_ON;
}

/* The verdict after which the chain goes on. */
static int go_on(const struct assembler *as, const struct manifest_element *element)
{
	int slot = manifest_go_on(element, as->request->hook);

	if (slot < 0)
		return NO_VERDICT;
	return slot == VERDICT_NEXT ? TCX_GO_ON : slot;
}

/* A map's address, or with BPF_PSEUDO_MAP_VALUE that of its value. */
static void emit_map(struct assembler *as, unsigned int dst, unsigned int what, int map)
{
	emit(as, INSN(BPF_LD | BPF_DW | BPF_IMM, dst, what, 0, map));
	emit(as, INSN(0, 0, 0, 0, 0));
}

/* dst = the counter slot of the verdict in src. */
static void emit_slot(struct assembler *as, unsigned int dst, unsigned int src)
{
	int highest = as->request->hook == HOOK_XDP ? XDP_REDIRECT : VERDICT_OTHER - 1;
	size_t is_next = 0, is_known;

	emit(as, MOV32_REG(dst, src));
	is_known = emit(as, JUMP32_IF(BPF_JLE, dst, highest, 0));
	if (as->request->hook != HOOK_XDP) {
		size_t is_other = emit(as, JUMP32_IF(BPF_JNE, dst, TCX_GO_ON, 0));

		emit(as, MOV32_IMM(dst, VERDICT_NEXT));
		is_next = emit(as, JUMP(0));
		land(as, is_other);
	}
	emit(as, MOV32_IMM(dst, VERDICT_OTHER));
	land(as, is_known);
	if (is_next)
		land(as, is_next);
}

/*
 * counters[r1 + r2]++ on this CPU; nobody else writes there while a packet is handled. The lookup
 * wants its key in memory, and stack that the dispatcher used would be taken from what the elements
 * have: so it points to the number in a table.
 */
static void emit_increment(struct assembler *as)
{
	size_t counted;

	emit(as, ADD32_REG(BPF_REG_1, BPF_REG_2));
	emit(as, SHIFT_LEFT_IMM(BPF_REG_1, 2));
	emit_map(as, BPF_REG_2, BPF_PSEUDO_MAP_VALUE, as->code.keys);
	emit(as, ADD_REG(BPF_REG_2, BPF_REG_1));
	emit_map(as, BPF_REG_1, BPF_PSEUDO_MAP_FD, as->request->counters);
	emit(as, CALL_HELPER(BPF_FUNC_map_lookup_elem));
	counted = emit(as, JUMP_IF(BPF_JEQ, BPF_REG_0, 0, 0));
	emit(as, LOAD64(BPF_REG_1, BPF_REG_0, 0));
	emit(as, ADD_IMM(BPF_REG_1, 1));
	emit(as, STORE64(BPF_REG_0, 0, BPF_REG_1));
	land(as, counted);
}

static bool is_counting(const struct assembler *as)
{
	return as->request->counters >= 0;
}

/* The verdict is of no consequence. */
static void emit_observer(struct assembler *as, size_t at)
{
	if (!is_counting(as))
		return;
	emit_slot(as, BPF_REG_2, BPF_REG_0);
	emit(as, MOV32_IMM(BPF_REG_1, (int)(at * VERDICT_SLOTS)));
	emit_increment(as);
}

/* Several verdicts go on: r7 has the verdict, r8 its slot. */
static void emit_several(struct assembler *as, size_t at)
{
	size_t goes_on;

	emit(as, MOV32_REG(BPF_REG_7, BPF_REG_0));
	emit_slot(as, BPF_REG_8, BPF_REG_0);
	if (is_counting(as)) {
		emit(as, MOV32_REG(BPF_REG_2, BPF_REG_8));
		emit(as, MOV32_IMM(BPF_REG_1, (int)(at * VERDICT_SLOTS)));
		emit_increment(as);
	}
	emit(as, MOV32_IMM(BPF_REG_1, (int)element_of(as, at)->proceed));
	emit(as, SHIFT_RIGHT32_REG(BPF_REG_1, BPF_REG_8));
	goes_on = emit(as, JUMP32_IF(BPF_JSET, BPF_REG_1, 1, 0));
	emit(as, MOV32_REG(BPF_REG_0, BPF_REG_7));
	emit(as, EXIT());
	land(as, goes_on);
	as->verdict_in_r7 = true;
}

/* The last element of the chain leaves it with whatever it returns. */
static void emit_single(struct assembler *as, size_t at)
{
	int verdict = go_on(as, element_of(as, at));

	if (at + 1 < as->request->count)
		as->leaves[at] = emit(as, JUMP32_IF(BPF_JNE, BPF_REG_0, verdict, 0));
	as->verdict_in_r7 = false;
	as->verdict = verdict == NO_VERDICT ? go_on_default(as) : verdict;
}

/* What did not run is counted as such, and then as what goes on. */
static void emit_missed(struct assembler *as, size_t at)
{
	size_t ran = emit(as, JUMP32_IF(BPF_JNE, BPF_REG_0, LINK_MISSED, 0));

	if (is_counting(as)) {
		emit(as, MOV32_IMM(BPF_REG_2, VERDICT_MISSED));
		emit(as, MOV32_IMM(BPF_REG_1, (int)(at * VERDICT_SLOTS)));
		emit_increment(as);
	}
	emit(as, MOV32_IMM(BPF_REG_0, go_on(as, element_of(as, at))));
	land(as, ran);
}

static void emit_elements(struct assembler *as)
{
	as->verdict = go_on_default(as);
	emit(as, MOV_REG(BPF_REG_6, BPF_REG_1));
	for (size_t i = 0; i < as->request->count; i++) {
		emit(as, MOV_REG(BPF_REG_1, BPF_REG_6));
		as->calls[i] = emit(as, CALL_FUNCTION(0));
		if (as->request->items[i].called)
			emit_missed(as, i);
		if (element_of(as, i)->observe)
			emit_observer(as, i);
		else if (manifest_counts_itself(element_of(as, i)))
			emit_several(as, i);
		else
			emit_single(as, i);
	}
}

/* The chain ran off an end whose element is counted already. */
static void emit_end(struct assembler *as)
{
	if (as->verdict_in_r7)
		emit(as, MOV32_REG(BPF_REG_0, BPF_REG_7));
	else
		emit(as, MOV32_IMM(BPF_REG_0, as->verdict));
	emit(as, EXIT());
}

/* r1 = slot of the first verdict of the element that ended the chain; falls through into count. */
static void emit_exits(struct assembler *as, bool ended_by_last)
{
	size_t last = as->request->count - 1;
	size_t *jumps = arena_array(as->arena, size_t, last + 1);

	if (ended_by_last)
		emit(as, MOV32_IMM(BPF_REG_1, (int)(last * VERDICT_SLOTS)));
	for (size_t i = 0; i < last; i++) {
		if (!as->leaves[i])
			continue;
		if (ended_by_last)
			jumps[i] = emit(as, JUMP(0));
		land(as, as->leaves[i]);
		emit(as, MOV32_IMM(BPF_REG_1, (int)(i * VERDICT_SLOTS)));
		ended_by_last = true;
	}
	for (size_t i = 0; i < last; i++)
		if (jumps[i])
			land(as, jumps[i]);
}

static void emit_count(struct assembler *as)
{
	emit(as, MOV32_REG(BPF_REG_7, BPF_REG_0));
	emit_slot(as, BPF_REG_2, BPF_REG_0);
	emit_increment(as);
	emit(as, MOV32_REG(BPF_REG_0, BPF_REG_7));
}

static bool has_leaves(const struct assembler *as)
{
	for (size_t i = 0; i < as->request->count; i++)
		if (as->leaves[i])
			return true;
	return false;
}

static void emit_dispatcher(struct assembler *as)
{
	size_t last = as->request->count - 1;
	bool ended_by_last = !manifest_counts_itself(element_of(as, last));

	*list_push(as->arena, &as->code.functions) =
		(struct link_function){ .start = 0, .element = DISPATCHER, .entry = true };
	emit_elements(as);
	if (!ended_by_last)
		emit_end(as);
	if (!ended_by_last && !has_leaves(as))
		return;
	if (is_counting(as)) {
		emit_exits(as, ended_by_last);
		emit_count(as);
	} else {
		for (size_t i = 0; i < last; i++)
			if (as->leaves[i])
				land(as, as->leaves[i]);
	}
	emit(as, EXIT());
}

/* Calls and addresses of functions are relative to the instruction, so they survive the move. */
static void add_functions(struct assembler *as, size_t element)
{
	const struct link_element *from = &as->request->items[element];
	size_t base = as->code.insns.count;
	const bool *starts = function_starts(as->arena, from->insns, from->count);

	for (size_t i = 0; i < from->count; i++) {
		if (!starts[i])
			continue;
		*list_push(as->arena, &as->code.functions) = (struct link_function){
			.start = base + i, .element = element, .entry = i == 0
		};
	}
}

/* Its off in the whole program: each module once, whoever calls it. */
static __s16 module_off(struct assembler *as, __u32 id)
{
	for (size_t i = 0; i < as->code.modules.count; i++)
		if (as->code.modules.items[i] == id)
			return (__s16)(i + 1);
	*list_push(as->arena, &as->code.modules) = id;
	return (__s16)as->code.modules.count;
}

static void add_instructions(struct assembler *as, const struct link_element *element)
{
	for (size_t i = 0; i < element->count; i++) {
		struct bpf_insn insn = element->insns[i];

		if (modules_is_call(&insn))
			insn.off = module_off(as, element->modules->ids[insn.off - 1]);
		emit(as, insn);
	}
}

struct link_code link_assemble(struct arena *arena, const struct link_request *request, int keys)
{
	struct assembler as = {
		.arena = arena,
		.request = request,
		.code = { .keys = keys },
		.calls = arena_array(arena, size_t, request->count),
		.leaves = arena_array(arena, size_t, request->count),
	};

	emit_dispatcher(&as);
	for (size_t i = 0; i < request->count; i++) {
		as.code.insns.items[as.calls[i]].imm = (int)(as.code.insns.count - as.calls[i] - 1);
		add_functions(&as, i);
		add_instructions(&as, &request->items[i]);
	}
	return as.code;
}

size_t link_element_at(const struct link_code *code, size_t instruction)
{
	size_t element = DISPATCHER;

	for (size_t i = 0; i < code->functions.count; i++)
		if (code->functions.items[i].start <= instruction)
			element = code->functions.items[i].element;
	return element;
}

const struct bpf_insn *link_call(struct arena *arena, int programs, __u32 slot, size_t *ret_count)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, programs),
		INSN(0, 0, 0, 0, 0),
		MOV32_IMM(BPF_REG_3, (int)slot),
		CALL_HELPER(BPF_FUNC_tail_call),
		MOV32_IMM(BPF_REG_0, LINK_MISSED),
		EXIT(),
	};

	*ret_count = sizeof(insns) / sizeof(insns[0]);
	return arena_memdup(arena, insns, sizeof(insns));
}
