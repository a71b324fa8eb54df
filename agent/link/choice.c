/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/choice.h"

#include "agent/link/shape.h"

/* kernel/bpf/verifier.c: MAX_BPF_STACK, MAX_CALL_FRAMES, and what a tail call may have above it. */
enum { KERNEL_STACK = 512, KERNEL_FRAMES = 8, STACK_BEFORE_JUMP = 256 };

/*
 * A jump reaches 32767 instructions, and there are jumps from the first element to the end of the
 * last. Around each there are some of the chain's own.
 */
enum { MAIN_LIMIT = 30000, AROUND = 64 };

/* From so many bytes on, clearing the stack for an element takes longer than calling it. */
enum { CLEAR_LIMIT = 128 };

static void call(struct choice *choice, size_t at, const char *why)
{
	choice->items[at] = (struct linking){ .why = why };
}

bool choice_inlines(const struct choice *choice)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->items[i].inlined)
			return true;
	return false;
}

static unsigned int round8(unsigned int bytes)
{
	return (bytes + 7) / 8 * 8;
}

/* Several verdicts of an element go on, and the one that it returned may be the chain's. */
static bool keeps_verdict(const struct choice *choice)
{
	for (size_t i = 0; i + 1 < choice->count; i++) {
		const struct manifest_element *element = choice->request->items[i].element;

		if (manifest_counts_itself(element) && !element->observe)
			return choice_inlines(choice);
	}
	return false;
}

/* What follows from which are inlined. */
static void settle(struct choice *choice)
{
	choice->frame = 0;
	for (size_t i = 0; i < choice->count; i++)
		if (choice->items[i].inlined && round8(choice->shapes[i].own) > choice->frame)
			choice->frame = round8(choice->shapes[i].own);
	choice->keeps_verdict = keeps_verdict(choice);
}

/* Of the chain's main function. */
static unsigned int chain_frame(const struct choice *choice)
{
	unsigned int bytes = choice->frame;

	if (choice_inlines(choice))
		bytes += CHOICE_SLOT * (CHOICE_SLOTS + choice->keeps_verdict);
	return stack_frame(choice->rules, bytes);
}

static bool fits(const struct choice *choice, size_t at)
{
	const struct shape *shape = &choice->shapes[at];
	unsigned int above = chain_frame(choice);
	bool jumps_directly = shape->jumps && !choice->items[at].inlined;

	if (jumps_directly && above >= STACK_BEFORE_JUMP)
		return false;
	if (!choice->items[at].inlined)
		above += stack_frame(choice->rules, shape->own);
	if (shape->before_jump >= 0 &&
	    above + (unsigned int)shape->before_jump >= STACK_BEFORE_JUMP)
		return false;
	return above + shape->below <= KERNEL_STACK;
}

static bool all_fit(const struct choice *choice)
{
	if (chain_frame(choice) > KERNEL_STACK)
		return false;
	for (size_t i = 0; i < choice->count; i++)
		if (!fits(choice, i))
			return false;
	return true;
}

/* Calls of it would be nested too deep: it runs inlined, or not at all. */
static bool must_be_inlined(const struct choice *choice, size_t at)
{
	return choice->shapes[at].frames >= KERNEL_FRAMES;
}

/* The inlined element with the most of something, of equal ones the last; SIZE_MAX: none is. */
static size_t largest(const struct choice *choice, size_t (*size)(const struct choice *, size_t))
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < choice->count; i++)
		if (choice->items[i].inlined && !must_be_inlined(choice, i) &&
		    (found == SIZE_MAX || size(choice, i) >= size(choice, found)))
			found = i;
	for (size_t i = 0; found == SIZE_MAX && i < choice->count; i++)
		if (choice->items[i].inlined)
			found = i;
	return found;
}

static size_t stack_of(const struct choice *choice, size_t at)
{
	return choice->shapes[at].own;
}

static size_t length_of(const struct choice *choice, size_t at)
{
	return choice->shapes[at].main;
}

static size_t steps_of(const struct choice *choice, size_t at)
{
	return choice->request->items[at].figures->steps;
}

void choice_refused_stack(struct choice *choice)
{
	size_t at = largest(choice, stack_of);

	if (at == SIZE_MAX)
		return;
	call(choice, at,
	     arena_printf(choice->arena,
			  "the stack is not enough for all of the chain, and it uses %u bytes",
			  choice->shapes[at].own));
	settle(choice);
}

static void shorten(struct choice *choice)
{
	size_t total = 0;

	for (size_t i = 0; i < choice->count; i++)
		total += AROUND + (choice->items[i].inlined ? choice->shapes[i].main : 0);
	while (total > MAIN_LIMIT && choice_inlines(choice)) {
		size_t at = largest(choice, length_of);

		total -= choice->shapes[at].main;
		call(choice, at,
		     arena_printf(choice->arena, "is too long: %zu instructions",
				  choice->shapes[at].main));
	}
	settle(choice);
}

/* What an element could read of those before it is cleared. */
static void spare_clearing(struct choice *choice)
{
	unsigned int used = 0;

	for (size_t i = 0; i < choice->count; i++) {
		unsigned int own = round8(choice->shapes[i].own);

		if (!choice->items[i].inlined)
			continue;
		if (own > CLEAR_LIMIT && used > CLEAR_LIMIT && !must_be_inlined(choice, i))
			call(choice, i,
			     arena_printf(choice->arena,
					  "to clear %u bytes of stack for it takes longer",
					  own < used ? own : used));
		else if (own > used)
			used = own;
	}
	settle(choice);
}

struct choice choice_make(struct arena *arena, const struct link_request *request,
			  struct stack_rules rules)
{
	struct choice choice = {
		.arena = arena,
		.request = request,
		.rules = rules,
		.count = request->count,
		.items = arena_array(arena, struct linking, request->count),
		.shapes = arena_array(arena, struct shape, request->count),
	};

	for (size_t i = 0; i < request->count; i++) {
		choice.shapes[i] = shape_of(arena, &request->items[i], rules);
		choice.items[i].why = choice.shapes[i].bar;
		if (!choice.items[i].why)
			choice.items[i].why = request->items[i].not_inlined;
		choice.items[i].inlined = !choice.items[i].why;
	}
	spare_clearing(&choice);
	while (choice_inlines(&choice) && !all_fit(&choice))
		choice_refused_stack(&choice);
	shorten(&choice);
	return choice;
}

void choice_refused_steps(struct choice *choice)
{
	size_t inlined = 0;

	for (size_t i = 0; i < choice->count; i++)
		inlined += choice->items[i].inlined;
	/* Each attempt may take a second: half of them at once, those that take longest. */
	for (size_t left = inlined > 1 ? inlined - inlined / 2 : 0; inlined > left; inlined--)
		call(choice, largest(choice, steps_of),
		     "inlined, the chain takes the verifier too many steps");
	settle(choice);
}

void choice_refused(struct choice *choice, size_t element, const char *words)
{
	call(choice, element,
	     arena_printf(choice->arena, "the kernel does not take it inlined: %s", words));
	settle(choice);
}

void choice_refused_all(struct choice *choice, const char *words)
{
	for (size_t i = 0; i < choice->count; i++)
		if (choice->items[i].inlined)
			choice_refused(choice, i, words);
}
