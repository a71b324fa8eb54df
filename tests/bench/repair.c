/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the moment that somebody's call has broken a hook to the moment that it is right again: for
 * each way to break one, and each way in which the agent notices. Each hook is broken once, since
 * the agent takes its time with who does it again.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/load/libbpf_log.h"
#include "agent/notice/notice.h"
#include "agent/system/files.h"
#include "tests/support/bench.h"
#include "tests/support/foreign.h"
#include "tests/support/netns.h"

enum { TRIES = 20, WAYS = 6, PAIRS = TRIES * WAYS / 2, PAUSE_US = 100, POLL_US = 1000000 };

/* A hook of an interface, as it is before. */
struct spot {
	const char *interface;
	const char *pins;
	enum hook hook;
	uint32_t link;
	uint32_t program;
	uint32_t foreign;
};

static void detach(struct spot *spot)
{
	foreign_detach(spot->link);
}

static void overwrite(struct spot *spot)
{
	int program = foreign_load(spot->hook);

	spot->foreign = foreign_id(program);
	foreign_overwrite(spot->link, program);
	close(program);
}

static void unpin(struct spot *spot)
{
	if (directory_remove(spot->pins))
		bench_fail(0, "cannot remove %s", spot->pins);
}

static bool runs(const struct spot *spot)
{
	uint32_t program = hook_program(spot->interface, spot->hook);

	return program && program != spot->foreign;
}

static bool is_pinned(const struct spot *spot)
{
	char link[256];

	snprintf(link, sizeof(link), "%s/link", spot->pins);
	return !access(link, F_OK);
}

static const struct {
	const char *name;
	enum hook hook;
	void (*breaks)(struct spot *spot);
	bool (*is_right)(const struct spot *spot);
} ways[WAYS] = {
	{ "link detached by id", HOOK_XDP, detach, runs },
	{ "link detached by id", HOOK_TCX_INGRESS, detach, runs },
	{ "program overwritten", HOOK_XDP, overwrite, runs },
	{ "program overwritten", HOOK_TCX_INGRESS, overwrite, runs },
	{ "pins removed", HOOK_XDP, unpin, is_pinned },
	{ "pins removed", HOOK_TCX_INGRESS, unpin, is_pinned },
};

static const char *pins_of(struct arena *arena, const char *bpffs, const char *interface,
			   enum hook hook)
{
	const char *pattern = arena_printf(arena, "%s/ordain/netns-*/%u-%s", bpffs,
					   netns_ifindex(interface), hook_name(hook));
	const char *path;
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		bench_fail(0, "there is no %s", pattern);
	path = arena_strdup(arena, found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static double repair_ms(const char *bpffs, size_t way, size_t try)
{
	struct arena *arena = arena_new();
	size_t number = way * TRIES + try;
	struct spot spot = { .hook = ways[way].hook };
	struct holding holding;
	uint64_t start;

	spot.interface = arena_printf(arena, "bench%zu%c", number / 2, number % 2 ? 'b' : 'a');
	spot.pins = pins_of(arena, bpffs, spot.interface, spot.hook);
	holding = hook_holding(spot.interface, spot.hook);
	spot.link = holding.links[0];
	spot.program = holding.programs[0];
	/* At any moment of the agent's second. */
	usleep((unsigned int)rand() % POLL_US);
	ways[way].breaks(&spot);
	start = bench_now();
	while (!ways[way].is_right(&spot))
		usleep(PAUSE_US);
	start = bench_now() - start;
	arena_free(arena);
	return (double)start / 1e6;
}

static void measure(const char *root, const char *bpffs, enum notice_grade grade)
{
	char option[64];
	pid_t agent;

	snprintf(option, sizeof(option), "--notice=%s", notice_grade_name(grade));
	agent = bench_agent_start_with(root, bpffs, option);
	for (size_t way = 0; way < WAYS; way++) {
		double times[TRIES];
		double median;

		for (size_t try = 0; try < TRIES; try++)
			times[try] = repair_ms(bpffs, way, try);
		median = bench_median(times, TRIES); /* and they are sorted from now on */
		printf("%-20s %-12s %-12s %9.1f %9.1f\n", ways[way].name, hook_name(ways[way].hook),
		       notice_grade_name(grade), median, times[TRIES - 1]);
	}
	bench_agent_stop(agent);
}

int main(void)
{
	struct arena *arena = arena_new();
	const struct netns *netns;
	const char *root;

	bench_need_root();
	netns = netns_enter();
	libbpf_log_end();
	setbuf(stdout, NULL);
	root = arena_printf(arena, "%s/repair", netns->scratch);
	for (int i = 0; i < PAIRS; i++)
		netns_ip(netns, NETNS_NEAR, "link add bench%da type veth peer name bench%db", i, i);
	bench_write_policy(
		root, "10-repair.yaml",
		arena_printf(arena,
			     "ordain: 1\nprograms:\n  trivial:\n"
			     "    functions: {xdp: trivial_xdp, tcx-ingress: trivial_tc}\n"
			     "    interfaces: [\"bench*\"]\n    object: %s\n",
			     bench_trivial_object()));
	printf("Until a hook is right again, of %d tries each, on %d interfaces.\n\n", TRIES,
	       2 * PAIRS);
	printf("%-20s %-12s %-12s %9s %9s\n", "", "hook", "noticing by", "median ms", "worst ms");
	for (enum notice_grade grade = 0; grade < NOTICE_GRADE_COUNT; grade++)
		measure(root, netns->bpffs, grade);
	arena_free(arena);
	return 0;
}
