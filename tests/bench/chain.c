/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet pays for a linked chain of trivial elements, against the bare program: the kernel's
 * own duration for BPF_PROG_TEST_RUN, which leaves out the cost of the call itself.
 */
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/bench.h"

enum { LENGTHS = 5, ROUNDS = 31, REPEAT = 100000, VARIANTS = 1 + 2 * LENGTHS };

static const size_t lengths[LENGTHS] = { 1, 2, 5, 10, 32 };

/* Variant 0 is the bare program; then for each length one without counters and one with. */
struct variant {
	int program;
	double ns[ROUNDS];
};

static int make_counters(size_t elements)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", sizeof(__u32), sizeof(__u64),
				(__u32)elements * VERDICT_SLOTS, NULL);

	if (fd < 0)
		bench_fail(fd, "make the counters");
	return fd;
}

static void make_variants(struct arena *arena, enum hook hook, struct variant *variants)
{
	struct loaded *loaded = bench_load_trivial(arena, hook);

	variants[0].program = bench_load_bare(loaded, hook);
	for (size_t i = 0; i < LENGTHS; i++) {
		int counters = make_counters(lengths[i]);

		variants[1 + 2 * i].program = bench_link(arena, loaded, hook, lengths[i], -1);
		variants[2 + 2 * i].program = bench_link(arena, loaded, hook, lengths[i], counters);
		close(counters);
	}
	loaded_close(loaded);
}

static double run(int program)
{
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = REPEAT);
	int result = bpf_prog_test_run_opts(program, &options);

	if (result)
		bench_fail(result, "run a program");
	return options.duration;
}

static void measure(enum hook hook)
{
	struct variant variants[VARIANTS] = { 0 };
	struct arena *arena = arena_new();
	double bare;

	make_variants(arena, hook, variants);
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < VARIANTS; i++)
			variants[i].ns[round] = run(variants[i].program);
	bare = bench_median(variants[0].ns, ROUNDS);
	printf("\n%s: the bare program takes %.0f ns\n\n", hook == HOOK_XDP ? "xdp" : "tcx", bare);
	printf("%8s  %8s %8s %8s  %8s %8s %8s\n", "", "no count", "", "ns an", "counted", "",
	       "ns an");
	printf("%8s  %8s %8s %8s  %8s %8s %8s\n", "elements", "ns", "ratio", "element", "ns",
	       "ratio", "element");
	for (size_t i = 0; i < LENGTHS; i++) {
		double plain = bench_median(variants[1 + 2 * i].ns, ROUNDS);
		double counted = bench_median(variants[2 + 2 * i].ns, ROUNDS);
		double length = (double)lengths[i];

		printf("%8zu  %8.0f %8.2f %8.1f  %8.0f %8.2f %8.1f\n", lengths[i], plain,
		       plain / bare, (plain - bare) / length, counted, counted / bare,
		       (counted - bare) / length);
	}
	for (size_t i = 0; i < VARIANTS; i++)
		close(variants[i].program);
	arena_free(arena);
}

int main(void)
{
	bench_need_root();
	printf("A linked chain against the bare program: medians of %d rounds of %d runs.\n",
	       ROUNDS, REPEAT);
	measure(HOOK_XDP);
	measure(HOOK_TCX_INGRESS);
	return 0;
}
