/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls of helpers and of functions of the kernel. */
#include <stdio.h>

#include "policy/analysis/run.h"

enum { ARGUMENTS = 5 };

static const char *const effect_words[] = {
	[EFFECT_WRITES_PACKET] = "calls %s, which writes the packet",
	[EFFECT_WRITES_CONTEXT] = "calls %s, which changes what the stack knows about the packet",
	[EFFECT_RESIZES] = "calls %s, which resizes or moves the packet",
	[EFFECT_ENCAPSULATES] = "calls %s, which sets the packet's encapsulation",
	[EFFECT_REDIRECTS] = "may redirect: calls %s",
	[EFFECT_CLONES] = "clones the packet: calls %s",
	[EFFECT_TAIL_CALL] = "tail call: what is called is not known",
	[EFFECT_THROWS] = "calls %s, which ends the whole chain",
	[EFFECT_UNKNOWN] = "calls %s, and what that does to packets is not known",
};

static const enum finding_kind effect_kinds[] = {
	[EFFECT_WRITES_PACKET] = FINDING_WRITES_PACKET,
	[EFFECT_WRITES_CONTEXT] = FINDING_WRITES_CONTEXT,
	[EFFECT_RESIZES] = FINDING_RESIZES,
	[EFFECT_ENCAPSULATES] = FINDING_RESIZES,
	[EFFECT_REDIRECTS] = FINDING_REDIRECTS,
	[EFFECT_CLONES] = FINDING_CLONES,
	[EFFECT_TAIL_CALL] = FINDING_TAIL_CALL,
	[EFFECT_THROWS] = FINDING_THROWS,
	[EFFECT_UNKNOWN] = FINDING_UNKNOWN_CALL,
};

static struct value argument(const struct walk *walk, unsigned int number)
{
	return walk->machine.registers[number];
}

static bool is_number(const struct walk *walk, unsigned int number, int64_t *ret)
{
	struct value value = argument(walk, number);

	return value_only(value, KIND_SCALAR) &&
	       constants_single(walk->machine.constants, value.constants, ret);
}

/* The dynptrs that an argument is or points to; else KIND_UNKNOWN. 0: a number, NULL that is. */
static unsigned int dynptr_kinds(const struct walk *walk, struct value value)
{
	unsigned int kinds = value.kinds & ~(unsigned int)(KIND_SCALAR | KIND_STACK);

	if (value.kinds & KIND_STACK) {
		/* Where it was not made yet, on another path, there is anything. */
		kinds |= machine_load(&walk->machine, value, 0, 8).kinds & ~KIND_SCALAR;
		if (!kinds)
			return KIND_UNKNOWN;
	}
	if (kinds & ~(unsigned int)KINDS_DYNPTR)
		kinds = KIND_UNKNOWN | (kinds & KINDS_DYNPTR);
	return kinds;
}

static void note_reads(struct walk *walk, const struct callee *callee)
{
	int64_t flags;

	for (unsigned int i = 1; i <= ARGUMENTS; i++)
		if ((argument(walk, i).kinds & (KIND_PACKET | KIND_METADATA)) ||
		    (dynptr_kinds(walk, argument(walk, i)) & KIND_PACKET_DYNPTR))
			record_packet_read(walk->record);
	if (callee->effect != EFFECT_READS)
		return;
	/* Of perf_event_output the flags say whether it takes any of the packet along. */
	if (callee == callee_helper(BPF_FUNC_perf_event_output) && is_number(walk, 3, &flags) &&
	    !(flags & (int64_t)BPF_F_CTXLEN_MASK))
		return;
	record_packet_read(walk->record);
}

static void note_effect(struct walk *walk, const struct callee *callee)
{
	int64_t number;

	if (callee->effect == EFFECT_NONE || callee->effect == EFFECT_READS)
		return;
	if (callee->asks && is_number(walk, callee->asks, &number) && !number)
		return;
	if (callee->field) {
		record_finding(walk->record, walk->at, FINDING_WRITES_CONTEXT,
			       "calls %s, which writes %s of the context", callee->name,
			       callee->field);
		record_context_write(walk->record, callee->field);
		return;
	}
	record_finding(walk->record, walk->at, effect_kinds[callee->effect],
		       effect_words[callee->effect], callee->name);
}

static void write_dynptr(struct walk *walk, const struct callee *callee, struct value value)
{
	unsigned int kinds = dynptr_kinds(walk, value);

	if (!walk->record)
		return;
	if (kinds & KIND_PACKET_DYNPTR)
		record_finding(walk->record, walk->at, FINDING_WRITES_PACKET,
			       "has %s write to the packet", callee->name);
	if (kinds & KIND_UNKNOWN)
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_STORE,
			       "has %s write through a dynptr that may be over anything",
			       callee->name);
}

static void make_dynptr(struct walk *walk, const struct callee *callee)
{
	unsigned int kinds = KIND_OTHER_DYNPTR;
	struct value pointer = argument(walk, callee->dynptr);

	if (callee->over == OVER_PACKET)
		kinds = KIND_PACKET_DYNPTR;
	else if (callee->over == OVER_SAME)
		kinds = dynptr_kinds(walk, argument(walk, 1));
	if (!kinds)
		kinds = KIND_UNKNOWN;
	if ((!value_only(pointer, KIND_STACK) ||
	     !machine_put_dynptr(&walk->machine, pointer, kinds)) &&
	    walk->record)
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_STORE,
			       "has %s make a dynptr where none can be", callee->name);
}

static struct value result_of(const struct walk *walk, const struct callee *callee)
{
	struct value packet = { .kinds = KIND_PACKET, .offset = OFFSET_ANY };
	unsigned int kinds;

	switch (callee->result) {
	case RESULT_MEMORY:
		return value_of(KIND_MEMORY);
	case RESULT_OBJECT:
		return value_of(KIND_OBJECT);
	case RESULT_ARENA:
		return value_of(KIND_ARENA);
	case RESULT_OF_DYNPTR:
		kinds = dynptr_kinds(walk, argument(walk, 1));
		if (kinds & KIND_PACKET_DYNPTR)
			return packet;
		return value_of(kinds == KIND_OTHER_DYNPTR ? KIND_MEMORY : KIND_UNKNOWN);
	case RESULT_UNKNOWN:
		return value_of(KIND_UNKNOWN);
	default:
		return value_of(KIND_SCALAR);
	}
}

static void call_back(struct walk *walk, const struct callee *callee)
{
	const struct callback *callback = callee->callback;
	struct value function = argument(walk, callback->function);
	struct value arguments[ARGUMENTS];
	const int64_t *targets;
	size_t count = constants_list(walk->machine.constants, function.constants, &targets);

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		arguments[i] =
			value_of(i < 3 && callback->kinds[i] ? callback->kinds[i] : KIND_SCALAR);
	if (callback->data)
		arguments[callback->data_register - 1] = argument(walk, callback->data);
	if (!value_only(function, KIND_FUNCTION) || !count) {
		if (walk->record)
			record_finding(walk->record, walk->at, FINDING_UNKNOWN_CALL,
				       "has %s call a function that is not known", callee->name);
		return;
	}
	for (size_t i = 0; i < count; i++)
		walk_callback(walk, (size_t)targets[i], arguments, callback->later);
}

static enum flow call(struct walk *walk, const struct callee *callee)
{
	struct value result = result_of(walk, callee);

	if (walk->record) {
		note_reads(walk, callee);
		note_effect(walk, callee);
	}
	for (unsigned int i = 1; i <= ARGUMENTS; i++) {
		if (callee->writes & ARGUMENT(i))
			access_fill(walk, argument(walk, i), callee->name);
		if (callee->writes_dynptr & ARGUMENT(i))
			write_dynptr(walk, callee, argument(walk, i));
	}
	if (callee->dynptr)
		make_dynptr(walk, callee);
	if (callee->callback)
		call_back(walk, callee);
	/* What a tail call ends with is what the function does; an exception ends everything. */
	if (callee->effect == EFFECT_TAIL_CALL || callee->effect == EFFECT_THROWS)
		walk_return(walk, value_of(KIND_SCALAR));
	/* Whoever throws it, it is what the whole program returns. */
	if (callee->effect == EFFECT_THROWS && walk->record)
		record_any_verdict(walk->record);
	for (unsigned int i = 1; i <= ARGUMENTS; i++)
		walk->machine.registers[i] = value_of(KIND_SCALAR);
	walk->machine.registers[BPF_REG_0] = result;
	return callee->effect == EFFECT_THROWS ? FLOW_END : FLOW_ON;
}

enum flow execute_call(struct walk *walk)
{
	const struct analysis_input *input = walk->layout->input;
	const struct bpf_insn *insn = &input->insns[walk->at];
	struct callee unknown = { .result = RESULT_UNKNOWN };
	const struct callee *callee;
	char number[32];

	if (insn->code != (BPF_JMP | BPF_CALL))
		return walk_unknown(walk, "a call of a kind that is not known");
	if (layout_calls_kfunc(input, walk->at)) {
		unknown.name = input->targets[walk->at].name;
		callee = unknown.name ? callee_kfunc(unknown.name) : NULL;
		if (!unknown.name)
			unknown.name = "a function of the kernel without a name";
	} else if (insn->src_reg) {
		return walk_unknown(walk, "a call of a kind that is not known");
	} else {
		callee = callee_helper((uint32_t)insn->imm);
		(void)snprintf(number, sizeof(number), "helper %u", (uint32_t)insn->imm);
		unknown.name = number;
	}
	if (walk->record && (callee || layout_calls_kfunc(input, walk->at)))
		record_helper(walk->record, walk->at, callee ? callee->name : unknown.name);
	return call(walk, callee ? callee : &unknown);
}
