/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/record.h"

#include <limits.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* No path to the instruction was seen yet. */
enum { NOT_SEEN = INT_MIN };

struct names {
	const char **items;
	size_t count;
};

struct record {
	struct arena *arena;
	enum hook hook;
	size_t insns;
	struct {
		struct finding *items;
		size_t count;
	} findings;
	uint16_t *found; /* for each instruction: bits (1 << kind) */
	bool *named; /* for each instruction */
	int *context_reads;
	struct names helpers;
	struct names maps;
	struct names context_writes;
	unsigned int verdicts;
	bool any_verdict;
	bool reads_packet;
};

struct record *record_new(struct arena *arena, const struct analysis_input *input)
{
	struct record *record = arena_alloc(arena, sizeof(*record));

	record->arena = arena;
	record->hook = input->hook;
	record->insns = input->count;
	/* One more: what is wrong with a program of no instructions is said of instruction 0. */
	record->found = arena_array(arena, uint16_t, input->count + 1);
	record->named = arena_array(arena, bool, input->count);
	record->context_reads = arena_array(arena, int, input->count);
	for (size_t i = 0; i < input->count; i++)
		record->context_reads[i] = NOT_SEEN;
	return record;
}

void record_finding(struct record *record, size_t insn, enum finding_kind kind, const char *format,
		    ...)
{
	struct finding *finding;
	va_list args;

	if (record->found[insn] & (1u << kind))
		return;
	record->found[insn] |= (uint16_t)(1u << kind);
	finding = list_push(record->arena, &record->findings);
	finding->kind = kind;
	finding->insn = insn;
	va_start(args, format);
	finding->what = arena_vprintf(record->arena, format, args);
	va_end(args);
}

void record_context_read(struct record *record, size_t insn, int offset)
{
	int *known = &record->context_reads[insn];

	if (*known == NOT_SEEN)
		*known = offset;
	else if (*known != offset)
		*known = CONTEXT_UNCLEAR;
}

void record_packet_read(struct record *record)
{
	record->reads_packet = true;
}

void record_context_write(struct record *record, const char *field)
{
	/* There are few fields. */
	for (size_t i = 0; i < record->context_writes.count; i++)
		if (!strcmp(record->context_writes.items[i], field))
			return;
	*list_push(record->arena, &record->context_writes) = field;
}

static void add_name(struct record *record, struct names *names, size_t insn, const char *name)
{
	if (!record->named[insn])
		*list_push(record->arena, names) = name;
	record->named[insn] = true;
}

void record_helper(struct record *record, size_t insn, const char *name)
{
	add_name(record, &record->helpers, insn, name);
}

void record_map(struct record *record, size_t insn, const char *name)
{
	add_name(record, &record->maps, insn, name);
}

void record_verdict(struct record *record, int32_t verdict)
{
	int highest = record->hook == HOOK_XDP ? XDP_REDIRECT : VERDICT_OTHER - 1;
	unsigned int slot = VERDICT_OTHER;

	if (verdict >= 0 && verdict <= highest)
		slot = (unsigned int)verdict;
	else if (verdict == -1 && record->hook != HOOK_XDP)
		slot = VERDICT_NEXT;
	record->verdicts |= 1u << slot;
}

void record_any_verdict(struct record *record)
{
	record->any_verdict = true;
	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
		if (slot != VERDICT_MISSED && verdict_name(record->hook, slot))
			record->verdicts |= 1u << slot;
}

void record_incomplete(struct record *record)
{
	record_any_verdict(record);
	for (size_t i = 0; i < record->insns; i++)
		record->context_reads[i] = CONTEXT_UNCLEAR;
}

static int compare_findings(const void *a, const void *b)
{
	const struct finding *x = a;
	const struct finding *y = b;

	if (x->insn != y->insn)
		return x->insn < y->insn ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, each once. */
static const char **sorted(struct names *names, size_t *ret_count)
{
	size_t kept = 0;

	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	for (size_t i = 0; i < names->count; i++)
		if (!kept || strcmp(names->items[kept - 1], names->items[i]) != 0)
			names->items[kept++] = names->items[i];
	*ret_count = kept;
	return names->items;
}

const struct analysis *record_answer(struct record *record)
{
	struct analysis *answer = arena_alloc(record->arena, sizeof(*answer));

	answer->findings = record->findings.items;
	answer->count = record->findings.count;
	if (answer->count)
		qsort(answer->findings, answer->count, sizeof(*answer->findings), compare_findings);
	answer->reads_packet = record->reads_packet;
	answer->verdicts = record->verdicts;
	answer->any_verdict = record->any_verdict;
	answer->helpers = sorted(&record->helpers, &answer->helper_count);
	answer->maps = sorted(&record->maps, &answer->map_count);
	answer->context_writes = sorted(&record->context_writes, &answer->context_write_count);
	for (size_t i = 0; i < record->insns; i++)
		if (record->context_reads[i] == NOT_SEEN)
			record->context_reads[i] = CONTEXT_NOT_READ;
	answer->context_reads = record->context_reads;
	return answer;
}
