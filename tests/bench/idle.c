/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an idle agent costs, with chains on one interface, on a hundred and on a thousand, on one hook
 * and on all three: wake-ups and CPU time over a while in which nothing happens, and memory at its
 * end. Other work on the machine makes it dearer, so the least of some slices is told too.
 *
 * usage: bench_idle [SECONDS]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/bench.h"
#include "tests/support/netns.h"

enum { PAIRS = 500, SECONDS = 20, SETTLE_SECONDS = 3, SLICES = 5 };

#define ALL_HOOKS "{xdp: trivial_xdp, tcx-ingress: trivial_tc, tcx-egress: trivial_tc}"

/* An element on each of these hooks. */
static const struct {
	const char *name;
	const char *functions;
	const char *option; /* of the agent: it hears of its own calls, too, if it listens */
} sets[] = {
	{ "xdp", "{xdp: trivial_xdp}", NULL },
	{ "tcx-ingress", "{tcx-ingress: trivial_tc}", NULL },
	{ "all", ALL_HOOKS, NULL },
	{ "all, deaf", ALL_HOOKS, "--notice=poll" },
};

static const struct {
	unsigned int count;
	const char *interfaces;
} sizes[] = {
	{ 1, "\"" NETNS_INTERFACE "\"" },
	{ 100, "\"idle?[ab]\", \"idle[1-4]?[ab]\"" },
	{ 2 * PAIRS, "\"idle*\"" },
};

struct sample {
	uint64_t at; /* ns */
	uint64_t cpu; /* ns */
	unsigned long long wakeups;
	unsigned long long rss, pss, peak; /* KiB */
};

/* The number behind `key` in /proc/PID/FILE. */
static unsigned long long proc_number(pid_t pid, const char *file, const char *key)
{
	char path[64], line[256];
	unsigned long long number = 0;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	stream = fopen(path, "re");
	if (!stream)
		bench_fail(0, "the agent is gone: no %s", path);
	while (fgets(line, sizeof(line), stream))
		if (!strncmp(line, key, strlen(key)))
			number = strtoull(line + strlen(key), NULL, 10);
	fclose(stream);
	return number;
}

static struct sample take_sample(pid_t pid)
{
	return (struct sample){
		.at = bench_now(),
		.cpu = proc_number(pid, "schedstat",
				   ""), /* its first number; the file is one line */
		.wakeups = proc_number(pid, "status", "voluntary_ctxt_switches:"),
		.rss = proc_number(pid, "smaps_rollup", "Rss:"),
		.pss = proc_number(pid, "smaps_rollup", "Pss:"),
		.peak = proc_number(pid, "status", "VmHWM:"),
	};
}

static void print_header(unsigned int seconds)
{
	printf("An idle agent over %u s; 'first pass' is the start with every chain to attach.\n\n",
	       seconds);
	printf("%-12s %10s %10s %9s %9s %9s %9s %9s %9s\n", "hooks", "interfaces", "first pass",
	       "wake-ups", "CPU", "least", "RSS", "PSS", "peak RSS");
	printf("%-12s %10s %10s %9s %9s %9s %9s %9s %9s\n", "", "", "s", "1/s", "ms/s", "ms/s",
	       "MiB", "MiB", "MiB");
}

static double cpu_per_second(const struct sample *before, const struct sample *after)
{
	return (double)(after->cpu - before->cpu) / (double)(after->at - before->at) * 1000;
}

/* The first and the last sample, and the CPU time of the cheapest slice between them. */
static double watch(pid_t pid, unsigned int seconds, struct sample *ret_before,
		    struct sample *ret_after)
{
	struct sample start = take_sample(pid);
	double least = 1000;

	*ret_before = start;
	for (unsigned int i = 0; i < SLICES; i++) {
		double cpu;

		usleep(seconds * 1000000 / SLICES);
		*ret_after = take_sample(pid);
		cpu = cpu_per_second(&start, ret_after);
		least = cpu < least ? cpu : least;
		start = *ret_after;
	}
	return least;
}

static void measure(const char *root, const char *bpffs, size_t set, size_t size,
		    unsigned int seconds)
{
	struct arena *arena = arena_new();
	struct sample before, after;
	uint64_t start = bench_now();
	double ready, least;
	pid_t pid;

	bench_write_policy(root, "10-idle.yaml",
			   arena_printf(arena,
					"ordain: 1\nprograms:\n  trivial:\n"
					"    functions: %s\n"
					"    interfaces: [%s]\n    object: %s\n",
					sets[set].functions, sizes[size].interfaces,
					bench_trivial_object()));
	pid = bench_agent_start_with(root, bpffs, sets[set].option);
	ready = (double)(bench_now() - start) / 1e9;
	sleep(SETTLE_SECONDS);
	least = watch(pid, seconds, &before, &after);
	bench_agent_stop(pid);
	printf("%-12s %10u %10.1f %9.2f %9.3f %9.3f %9.2f %9.2f %9.2f\n", sets[set].name,
	       sizes[size].count, ready,
	       (double)(after.wakeups - before.wakeups) / ((double)(after.at - before.at) / 1e9),
	       cpu_per_second(&before, &after), least, (double)after.rss / 1024,
	       (double)after.pss / 1024, (double)after.peak / 1024);
	fflush(stdout);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : SECONDS;
	const struct netns *netns;
	const char *root;
	struct arena *arena = arena_new();

	bench_need_root();
	netns = netns_enter();
	for (unsigned int i = 0; i < PAIRS; i++)
		netns_ip(netns, NETNS_NEAR, "link add idle%ua type veth peer name idle%ub", i, i);
	root = arena_printf(arena, "%s/idle", netns->scratch);
	print_header(seconds);
	for (size_t set = 0; set < sizeof(sets) / sizeof(sets[0]); set++) {
		for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++)
			measure(root, netns->bpffs, set, size, seconds);
		bench_write_policy(root, "10-idle.yaml", "ordain: 1\n");
		bench_agent_stop(bench_agent_start(root, netns->bpffs));
	}
	printf("\nAims: under 8 MiB; under 5 ms/s with 1,000 interfaces and all three hooks.\n");
	arena_free(arena);
	return 0;
}
