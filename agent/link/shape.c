/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/shape.h"

#include "agent/link/functions.h"

enum { KERNEL_STACK = 512 };

unsigned int stack_frame(struct stack_rules rules, unsigned int bytes)
{
	if (!bytes && rules.empty_costs)
		bytes = 1;
	return (bytes + rules.unit - 1) / rules.unit * rules.unit;
}

/* A function of the program, and what is nested in a call of it. */
struct nested {
	size_t start;
	size_t end;
	unsigned int stack; /* as the kernel counts it */
	enum { UNSEEN, OPEN, SEEN } state;
	unsigned int below;
	int before_jump; /* of the frames below its own; as in struct shape */
	bool jumps;
	unsigned int frames;
};

struct program {
	const struct bpf_insn *insns;
	struct {
		struct nested *items;
		size_t count;
	} functions;
};

static bool is_tail_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg &&
	       insn->imm == BPF_FUNC_tail_call;
}

/* They leave the function when the packet is shorter, without an exit of their own. */
static bool is_packet_load(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_LD &&
	       (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND);
}

static struct nested *function_at(const struct program *program, size_t start)
{
	for (size_t i = 0; i < program->functions.count; i++)
		if (program->functions.items[i].start == start)
			return &program->functions.items[i];
	return NULL;
}

static void descend(const struct program *program, struct nested *function);

/* Its own frame included; -1: there is no tail call. */
static int frames_before_jump(const struct nested *function)
{
	if (function->before_jump >= 0)
		return function->before_jump + (int)function->stack;
	return function->jumps ? 0 : -1;
}

/* A callback may refer to itself, as a timer does that starts itself again: that nests nothing. */
static void add_call(const struct program *program, struct nested *caller, size_t start)
{
	struct nested *callee = function_at(program, start);
	unsigned int below;

	if (!callee)
		return;
	descend(program, callee);
	if (callee->state != SEEN)
		return;
	below = callee->stack + callee->below;
	if (below > caller->below)
		caller->below = below;
	if (callee->frames + 1 > caller->frames)
		caller->frames = callee->frames + 1;
	if (frames_before_jump(callee) > caller->before_jump)
		caller->before_jump = frames_before_jump(callee);
}

static void descend(const struct program *program, struct nested *function)
{
	if (function->state != UNSEEN)
		return;
	function->state = OPEN;
	function->before_jump = -1;
	function->frames = 1;
	for (size_t i = function->start; i < function->end; i++) {
		const struct bpf_insn *insn = &program->insns[i];

		if (refers_to_function(insn))
			add_call(program, function, i + 1 + (size_t)insn->imm);
		function->jumps |= is_tail_call(insn);
		i += is_wide(insn);
	}
	function->state = SEEN;
}

/*
 * The verifier names the stack of each function in their order, unless it has found some that
 * nothing calls: then each gets what the largest has.
 */
static unsigned int stack_of(const struct figures_of_verifier *figures, size_t functions, size_t at)
{
	unsigned int most = 0;

	if (!at || functions == figures->count)
		return figures->stack[at];
	for (size_t i = 1; i < figures->count; i++)
		most = figures->stack[i] > most ? figures->stack[i] : most;
	return most;
}

static void read_functions(struct arena *arena, const struct link_element *element,
			   struct stack_rules rules, struct program *program)
{
	const bool *starts = function_starts(arena, element->insns, element->count);
	struct nested *last = NULL;

	for (size_t i = 0; i < element->count; i++) {
		if (!starts[i])
			continue;
		if (last)
			last->end = i;
		last = list_push(arena, &program->functions);
		last->start = i;
		last->end = element->count;
	}
	for (size_t i = 0; element->figures && i < program->functions.count; i++)
		program->functions.items[i].stack =
			stack_frame(rules, stack_of(element->figures, program->functions.count, i));
}

static const char *bar_of(const struct link_element *element, size_t main)
{
	if (element->called)
		return "it stays a program of its own";
	if (!element->figures)
		return "how much stack it needs is unknown";
	for (size_t i = 0; i < main; i++) {
		if (is_tail_call(&element->insns[i]))
			return "has a tail call";
		if (is_packet_load(&element->insns[i]))
			return "has packet loads that leave it (LD_ABS, LD_IND)";
		i += is_wide(&element->insns[i]);
	}
	/* Nothing may enter its main function but its beginning. */
	for (size_t i = 0; i < element->count; i++) {
		if (refers_to_function(&element->insns[i]) &&
		    i + 1 + (size_t)element->insns[i].imm < main)
			return "calls itself";
		i += is_wide(&element->insns[i]);
	}
	return NULL;
}

struct shape shape_of(struct arena *arena, const struct link_element *element,
		      struct stack_rules rules)
{
	struct program program = { .insns = element->insns };
	struct nested *main;
	struct shape shape = { 0 };

	read_functions(arena, element, rules, &program);
	main = &program.functions.items[0];
	descend(&program, main);
	shape.main = main->end;
	shape.below = main->below;
	shape.jumps = main->jumps;
	shape.before_jump = main->before_jump;
	shape.frames = main->frames;
	shape.bar = bar_of(element, main->end);
	if (element->figures)
		shape.own = element->figures->stack[0];
	else if (!element->called)
		shape.own = KERNEL_STACK;
	return shape;
}
