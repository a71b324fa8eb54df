/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/run.h"

#include "policy/analysis/queue.h"

/*
 * Bounds, for input that is made to need more: walked instructions, bytes for what is known at the
 * beginnings of blocks, functions called in one block.
 */
enum { STEPS_MOST = 1 << 22, BYTES_MOST = 1 << 26, INSNS_MOST = 1 << 20, CALLED_MOST = 256 };

/* So many values are joined in the time of one instruction, about. */
enum { VALUES_A_STEP = 32 };

/* What is known where a block begins, as far as paths to it were followed. */
struct block {
	struct activation *activation;
	size_t insn;
	bool queued;
	struct activation *called; /* by its instructions; a list */
	struct value values[]; /* machine_values() of them */
};

struct activation {
	struct activation *next_called; /* in the calling block's list */
	struct activation *next; /* in the order in which they were found */
	struct block *caller; /* NULL: nobody waits for it */
	size_t call; /* the instruction that calls it */
	size_t function; /* index in the layout's functions */
	unsigned int frames; /* with its own */
	bool repeats; /* may be called again on what it left */
	uint32_t number;
	struct block **blocks; /* of its function; NULL: not reached yet */
	struct value *returned; /* r0, then the callers' frames; NULL: it does not return */
};

struct run {
	struct arena *arena;
	const struct layout *layout;
	struct queue queue;
	struct activation *first, **last;
	struct activation **later; /* for each function: called back later; NULL: it is not */
	uint32_t activations;
	size_t steps;
	size_t bytes;
	bool exhausted;
	size_t exhausted_at;
};

enum { RETURNED_FRAMES = 1 }; /* where they begin in `returned` */

static void exhaust(struct walk *walk)
{
	if (!walk->run->exhausted)
		walk->run->exhausted_at = walk->at;
	walk->run->exhausted = true;
}

/* Takes room; false: there is no more, and the run ends. */
static bool take(struct walk *walk, size_t bytes)
{
	if (bytes > BYTES_MOST - walk->run->bytes)
		exhaust(walk);
	else
		walk->run->bytes += bytes;
	return !walk->run->exhausted;
}

static void enqueue(struct run *run, struct block *block)
{
	const struct activation *activation = block->activation;

	if (block->queued)
		return;
	block->queued = true;
	/* What is called comes before what called it, and what is in front before what follows. */
	queue_put(run->arena, &run->queue,
		  (uint64_t)(FRAMES_MOST - activation->frames) << 60 |
			  (uint64_t)activation->number << 24 | block->insn,
		  block);
}

/* Has anything become possible that was not before? */
static bool join(struct constants *constants, struct value *known, const struct value *values,
		 size_t count)
{
	bool changed = false;

	for (size_t i = 0; i < count; i++) {
		struct value joined;

		if (value_equal(known[i], values[i]))
			continue;
		joined = value_join(constants, known[i], values[i]);
		changed |= !value_equal(joined, known[i]);
		known[i] = joined;
	}
	return changed;
}

static size_t first_block(const struct run *run, const struct activation *activation)
{
	return run->layout->blocks_before[run->layout->functions[activation->function]];
}

static void reach(struct walk *walk, struct activation *activation, size_t insn,
		  const struct machine *machine)
{
	struct run *run = walk->run;
	size_t count = machine_values(machine->frames);
	struct block **place =
		&activation->blocks[run->layout->blocks_before[insn] - first_block(run, activation)];
	struct block *block = *place;

	run->steps += count / VALUES_A_STEP;
	if (block) {
		if (join(machine->constants, block->values, machine->values, count))
			enqueue(run, block);
		return;
	}
	if (!take(walk, sizeof(*block) + count * sizeof(*block->values)))
		return;
	block = arena_alloc(run->arena, sizeof(*block) + count * sizeof(*block->values));
	block->activation = activation;
	block->insn = insn;
	memcpy(block->values, machine->values, count * sizeof(*block->values));
	*place = block;
	enqueue(run, block);
}

void walk_reach(struct walk *walk, size_t insn)
{
	if (!walk->record)
		reach(walk, walk->activation, insn, &walk->machine);
}

enum flow walk_unknown(struct walk *walk, const char *what)
{
	if (walk->record)
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_INSTRUCTION, "has %s", what);
	return FLOW_END;
}

static struct activation *activate(struct walk *walk, size_t function, unsigned int frames)
{
	struct run *run = walk->run;
	const struct layout *layout = run->layout;
	size_t end = layout->functions[function + 1];
	size_t blocks =
		layout->blocks_before[end] - layout->blocks_before[layout->functions[function]];
	struct activation *activation;

	if (!take(walk, sizeof(*activation) + blocks * sizeof(*activation->blocks)))
		return NULL;
	activation = arena_alloc(run->arena, sizeof(*activation));
	activation->function = function;
	activation->frames = frames;
	activation->number = run->activations++;
	activation->blocks = arena_array(run->arena, struct block *, blocks);
	*run->last = activation;
	run->last = &activation->next;
	return activation;
}

/* The one that this instruction calls here; NULL: beyond the bounds. */
static struct activation *called(struct walk *walk, size_t function)
{
	struct activation *activation = walk->block->called;
	size_t count = 0;

	for (; activation; activation = activation->next_called, count++)
		if (activation->call == walk->at && activation->function == function)
			break;
	if (activation || walk->record)
		return activation;
	if (count == CALLED_MOST)
		exhaust(walk);
	else
		activation = activate(walk, function, walk->machine.frames + 1);
	if (!activation)
		return NULL;
	activation->call = walk->at;
	activation->caller = walk->block;
	activation->next_called = walk->block->called;
	walk->block->called = activation;
	return activation;
}

/* With `arguments` in registers 1 to 5, on top of the frames of the machine. */
static void enter(struct walk *walk, struct activation *activation, const struct value *arguments)
{
	struct machine machine = walk->machine;

	machine_enter(&machine);
	memcpy(&machine.registers[BPF_REG_1], arguments, 5 * sizeof(*arguments));
	reach(walk, activation, walk->layout->functions[activation->function], &machine);
}

static bool too_deep(struct walk *walk)
{
	if (walk->machine.frames < FRAMES_MOST)
		return false;
	if (walk->record)
		record_finding(walk->record, walk->at, FINDING_TOO_COMPLEX,
			       "calls more deeply than kernels allow");
	return true;
}

enum flow walk_call(struct walk *walk, size_t function)
{
	struct activation *activation;

	if (too_deep(walk))
		return FLOW_END;
	activation = called(walk, function);
	if (!activation)
		return FLOW_END;
	if (!walk->record)
		enter(walk, activation, &walk->machine.registers[BPF_REG_1]);
	if (!activation->returned)
		return FLOW_END;
	memcpy(walk->machine.stack, &activation->returned[RETURNED_FRAMES],
	       walk->machine.frames * sizeof(*walk->machine.stack));
	for (int i = BPF_REG_1; i <= BPF_REG_5; i++)
		walk->machine.registers[i] = value_of(KIND_SCALAR);
	walk->machine.registers[BPF_REG_0] = activation->returned[0];
	return FLOW_ON;
}

static void call_later(struct walk *walk, size_t function, const struct value *arguments)
{
	struct activation **later = &walk->run->later[function];
	unsigned int frames = walk->machine.frames;

	if (walk->record)
		return;
	if (!*later)
		*later = activate(walk, function, 1);
	if (!*later)
		return;
	walk->machine.frames = 0;
	enter(walk, *later, arguments);
	walk->machine.frames = frames;
}

void walk_callback(struct walk *walk, size_t insn, const struct value *arguments, bool later)
{
	size_t function = layout_function(walk->layout, insn);
	struct activation *activation;

	if (later) {
		call_later(walk, function, arguments);
		return;
	}
	if (too_deep(walk))
		return;
	activation = called(walk, function);
	if (!activation)
		return;
	activation->repeats = true;
	if (!walk->record)
		enter(walk, activation, arguments);
	if (activation->returned)
		join(walk->machine.constants, &walk->machine.values[REGISTERS],
		     &activation->returned[RETURNED_FRAMES], walk->machine.frames * STACK_SLOTS);
}

/* What it leaves on the stack is what it may find there the next time. */
static void repeat(struct walk *walk, struct activation *activation)
{
	size_t entry = walk->layout->functions[activation->function];
	struct machine machine = walk->machine;

	memcpy(machine.values, activation->blocks[0]->values,
	       machine_values(machine.frames) * sizeof(struct value));
	memcpy(machine.stack, &activation->returned[RETURNED_FRAMES],
	       (machine.frames - 1) * sizeof(*machine.stack));
	reach(walk, activation, entry, &machine);
}

static void return_to_caller(struct walk *walk, struct activation *activation, struct value value)
{
	size_t frames = (activation->frames - 1) * STACK_SLOTS;
	const struct value *stack = &walk->machine.values[REGISTERS];
	bool changed = !activation->returned;

	walk->run->steps += frames / VALUES_A_STEP;
	/* A frame that is gone holds nothing. */
	if ((value.kinds & KIND_STACK) && value.frame >= activation->frames - 1)
		value = value_of(KIND_UNKNOWN);
	if (changed) {
		if (!take(walk, (frames + 1) * sizeof(value)))
			return;
		activation->returned = arena_array(walk->run->arena, struct value, frames + 1);
		activation->returned[0] = value;
		memcpy(&activation->returned[RETURNED_FRAMES], stack, frames * sizeof(*stack));
	} else {
		changed = join(walk->machine.constants, activation->returned, &value, 1);
		changed |= join(walk->machine.constants, &activation->returned[RETURNED_FRAMES],
				stack, frames);
	}
	if (changed)
		enqueue(walk->run, activation->caller);
	if (changed && activation->repeats)
		repeat(walk, activation);
}

static void note_verdict(struct walk *walk, struct value value)
{
	const int64_t *values;
	size_t count = constants_list(walk->machine.constants, value.constants, &values);

	if (!value_only(value, KIND_SCALAR) || !count)
		record_any_verdict(walk->record);
	else
		for (size_t i = 0; i < count; i++)
			record_verdict(walk->record, (int32_t)values[i]);
}

void walk_return(struct walk *walk, struct value value)
{
	if (walk->record && !walk->activation->number)
		note_verdict(walk, value);
	else if (!walk->record && walk->activation->caller)
		return_to_caller(walk, walk->activation, value);
}

static enum flow execute(struct walk *walk)
{
	const struct bpf_insn *insn = &walk->layout->input->insns[walk->at];
	unsigned int class = BPF_CLASS(insn->code);
	long target;

	walk->next = walk->at + 1;
	if (!layout_has_registers(insn))
		return walk_unknown(walk, "a register that cannot be");
	if (class != BPF_JMP && class != BPF_JMP32)
		return execute_data(walk);
	if (BPF_OP(insn->code) != BPF_CALL)
		return execute_jump(walk);
	if (!layout_calls_function(walk->layout->input, walk->at))
		return execute_call(walk);
	target = layout_target(walk->layout->input, walk->at);
	if (target < 0)
		return walk_unknown(walk, "a call out of the program");
	return walk_call(walk, layout_function(walk->layout, (size_t)target));
}

static void walk_block(struct walk *walk)
{
	const struct layout *layout = walk->layout;
	size_t end = layout->functions[walk->activation->function + 1];

	for (;;) {
		/* What was followed in time is walked again in time. */
		if (++walk->run->steps > (walk->record ? 2 * STEPS_MOST : STEPS_MOST))
			exhaust(walk);
		if (walk->run->exhausted && (!walk->record || walk->run->steps > 2 * STEPS_MOST))
			return;
		if (execute(walk) == FLOW_END)
			return;
		if (walk->next >= end) {
			walk_unknown(walk, "no exit behind it");
			return;
		}
		walk->at = walk->next;
		if (layout_begins_block(layout, walk->at)) {
			walk_reach(walk, walk->at);
			return;
		}
	}
}

static void walk_from(struct walk *walk, struct block *block)
{
	walk->activation = block->activation;
	walk->block = block;
	walk->at = block->insn;
	walk->machine.frames = block->activation->frames;
	memcpy(walk->machine.values, block->values,
	       machine_values(walk->machine.frames) * sizeof(*block->values));
	walk_block(walk);
}

static void start(struct walk *walk)
{
	struct activation *activation = activate(walk, 0, 1);
	struct machine machine = { .constants = walk->machine.constants };

	if (!activation)
		return;
	machine_enter(&machine);
	machine.registers[BPF_REG_1] = value_of(KIND_CONTEXT);
	reach(walk, activation, 0, &machine);
}

static void note(struct walk *walk, struct record *record)
{
	walk->record = record;
	for (struct activation *each = walk->run->first; each; each = each->next) {
		size_t end = walk->layout->functions[each->function + 1];
		size_t count = walk->layout->blocks_before[end] - first_block(walk->run, each);

		for (size_t i = 0; i < count; i++)
			if (each->blocks[i])
				walk_from(walk, each->blocks[i]);
	}
	if (walk->run->exhausted) {
		record_incomplete(record);
		record_finding(record, walk->run->exhausted_at, FINDING_TOO_COMPLEX,
			       "is too complex to be followed");
	}
}

static void run_new(struct arena *own, const struct analysis_input *input, struct record *record)
{
	struct run *run = arena_alloc(own, sizeof(*run));
	struct walk *walk = arena_alloc(own, sizeof(*walk));
	struct block *block;

	run->arena = own;
	run->layout = layout_new(own, input);
	run->last = &run->first;
	run->later = arena_array(own, struct activation *, run->layout->function_count);
	walk->run = run;
	walk->layout = run->layout;
	walk->machine.constants = constants_new(own);
	start(walk);
	while (!run->exhausted && (block = queue_take(&run->queue))) {
		block->queued = false;
		walk_from(walk, block);
	}
	note(walk, record);
}

const struct analysis *analyse(struct arena *arena, const struct analysis_input *input)
{
	struct record *record = record_new(arena, input);
	struct arena *own = arena_new();

	if (!input->count)
		record_finding(record, 0, FINDING_UNKNOWN_INSTRUCTION, "has no instructions");
	else if (input->count <= INSNS_MOST)
		run_new(own, input, record);
	else
		record_finding(record, 0, FINDING_TOO_COMPLEX,
			       "has more instructions than kernels take");
	if (!input->count || input->count > INSNS_MOST)
		record_incomplete(record);
	arena_free(own);
	return record_answer(record);
}

enum opinion analysis_opinion(const struct analysis *analysis)
{
	enum opinion opinion = OPINION_READONLY;

	for (size_t i = 0; i < analysis->count; i++) {
		if (analysis->findings[i].kind <= FINDING_REFUTES)
			return OPINION_REFUTED;
		opinion = OPINION_UNKNOWN;
	}
	return opinion;
}
