/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet pays for taken-over links: a head, a placeholder, and an element that is called
 * where it has its mark, against a linked element and the bare program. The kernel's own duration
 * for BPF_PROG_TEST_RUN, which leaves out the cost of the call itself.
 */
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/link/linked.h"
#include "agent/link/placeholder.h"
#include "tests/support/bench.h"

enum { LENGTHS = 3, ROUNDS = 31, REPEAT = 100000 };

static const enum hook IN = HOOK_TCX_INGRESS;
static const size_t lengths[LENGTHS] = { 1, 5, 10 };

struct variant {
	int program;
	double ns[ROUNDS];
};

struct variants {
	struct variant bare;
	struct variant head;
	struct variant placeholder;
	struct variant linked[LENGTHS];
	struct variant absorbed[LENGTHS];
};

/* So that all that is absorbed runs. */
static void set_marks(struct arena *arena, int marks)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values = arena_array(arena, uint64_t, (size_t)cpus);
	__u32 key = 0;

	for (int i = 0; i < cpus; i++)
		values[i] = UINT64_MAX;
	if (bpf_map_update_elem(marks, &key, values, BPF_ANY))
		bench_fail(0, "set the marks");
}

/* `program` -1: linked; `count` 0: a head. */
static int make_chain(struct arena *arena, const struct loaded *loaded, int program, size_t count,
		      int marks)
{
	struct manifest_element *items = arena_array(arena, struct manifest_element, count);
	struct linked_element *elements = arena_array(arena, struct linked_element, count);
	struct manifest manifest = { .hook = IN,
				     .items = items,
				     .count = count,
				     .call_all = true,
				     .head = !count,
				     .marks_of = 2 };
	struct linked_terms terms = { .marks = marks };
	struct diags diags = DIAGS(arena);
	struct error error = { "" };
	struct linked linked;

	for (size_t i = 0; i < count; i++) {
		const char *name = arena_printf(arena, "element-%zu", i);

		items[i] = manifest_element_absorbed(IN, name, 0);
		items[i].absorbed = program >= 0;
		items[i].mark = program >= 0 ? (unsigned int)i + 1 : 0;
		elements[i].absorbed = program >= 0;
		elements[i].program = program;
		elements[i].jumps = program >= 0;
		elements[i].insns = loaded_insns(loaded, &elements[i].count);
	}
	if (linked_make(&manifest, elements, &terms, &diags, &linked, &error) ||
	    linked.fds[LINKED_PROGRAM] < 0)
		bench_fail(0, "link %zu elements: %s", count,
			   diags.count ? diags.items[0].summary : error.text);
	/* What is called stays as long as somebody holds the array. */
	return linked.fds[LINKED_PROGRAM];
}

static int make_placeholder(int marks, int program)
{
	struct placeholder placeholder;
	int result = placeholder_make(marks, 1, program, 0, &placeholder);

	if (result)
		bench_fail(result, "make a placeholder");
	return placeholder.fds[PLACEHOLDER_PROGRAM];
}

static void make_variants(struct arena *arena, struct variants *variants)
{
	struct loaded *loaded = bench_load_trivial(arena, IN);
	int marks = placeholder_marks();
	int cleared = placeholder_marks();

	set_marks(arena, marks);
	variants->bare.program = bench_load_bare(loaded, IN);
	variants->head.program = make_chain(arena, loaded, -1, 0, cleared);
	variants->placeholder.program = make_placeholder(cleared, variants->bare.program);
	for (size_t i = 0; i < LENGTHS; i++) {
		variants->linked[i].program = make_chain(arena, loaded, -1, lengths[i], marks);
		variants->absorbed[i].program =
			make_chain(arena, loaded, variants->bare.program, lengths[i], marks);
	}
	loaded_close(loaded);
}

static void run(struct variant *variant, size_t round)
{
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = REPEAT);
	int result = bpf_prog_test_run_opts(variant->program, &options);

	if (result)
		bench_fail(result, "run a program");
	variant->ns[round] = options.duration;
}

static void print(struct variants *variants)
{
	double bare = bench_median(variants->bare.ns, ROUNDS);

	printf("\n%-26s %6s\n", "", "ns");
	printf("%-26s %6.0f\n", "the bare program", bare);
	printf("%-26s %6.0f\n", "placeholder", bench_median(variants->placeholder.ns, ROUNDS));
	printf("%-26s %6.0f\n", "head without elements", bench_median(variants->head.ns, ROUNDS));
	printf("\n%8s  %8s %10s  %8s %10s\n", "elements", "linked", "an element", "absorbed",
	       "an element");
	for (size_t i = 0; i < LENGTHS; i++) {
		double linked = bench_median(variants->linked[i].ns, ROUNDS);
		double absorbed = bench_median(variants->absorbed[i].ns, ROUNDS);
		double length = (double)lengths[i];

		printf("%8zu  %8.0f %10.1f  %8.0f %10.1f\n", lengths[i], linked,
		       (linked - bare) / length, absorbed, (absorbed - bare) / length);
	}
}

int main(void)
{
	struct arena *arena = arena_new();
	struct variants variants = { 0 };

	bench_need_root();
	make_variants(arena, &variants);
	for (size_t round = 0; round < ROUNDS; round++) {
		run(&variants.bare, round);
		run(&variants.head, round);
		run(&variants.placeholder, round);
		for (size_t i = 0; i < LENGTHS; i++) {
			run(&variants.linked[i], round);
			run(&variants.absorbed[i], round);
		}
	}
	printf("Links that were taken over, on tcx: medians of %d rounds of %d runs.\n", ROUNDS,
	       REPEAT);
	print(&variants);
	arena_free(arena);
	return 0;
}
