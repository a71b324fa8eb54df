/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet pays for a linked chain, against the bare program: the kernel's own duration for
 * BPF_PROG_TEST_RUN, which leaves out the cost of the call itself. It is in whole nanoseconds, so
 * that of all rounds the middle half is averaged.
 *
 * And what the verifier pays: its steps, and the time of a load, against the programs alone.
 */
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/bench.h"

enum {
	LENGTHS = 5,
	ROUNDS = 41,
	REPEAT = 20000,
	COLUMNS = 2 * BENCH_FORMS,
	VARIANTS = 1 + COLUMNS * LENGTHS
};

static const size_t lengths[LENGTHS] = { 1, 2, 5, 10, 32 };

/* Variant 0 is the bare program; then for each length each form without counters, and with. */
struct variant {
	int program;
	double ns[ROUNDS];
};

struct subject {
	const char *name;
	struct loaded *(*load)(struct arena *arena, enum hook hook);
};

static struct loaded *load_parser(struct arena *arena, enum hook hook)
{
	return bench_load_mixture(arena, hook, "functions", "parses");
}

/* They clear that much stack for each of them, and there is little else to do. */
static struct loaded *load_64(struct arena *arena, enum hook hook)
{
	return bench_load_mixture(arena, hook, "verdicts", "fills_64");
}

static struct loaded *load_200(struct arena *arena, enum hook hook)
{
	return bench_load_mixture(arena, hook, "verdicts", "fills_200");
}

static const struct subject subjects[] = {
	{ "the trivial program, two instructions", bench_load_trivial },
	{ "a parser of headers, with a map", load_parser },
	{ "a program with 64 bytes of stack", load_64 },
	{ "a program with 200 bytes of stack", load_200 },
};

static int make_counters(size_t elements)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", sizeof(__u32), sizeof(__u64),
				(__u32)elements * VERDICT_SLOTS, NULL);

	if (fd < 0)
		bench_fail(fd, "make the counters");
	return fd;
}

static void make_variants(struct arena *arena, const struct loaded *loaded, enum hook hook,
			  struct variant *variants)
{
	variants->program = bench_load_bare(loaded, hook);
	for (size_t i = 0; i < LENGTHS; i++) {
		for (enum bench_form form = 0; form < BENCH_FORMS; form++) {
			struct variant *variant = &variants[1 + COLUMNS * i + form];
			int counters = make_counters(lengths[i]);

			variant->program = bench_link(arena, loaded, hook, lengths[i], -1, form);
			variant[BENCH_FORMS].program =
				bench_link(arena, loaded, hook, lengths[i], counters, form);
			close(counters);
		}
	}
}

static double run(int program)
{
	unsigned char packet[64] = { [12] = 0x88, [13] = 0xb5, [14] = 10, [15] = 70, [16] = 255 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = REPEAT);
	int result = bpf_prog_test_run_opts(program, &options);

	if (result)
		bench_fail(result, "run a program");
	return options.duration;
}

static double typical(struct variant *variant)
{
	double sum = 0;

	bench_median(variant->ns, ROUNDS); /* sorts them */
	for (size_t round = ROUNDS / 4; round < ROUNDS - ROUNDS / 4; round++)
		sum += variant->ns[round];
	return sum / (ROUNDS - 2 * (ROUNDS / 4));
}

static void print_line(struct variant *variants, size_t length, double bare)
{
	static const enum bench_form order[BENCH_FORMS] = { BENCH_CALLED, BENCH_INLINED,
							    BENCH_MIXED };

	printf("%8zu", lengths[length]);
	for (size_t counted = 0; counted < 2; counted++) {
		for (size_t i = 0; i < BENCH_FORMS; i++) {
			struct variant *variant =
				&variants[1 + COLUMNS * length + counted * BENCH_FORMS + order[i]];
			double ns = typical(variant);

			printf(" %8.1f %5.2f", ns, ns / bare);
		}
	}
	printf("\n");
}

static void measure(const struct subject *subject, enum hook hook)
{
	static struct variant variants[VARIANTS];
	struct arena *arena = arena_new();
	struct loaded *loaded = subject->load(arena, hook);
	double bare;

	make_variants(arena, loaded, hook, variants);
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < VARIANTS; i++)
			variants[i].ns[round] = run(variants[i].program);
	bare = typical(&variants[0]);
	printf("\n%s: %s; bare it takes %.1f ns\n\n", hook == HOOK_XDP ? "xdp" : "tcx",
	       subject->name, bare);
	printf("%8s %14s %14s %14s %14s %14s %14s\n", "elements", "called, ratio", "inlined",
	       "mixed", "called,counted", "inlined", "mixed");
	for (size_t i = 0; i < LENGTHS; i++)
		print_line(variants, i, bare);
	for (size_t i = 0; i < VARIANTS; i++)
		close(variants[i].program);
	loaded_close(loaded);
	arena_free(arena);
}

static unsigned int steps_of(int program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int result = bpf_prog_get_info_by_fd(program, &info, &size);

	if (result)
		bench_fail(result, "ask for a program");
	return info.verified_insns;
}

/* The median time of a load, in microseconds, and the steps; form BENCH_FORMS: each alone. */
static double load_time(const struct loaded *loaded, size_t length, enum bench_form form,
			unsigned int *ret_steps)
{
	double us[ROUNDS];

	for (size_t round = 0; round < ROUNDS; round++) {
		struct arena *arena = arena_new();
		uint64_t start = bench_now();

		*ret_steps = 0;
		for (size_t i = 0; i < (form == BENCH_FORMS ? length : 1); i++) {
			int program = form == BENCH_FORMS ? bench_load_bare(loaded, HOOK_XDP)
							  : bench_link(arena, loaded, HOOK_XDP,
								       length, -1, form);

			*ret_steps += steps_of(program);
			close(program);
		}
		us[round] = (double)(bench_now() - start) / 1e3;
		arena_free(arena);
	}
	return bench_median(us, ROUNDS);
}

static void measure_loading(const struct subject *subject)
{
	struct arena *arena = arena_new();
	struct loaded *loaded = subject->load(arena, HOOK_XDP);

	printf("\nxdp: %s: steps of the verifier, and microseconds of the load\n\n", subject->name);
	printf("%8s %18s %18s %18s\n", "elements", "each alone, sum", "called", "inlined");
	for (size_t i = 0; i < LENGTHS; i++) {
		static const enum bench_form forms[] = { BENCH_FORMS, BENCH_CALLED, BENCH_INLINED };

		printf("%8zu", lengths[i]);
		for (size_t form = 0; form < sizeof(forms) / sizeof(*forms); form++) {
			unsigned int steps;
			double us = load_time(loaded, lengths[i], forms[form], &steps);

			printf(" %9u %8.0f", steps, us);
		}
		printf("\n");
	}
	loaded_close(loaded);
	arena_free(arena);
}

int main(void)
{
	bench_need_root();
	printf("A linked chain against the bare program: %d rounds of %d runs, in ns and as the "
	       "ratio to the bare program.\n",
	       ROUNDS, REPEAT);
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		measure(&subjects[i], HOOK_XDP);
		measure(&subjects[i], HOOK_TCX_INGRESS);
	}
	measure_loading(&subjects[0]);
	measure_loading(&subjects[1]);
	return 0;
}
