/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an idle agent costs, with chains on one interface and on a thousand: wake-ups and CPU time
 * over a while in which nothing happens, and memory at its end.
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

enum { PAIRS = 500, SECONDS = 20, SETTLE_SECONDS = 3 };

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
	printf("%-12s %10s %10s %9s %9s %9s %9s %9s\n", "hook", "interfaces", "first pass",
	       "wake-ups", "CPU", "RSS", "PSS", "peak RSS");
	printf("%-12s %10s %10s %9s %9s %9s %9s %9s\n", "", "", "s", "1/s", "%", "MiB", "MiB",
	       "MiB");
}

static void measure(const char *root, const char *bpffs, enum hook hook, const char *interfaces,
		    unsigned int count, unsigned int seconds)
{
	struct arena *arena = arena_new();
	struct sample before, after;
	uint64_t start = bench_now();
	double took, ready;
	pid_t pid;

	bench_write_policy(root, "10-idle.yaml",
			   arena_printf(arena,
					"ordain: 1\nprograms:\n  trivial:\n    hook: %s\n"
					"    interfaces: [\"%s\"]\n    object: %s\n"
					"    function: %s\n",
					hook_name(hook), interfaces, bench_trivial_object(),
					bench_trivial_function(hook)));
	pid = bench_agent_start(root, bpffs);
	ready = (double)(bench_now() - start) / 1e9;
	sleep(SETTLE_SECONDS);
	before = take_sample(pid);
	sleep(seconds);
	after = take_sample(pid);
	bench_agent_stop(pid);
	took = (double)(after.at - before.at);
	printf("%-12s %10u %10.1f %9.2f %9.4f %9.2f %9.2f %9.2f\n", hook_name(hook), count, ready,
	       (double)(after.wakeups - before.wakeups) / (took / 1e9),
	       (double)(after.cpu - before.cpu) / took * 100, (double)after.rss / 1024,
	       (double)after.pss / 1024, (double)after.peak / 1024);
	fflush(stdout);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : SECONDS;
	const struct netns *netns;
	struct arena *arena = arena_new();

	bench_need_root();
	netns = netns_enter();
	for (unsigned int i = 0; i < PAIRS; i++)
		netns_ip(netns, NETNS_NEAR, "link add idle%ua type veth peer name idle%ub", i, i);
	print_header(seconds);
	for (enum hook hook = HOOK_XDP; hook <= HOOK_TCX_INGRESS; hook++) {
		const char *root = arena_printf(arena, "%s/%s", netns->scratch, hook_name(hook));

		measure(root, netns->bpffs, hook, NETNS_INTERFACE, 1, seconds);
		measure(root, netns->bpffs, hook, "idle*", 2 * PAIRS, seconds);
		bench_write_policy(root, "10-idle.yaml", "ordain: 1\n");
		bench_agent_stop(bench_agent_start(root, netns->bpffs));
	}
	printf("\nAims: under 8 MiB, under 0.1 %% of a core.\n");
	arena_free(arena);
	return 0;
}
