/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/machine.h"

/* The slots that an access can touch; `exact`: it touches all of them. */
struct span {
	unsigned int first_frame, last_frame;
	unsigned int first_slot, last_slot;
	bool exact;
	bool whole; /* one slot, all of it */
};

void machine_enter(struct machine *machine)
{
	unsigned int frame = machine->frames++;

	for (size_t i = 0; i < REGISTERS; i++)
		machine->registers[i] = value_of(KIND_SCALAR);
	for (size_t i = 0; i < STACK_SLOTS; i++)
		machine->stack[frame][i] = value_of(KIND_SCALAR);
	machine->registers[BPF_REG_10] = (struct value){ .kinds = KIND_STACK, .frame = frame & 15 };
}

/* false: there is no such place. */
static bool span_of(const struct machine *machine, struct value pointer, int offset,
		    unsigned int size, struct span *ret)
{
	int start = value_offset(pointer, offset);
	int end = start + (int)size;

	*ret = (struct span){ .first_frame = pointer.frame, .last_frame = pointer.frame };
	if (pointer.frame == FRAME_ANY) {
		ret->first_frame = 0;
		ret->last_frame = machine->frames - 1;
	} else if (pointer.frame >= machine->frames) {
		return false;
	}
	if (start == OFFSET_ANY) {
		ret->last_slot = STACK_SLOTS - 1;
		return true;
	}
	if (start < -STACK_SIZE || end > 0 || end <= start)
		return false;
	ret->first_slot = (unsigned int)(start + STACK_SIZE) / 8;
	ret->last_slot = (unsigned int)(end - 1 + STACK_SIZE) / 8;
	ret->exact = pointer.frame != FRAME_ANY;
	ret->whole = ret->exact && size == 8 && start % 8 == 0;
	return true;
}

struct value machine_load(const struct machine *machine, struct value pointer, int offset,
			  unsigned int size)
{
	struct value result = value_of(0);
	struct span span;

	if (!span_of(machine, pointer, offset, size, &span))
		return value_of(KIND_UNKNOWN);
	for (unsigned int frame = span.first_frame; frame <= span.last_frame; frame++)
		for (unsigned int slot = span.first_slot; slot <= span.last_slot; slot++)
			result =
				value_join(machine->constants, result, machine->stack[frame][slot]);
	if (span.whole)
		return result;
	/* Eight bytes at an unknown place may be a slot; of fewer no pointer is made. */
	if (size == 8 && !span.exact)
		return value_join(machine->constants, result, value_of(KIND_SCALAR));
	return value_of(value_only(result, KIND_SCALAR) ? KIND_SCALAR : KIND_UNKNOWN);
}

static struct value stored(const struct machine *machine, const struct span *span,
			   unsigned int size, struct value old, struct value value)
{
	bool scalars = value_only(old, KIND_SCALAR) && value_only(value, KIND_SCALAR);

	if (span->whole)
		return value;
	if (span->exact)
		return value_of(scalars ? KIND_SCALAR : KIND_UNKNOWN);
	if (size == 8)
		value = value_join(machine->constants, value, value_of(KIND_SCALAR));
	else
		value = value_of(value_only(value, KIND_SCALAR) ? KIND_SCALAR : KIND_UNKNOWN);
	return value_join(machine->constants, old, value);
}

bool machine_store(struct machine *machine, struct value pointer, int offset, unsigned int size,
		   struct value value)
{
	struct span span;

	if (!span_of(machine, pointer, offset, size, &span))
		return false;
	/* It may be a pointer to something else, and nothing be stored here. */
	if (!value_only(pointer, KIND_STACK | KIND_SCALAR))
		span.exact = span.whole = false;
	for (unsigned int frame = span.first_frame; frame <= span.last_frame; frame++)
		for (unsigned int slot = span.first_slot; slot <= span.last_slot; slot++)
			machine->stack[frame][slot] =
				stored(machine, &span, size, machine->stack[frame][slot], value);
	return true;
}

void machine_fill(struct machine *machine, struct value pointer)
{
	struct value bytes = value_of(KIND_SCALAR);
	struct span span;

	/* Up to the frame's end: how many bytes it is does not matter enough to be followed. */
	if (!span_of(machine, pointer, 0, 1, &span))
		return;
	for (unsigned int frame = span.first_frame; frame <= span.last_frame; frame++)
		for (unsigned int slot = span.first_slot; slot < STACK_SLOTS; slot++)
			machine->stack[frame][slot] =
				value_join(machine->constants, machine->stack[frame][slot], bytes);
}

bool machine_put_dynptr(struct machine *machine, struct value pointer, unsigned int kinds)
{
	return machine_store(machine, pointer, 0, 8, value_of(kinds)) &&
	       machine_store(machine, pointer, 8, 8, value_of(kinds));
}
