/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing through pointers. */
#include "policy/analysis/context.h"
#include "policy/analysis/run.h"

static void note_read(struct walk *walk, struct value pointer, int offset)
{
	int at = CONTEXT_NOT_READ;

	if (pointer.kinds & (KIND_CONTEXT | KIND_UNKNOWN)) {
		at = value_offset(pointer, offset);
		if (!value_only(pointer, KIND_CONTEXT) || at < 0)
			at = CONTEXT_UNCLEAR;
	}
	record_context_read(walk->record, walk->at, at);
	if (pointer.kinds & (KIND_PACKET | KIND_METADATA))
		record_packet_read(walk->record);
}

static struct value load_context(struct walk *walk, struct value pointer, int offset,
				 unsigned int size)
{
	int at = value_offset(pointer, offset);

	if (at == OFFSET_ANY)
		return value_of(KIND_UNKNOWN);
	return value_of(context_field_kinds(walk->layout->input->hook, at, size));
}

struct value access_load(struct walk *walk, struct value pointer, int offset, unsigned int size)
{
	/* In all other memory a pointer is a number to the kernel, or to something it keeps. */
	const unsigned int plain = KIND_SCALAR | KIND_PACKET | KIND_METADATA | KIND_MAP |
				   KIND_MEMORY | KIND_OBJECT | KIND_ARENA;
	struct value result = value_of(0);

	if (walk->record)
		note_read(walk, pointer, offset);
	if (pointer.kinds & plain)
		result = value_of(KIND_SCALAR);
	if (pointer.kinds & KIND_CONTEXT)
		result = value_join(walk->machine.constants, result,
				    load_context(walk, pointer, offset, size));
	if (pointer.kinds & KIND_STACK)
		result = value_join(walk->machine.constants, result,
				    machine_load(&walk->machine, pointer, offset, size));
	if (!value_only(pointer, plain | KIND_CONTEXT | KIND_STACK))
		result = value_join(walk->machine.constants, result, value_of(KIND_UNKNOWN));
	return result;
}

static void note_context_write(struct walk *walk, struct value pointer, int offset)
{
	int at = value_offset(pointer, offset);
	const char *field = NULL;

	if (at != OFFSET_ANY)
		field = context_field_name(walk->layout->input->hook, at);
	record_finding(walk->record, walk->at, FINDING_WRITES_CONTEXT, "writes %s of the context",
		       field ? field : "an unknown field");
	if (field)
		record_context_write(walk->record, field);
}

static void note_packet_write(struct walk *walk, struct value pointer, int offset)
{
	int at = value_offset(pointer, offset);

	if (pointer.kinds & KIND_METADATA)
		record_finding(walk->record, walk->at, FINDING_WRITES_PACKET,
			       "writes the packet's metadata");
	else if (at == OFFSET_ANY)
		record_finding(walk->record, walk->at, FINDING_WRITES_PACKET,
			       "writes the packet at a computed offset");
	else
		record_finding(walk->record, walk->at, FINDING_WRITES_PACKET,
			       "writes the packet at offset %d", at);
}

static void note_store(struct walk *walk, struct value pointer, int offset)
{
	const unsigned int known = KIND_SCALAR | KIND_CONTEXT | KIND_PACKET | KIND_METADATA |
				   KIND_STACK | KIND_MEMORY | KIND_ARENA;

	if (pointer.kinds & KIND_CONTEXT)
		note_context_write(walk, pointer, offset);
	if (pointer.kinds & (KIND_PACKET | KIND_METADATA))
		note_packet_write(walk, pointer, offset);
	if (pointer.kinds & KIND_OBJECT)
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_STORE,
			       "writes an object of the kernel");
	/* A number and nothing else: then it is no number, or the kernel would not take it. */
	if (!value_only(pointer, known) || value_only(pointer, KIND_SCALAR))
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_STORE,
			       "writes through a pointer that may be to anything");
}

void access_store(struct walk *walk, struct value pointer, int offset, unsigned int size,
		  struct value value)
{
	if (walk->record)
		note_store(walk, pointer, offset);
	if (!(pointer.kinds & KIND_STACK))
		return;
	if (!machine_store(&walk->machine, pointer, offset, size, value) && walk->record)
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_STORE,
			       "writes outside of the stack");
}

void access_fill(struct walk *walk, struct value pointer, const char *name)
{
	const unsigned int harmless = KIND_SCALAR | KIND_STACK | KIND_MEMORY | KIND_ARENA;
	int64_t null = -1;

	if (pointer.kinds & KIND_STACK)
		machine_fill(&walk->machine, pointer);
	if (!walk->record)
		return;
	if (pointer.kinds & (KIND_PACKET | KIND_METADATA))
		record_finding(walk->record, walk->at, FINDING_WRITES_PACKET,
			       "has %s write to the packet", name);
	if (value_only(pointer, KIND_SCALAR))
		(void)constants_single(walk->machine.constants, pointer.constants, &null);
	if (!value_only(pointer, harmless | KIND_PACKET | KIND_METADATA) ||
	    (value_only(pointer, KIND_SCALAR) && null))
		record_finding(walk->record, walk->at, FINDING_UNKNOWN_STORE,
			       "has %s write through a pointer that may be to anything", name);
}
