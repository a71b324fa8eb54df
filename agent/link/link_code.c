/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/link_code.h"

#include "agent/link/assembler.h"
#include "agent/link/insns.h"
#include "agent/link/shape.h"

/* No program returns it: the verdict to go on with where none is. */
enum { TCX_GO_ON = -1, XDP_GO_ON = 2, NO_VERDICT = 0x7fffffff };

size_t assembler_emit(struct assembler *as, struct bpf_insn insn)
{
	*list_push(as->arena, &as->code.insns) = insn;
	return as->code.insns.count - 1;
}

void assembler_land(struct assembler *as, size_t jump)
{
	as->code.insns.items[jump].off = (__s16)(as->code.insns.count - jump - 1);
}

static size_t emit(struct assembler *as, struct bpf_insn insn)
{
	return assembler_emit(as, insn);
}

static void land(struct assembler *as, size_t jump)
{
	assembler_land(as, jump);
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

/* Inlined elements use all registers. */
static bool keeps_verdict(const struct assembler *as)
{
	return as->choice && as->choice->keeps_verdict;
}

/* Several verdicts go on: r7 has the verdict, r8 its slot. */
static void emit_several(struct assembler *as, size_t at)
{
	size_t goes_on;

	emit(as, MOV32_REG(BPF_REG_7, BPF_REG_0));
	if (keeps_verdict(as))
		emit(as, STORE64(BPF_REG_10, (__s16)slot_of_verdict(as), BPF_REG_7));
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
	as->verdict_kept = true;
}

/* The last element of the chain leaves it with whatever it returns. */
static void emit_single(struct assembler *as, size_t at)
{
	int verdict = go_on(as, element_of(as, at));

	if (at + 1 < as->request->count)
		as->leaves[at] = emit(as, JUMP32_IF(BPF_JNE, BPF_REG_0, verdict, 0));
	as->verdict_kept = false;
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

/* The last element's is for the end of the chain, whatever it is. */
static bool looks_at_verdict(const struct assembler *as, size_t at)
{
	if (element_of(as, at)->observe)
		return is_counting(as);
	return is_counting(as) || at + 1 < as->request->count ||
	       manifest_counts_itself(element_of(as, at));
}

/* r0 = what the element returns. */
static void emit_run(struct assembler *as, size_t at)
{
	if (is_inlined(as, at)) {
		inline_main(as, at);
		if (looks_at_verdict(as, at))
			inline_hide_verdict(as);
		return;
	}
	as->begins[at] = emit(as, CALL_FUNCTION(0));
	if (as->request->items[at].called)
		emit_missed(as, at);
}

static void emit_elements(struct assembler *as)
{
	bool on_stack = as->choice && choice_inlines(as->choice);

	as->verdict = go_on_default(as);
	if (on_stack)
		inline_begin(as);
	else
		emit(as, MOV_REG(BPF_REG_6, BPF_REG_1));
	for (size_t i = 0; i < as->request->count; i++) {
		if (!on_stack)
			emit(as, MOV_REG(BPF_REG_1, BPF_REG_6));
		else if (i > 0)
			emit(as, LOAD64(BPF_REG_1, BPF_REG_10, (__s16)slot_of_context(as)));
		emit_run(as, i);
		if (element_of(as, i)->observe)
			emit_observer(as, i);
		else if (manifest_counts_itself(element_of(as, i)))
			emit_several(as, i);
		else
			emit_single(as, i);
	}
}

/*
 * r0 is the verdict. Of a packet that ends here nothing is touched: it may be one that an element
 * behind the placeholders sent while its own packet is there. The first key of the table is 0.
 */
static void emit_head(struct assembler *as)
{
	size_t ends;

	if (!as->request->head)
		return;
	ends = emit(as, JUMP32_IF(BPF_JNE, BPF_REG_0, TCX_GO_ON, 0));
	emit_map(as, BPF_REG_2, BPF_PSEUDO_MAP_VALUE, as->code.keys);
	emit_map(as, BPF_REG_1, BPF_PSEUDO_MAP_FD, as->request->marks);
	emit(as, CALL_HELPER(BPF_FUNC_map_lookup_elem));
	emit(as, JUMP_IF(BPF_JEQ, BPF_REG_0, 0, 1));
	emit(as, STORE64_IMM(BPF_REG_0, 0, 0));
	emit(as, MOV32_IMM(BPF_REG_0, TCX_GO_ON));
	land(as, ends);
}

/* The chain ran off an end whose element is counted already. */
static void emit_end(struct assembler *as)
{
	if (as->verdict_kept && keeps_verdict(as))
		emit(as, LOAD64(BPF_REG_0, BPF_REG_10, (__s16)slot_of_verdict(as)));
	else if (as->verdict_kept)
		emit(as, MOV32_REG(BPF_REG_0, BPF_REG_7));
	else
		emit(as, MOV32_IMM(BPF_REG_0, as->verdict));
	emit_head(as);
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
	bool ended_by_last = as->request->count && !manifest_counts_itself(element_of(as, last));

	*list_push(as->arena, &as->code.functions) =
		(struct link_function){ .start = 0, .element = DISPATCHER, .entry = true };
	emit_elements(as);
	if (ended_by_last)
		emit_head(as);
	else
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

/* Its off in the whole program: each module once, whoever calls it. */
static __s16 module_off(struct assembler *as, __u32 id)
{
	for (size_t i = 0; i < as->code.modules.count; i++)
		if (as->code.modules.items[i] == id)
			return (__s16)(i + 1);
	*list_push(as->arena, &as->code.modules) = id;
	return (__s16)as->code.modules.count;
}

/* Calls and addresses of functions are relative to the instruction, so they survive the move. */
static void add_functions(struct assembler *as, size_t element, size_t from, size_t end)
{
	const struct link_element *of = &as->request->items[element];
	const bool *starts = function_starts(as->arena, of->insns, of->count);

	for (size_t i = from; i < end; i++) {
		if (!starts[i])
			continue;
		*list_push(as->arena, &as->code.functions) =
			(struct link_function){ .start = as->code.insns.count + i - from,
						.element = element,
						.entry = i == 0 };
	}
}

void assembler_copy(struct assembler *as, size_t element, size_t from, size_t end)
{
	const struct link_element *of = &as->request->items[element];

	if (from == end)
		return;
	*list_push(as->arena, &as->code.pieces) =
		(struct link_piece){ as->code.insns.count, end - from, element, from };
	for (size_t i = from; i < end; i++) {
		struct bpf_insn insn = of->insns[i];

		if (modules_is_call(&insn))
			insn.off = module_off(as, of->modules->ids[insn.off - 1]);
		emit(as, insn);
	}
}

/* What is called from the dispatcher. */
static void emit_functions(struct assembler *as, size_t element)
{
	size_t count = as->request->items[element].count;
	size_t here = as->code.insns.count;

	if (is_inlined(as, element)) {
		add_functions(as, element, as->choice->shapes[element].main, count);
		inline_subprograms(as, element);
		return;
	}
	as->code.insns.items[as->begins[element]].imm = (int)(here - as->begins[element] - 1);
	add_functions(as, element, 0, count);
	assembler_copy(as, element, 0, count);
}

struct link_code link_assemble(struct arena *arena, const struct link_request *request,
			       const struct choice *choice, int keys)
{
	struct assembler as = {
		.arena = arena,
		.request = request,
		.choice = choice,
		.code = { .keys = keys },
		.begins = arena_array(arena, size_t, request->count),
		.leaves = arena_array(arena, size_t, request->count),
	};

	emit_dispatcher(&as);
	for (size_t i = 0; i < request->count; i++)
		emit_functions(&as, i);
	return as.code;
}

size_t link_element_at(const struct link_code *code, size_t instruction)
{
	for (size_t i = 0; i < code->pieces.count; i++)
		if (instruction - code->pieces.items[i].start < code->pieces.items[i].count)
			return code->pieces.items[i].element;
	return DISPATCHER;
}

const struct bpf_insn *link_call_marked(struct arena *arena, int programs, __u32 slot,
					const struct link_mark *mark, size_t *ret_count)
{
	const struct bpf_insn insns[] = {
		MOV_REG(BPF_REG_6, BPF_REG_1),
		STORE32_IMM(BPF_REG_10, -4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, mark->marks),
		INSN(0, 0, 0, 0, 0),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		CALL_HELPER(BPF_FUNC_map_lookup_elem),
		JUMP_IF(BPF_JEQ, BPF_REG_0, 0, 11),
		LOAD64(BPF_REG_1, BPF_REG_0, 0),
		SHIFT_RIGHT_IMM(BPF_REG_1, (int)mark->number),
		AND_IMM(BPF_REG_1, 1),
		JUMP_IF(BPF_JEQ, BPF_REG_1, 0, 7),
		MOV_REG(BPF_REG_1, BPF_REG_6),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, programs),
		INSN(0, 0, 0, 0, 0),
		MOV32_IMM(BPF_REG_3, (int)slot),
		CALL_HELPER(BPF_FUNC_tail_call),
		MOV32_IMM(BPF_REG_0, LINK_MISSED),
		EXIT(),
		MOV32_IMM(BPF_REG_0, TCX_GO_ON),
		EXIT(),
	};

	*ret_count = sizeof(insns) / sizeof(insns[0]);
	return arena_memdup(arena, insns, sizeof(insns));
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
