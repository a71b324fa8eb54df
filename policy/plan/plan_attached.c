/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_attached.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* An entry that waits on one hook. */
struct wait {
	const struct program *entry;
	const struct planned_chain *chain;
};

struct waits {
	struct wait *items;
	size_t count;
};

/* The pins are one string, "/sys/fs/bpf/x, /sys/fs/bpf/y". */
static bool pin_matches(const char *glob, const char *pins)
{
	while (*pins) {
		const char *end = strstr(pins, ", ");
		size_t length = end ? (size_t)(end - pins) : strlen(pins);
		char pin[4096];

		if (length < sizeof(pin)) {
			memcpy(pin, pins, length);
			pin[length] = '\0';
			if (!fnmatch(glob, pin, 0))
				return true;
		}
		pins += end ? length + 2 : length;
	}
	return false;
}

bool attached_means(const struct program *entry, const struct observed_program *program)
{
	if (!program_is_attached(entry) || program->ours)
		return false;
	if (entry->attached_name.text && fnmatch(entry->attached_name.text, program->name, 0))
		return false;
	return !entry->attached_pin.text ||
	       pin_matches(entry->attached_pin.text, program->pins ? program->pins : "");
}

/* The resolved order, if it is what counts on this hook. */
static const struct chain *resolved(const struct desired *desired)
{
	const struct chain *chain = desired ? desired->chain : NULL;

	return chain && !chain->blocked ? chain : NULL;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp((*(const struct program *const *)a)->name,
		      (*(const struct program *const *)b)->name);
}

/* Those of the chain that mean this program, by name; at most two of them are told. */
static size_t find_entries(const struct chain *chain, const struct observed_program *program,
			   const struct program *ret_entries[2])
{
	size_t count = 0;

	for (size_t i = 0; i < chain->count; i++) {
		const struct program *entry = chain->elements[i].program;

		if (!attached_means(entry, program))
			continue;
		if (count < 2)
			ret_entries[count++] = entry;
		else if (compare_entries(&entry, &ret_entries[1]) < 0)
			ret_entries[1] = entry;
		qsort(ret_entries, count, sizeof(*ret_entries), compare_entries);
	}
	return count;
}

const struct program **attached_entries(struct arena *arena, const struct desired *desired,
					const struct observed_hook *hook)
{
	const struct program **entries =
		arena_array(arena, const struct program *, hook->program_count);
	const struct chain *chain = resolved(desired);

	for (size_t i = 0; chain && i < hook->program_count; i++) {
		const struct program *found[2];

		if (find_entries(chain, &hook->programs[i], found))
			entries[i] = found[0];
	}
	return entries;
}

struct ambiguity attached_ambiguity(const struct desired *desired, const struct observed_hook *hook)
{
	const struct chain *chain = resolved(desired);
	struct ambiguity ambiguity = { 0 };

	for (size_t i = 0; chain && i < hook->program_count; i++) {
		if (find_entries(chain, &hook->programs[i], ambiguity.entries) < 2)
			continue;
		ambiguity.program = &hook->programs[i];
		break;
	}
	return ambiguity;
}

static bool is_there(const struct observed_hook *hook, const struct program *entry)
{
	for (size_t i = 0; i < hook->program_count; i++)
		if (attached_means(entry, &hook->programs[i]))
			return true;
	for (size_t i = 0; i < hook->absorbed_count; i++)
		if (attached_means(entry, &hook->absorbed[i]))
			return true;
	return false;
}

static struct waits collect_waits(struct arena *arena, const struct plan *plan)
{
	struct waits waits = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *planned = &plan->chains[i];
		const struct chain *chain = resolved(planned->desired);

		for (size_t j = 0; chain && planned->observed->supported && j < chain->count; j++) {
			const struct program *entry = chain->elements[j].program;

			if (program_is_attached(entry) && !is_there(planned->observed, entry))
				*list_push(arena, &waits) = (struct wait){ entry, planned };
		}
	}
	return waits;
}

/* By entry; of one entry in the order of the plan. */
static int compare_waits(const void *a, const void *b)
{
	const struct wait *x = a;
	const struct wait *y = b;
	int order = strcmp(x->entry->name, y->entry->name);

	return order ? order : (x->chain > y->chain) - (x->chain < y->chain);
}

/* Somebody's programs are there, and the kernel does not tell what they are. */
static bool has_nameless(const struct observed_hook *observed)
{
	for (size_t i = 0; i < observed->program_count; i++)
		if (!observed->programs[i].ours && !*observed->programs[i].tag)
			return true;
	return false;
}

static bool any_has_nameless(const struct wait *waits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_nameless(waits[i].chain->observed))
			return true;
	return false;
}

static void report_wait(const struct wait *waits, size_t count, struct diags *diags)
{
	const struct program *entry = waits->entry;
	struct diag *diag;

	diag = diag_note(diags, DIAG_ATTACHED_ABSENT, entry->span,
			 "nothing that '%s' means is attached to %s %s%s yet", entry->name,
			 waits->chain->interface, hook_name(waits->chain->hook),
			 count > 1 ? arena_printf(diags->arena, " and %zu more hook%s", count - 1,
						  count > 2 ? "s" : "")
				   : "");
	diag->program = entry->name;
	if (any_has_nameless(waits, count))
		diag_help(
			diags, diag,
			"there are programs whose names the kernel tells only with CAP_SYS_ADMIN");
}

void attached_report_waiting(const struct plan *plan, struct diags *diags)
{
	struct waits waits = collect_waits(diags->arena, plan);
	size_t end;

	if (!waits.count)
		return;
	qsort(waits.items, waits.count, sizeof(*waits.items), compare_waits);
	for (size_t start = 0; start < waits.count; start = end) {
		end = start + 1;
		while (end < waits.count &&
		       !strcmp(waits.items[end].entry->name, waits.items[start].entry->name))
			end++;
		report_wait(&waits.items[start], end - start, diags);
	}
}
