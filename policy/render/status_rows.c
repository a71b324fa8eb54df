/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/status_rows.h"

#include <string.h>

/* Chain and counters are in the same order, unless the chain was swapped between two looks. */
static const struct element_counters *find_counters(const struct counters *counters, size_t at,
						    const char *name)
{
	if (!counters)
		return NULL;
	if (at < counters->count && !strcmp(counters->items[at].name, name))
		return &counters->items[at];
	for (size_t i = 0; i < counters->count; i++)
		if (!strcmp(counters->items[i].name, name))
			return &counters->items[i];
	return NULL;
}

/* What is counted of one hook, now and a moment ago. */
struct counts {
	const struct counters *now;
	const struct counters *before;
};

/* `foreign_id` 0: the one of ours that has this name. */
static struct marks find_marks(struct arena *arena, const struct status_row *row, const char *name,
			       uint32_t foreign_id)
{
	for (size_t i = 0; row->planned && i < row->planned->count; i++) {
		const struct planned_element *planned = &row->planned->elements[i];

		if (foreign_id ? planned->foreign_id == foreign_id
			       : !planned->foreign_id && !strcmp(planned->name, name))
			return marks_of(arena, planned->program, row->hook->hook,
					planned->judgement);
	}
	return (struct marks){ 0 };
}

/* A segment's elements; *at counts those of the whole chain. */
static void add_chain(struct arena *arena, struct status_row *row, uint32_t program_id,
		      const struct manifest *running, size_t *at, const struct counts *counts)
{
	for (size_t i = 0; i < running->count; i++, ++*at) {
		struct status_element *element = list_push(arena, row);

		element->running = &running->items[i];
		element->name = element->running->name;
		element->ours = !element->running->absorbed;
		element->program_id = element->ours ? program_id : element->running->program;
		element->counters = find_counters(counts->now, *at, element->name);
		element->before = find_counters(counts->before, *at, element->name);
		element->marks = find_marks(arena, row, element->name, 0);
	}
}

static bool is_element(const struct observed_hook *hook, uint32_t program)
{
	const struct manifest *running = observed_running(hook);

	for (size_t i = 0; running && i < running->count; i++)
		if (running->items[i].absorbed && running->items[i].program == program)
			return true;
	return false;
}

static void add_elements(struct arena *arena, struct status_row *row, const struct counts *counts)
{
	size_t at = 0;

	for (size_t i = 0; i < row->hook->program_count; i++) {
		const struct observed_program *program = &row->hook->programs[i];
		struct observed_segment segment = { 0 };
		const struct manifest *running = NULL;
		struct status_element *element;

		if (program->ours) {
			segment = observed_segment(row->hook, i);
			running = segment_running(&segment);
		}
		if (running) {
			add_chain(arena, row, segment.chain, running, &at, counts);
			continue;
		}
		/* What it stands for is an element. */
		if (program->placeholder && is_element(row->hook, program->id))
			continue;
		/* A link that is about to go has nothing that packets could meet. */
		if (program->ours && !segment.chain)
			continue;
		element = list_push(arena, row);
		element->name = *program->name ? program->name : "?";
		element->ours = program->ours && segment.own != OWN_OVERWRITTEN;
		element->program_id = program->id;
		element->marks = find_marks(arena, row, element->name, program->id);
	}
}

static void add_row(struct arena *arena, struct status_rows *rows, const struct observed_hook *hook,
		    const struct planned_chain *planned, struct counts counts)
{
	struct status_row *row = list_push(arena, rows);

	row->hook = hook;
	row->planned = planned;
	add_elements(arena, row, &counts);
}

static bool is_before(const struct observed_hook *a, const struct observed_hook *b)
{
	return hook_compare(a->interface, a->hook, b->interface, b->hook) < 0;
}

static bool is_used(const struct observed_hook *hook)
{
	return hook->program_count || hook->filter_count;
}

static const struct counts nothing_counted;

static struct counts counts_of(const struct status *status, size_t at)
{
	return (struct counts){
		status->counters ? status->counters[at] : NULL,
		status->before ? status->before[at] : NULL,
	};
}

struct status_rows status_rows(struct arena *arena, const struct status *status)
{
	static const struct observed nothing;
	const struct observed *observed = status->observed ? status->observed : &nothing;
	const struct plan *plan = status->plan;
	struct status_rows rows = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];

		for (; at < observed->count && is_before(&observed->hooks[at], chain->observed);
		     at++)
			if (is_used(&observed->hooks[at]))
				add_row(arena, &rows, &observed->hooks[at], NULL, nothing_counted);
		if (at < observed->count && !is_before(chain->observed, &observed->hooks[at]))
			at++;
		add_row(arena, &rows, chain->observed, chain, counts_of(status, i));
	}
	for (; at < observed->count; at++)
		if (is_used(&observed->hooks[at]))
			add_row(arena, &rows, &observed->hooks[at], NULL, nothing_counted);
	return rows;
}

static struct fates count_fates(const struct status_element *element, enum hook hook,
				const struct element_counters *counters)
{
	struct fates fates = { .seen = counters->seen };

	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++) {
		/* Whether it dies is up to those behind, if its verdict is one to go on with. */
		if (element->running && manifest_continues(element->running, slot))
			fates.passed += counters->verdicts[slot];
		else if (verdict_drops(hook, slot))
			fates.dropped += counters->verdicts[slot];
		else
			fates.ended += counters->verdicts[slot];
	}
	return fates;
}

bool status_fates(const struct status_element *element, enum hook hook, struct fates *ret)
{
	if (!element->counters)
		return false;
	*ret = count_fates(element, hook, element->counters);
	return true;
}

static uint64_t rate(uint64_t now, uint64_t before, double seconds)
{
	return (uint64_t)((double)(now - before) / seconds + 0.5);
}

bool status_rates(const struct status *status, const struct status_element *element, enum hook hook,
		  struct fates *ret)
{
	struct fates now, before;

	if (!element->counters || !element->before || status->seconds <= 0)
		return false;
	now = count_fates(element, hook, element->counters);
	before = count_fates(element, hook, element->before);
	if (now.seen < before.seen || now.dropped < before.dropped || now.ended < before.ended ||
	    now.passed < before.passed)
		return false;
	*ret = (struct fates){
		rate(now.seen, before.seen, status->seconds),
		rate(now.dropped, before.dropped, status->seconds),
		rate(now.ended, before.ended, status->seconds),
		rate(now.passed, before.passed, status->seconds),
	};
	return true;
}

bool status_flow(const struct status *status, const struct status_element *element, enum hook hook,
		 struct fates *ret)
{
	if (status->before)
		return status_rates(status, element, hook, ret);
	return status_fates(element, hook, ret);
}
