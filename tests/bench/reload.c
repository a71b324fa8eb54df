/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a saved policy file to packets that meet it: the time from rename() to a kernel whose link
 * has another program, with a chain of ten elements whose order changes; once through a running
 * agent, which waits for a quiet period first, and once step by step in this process, to see where
 * the time goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/kernel/chain_pins.h"
#include "agent/kernel/hook_calls.h"
#include "agent/kernel/kernel_linux.h"
#include "agent/reconcile/pass.h"
#include "tests/support/bench.h"
#include "tests/support/netns.h"

enum { ELEMENTS = 10, ROUNDS = 15, QUIET_MS = 250, LOOK_US = 100, PATIENCE_LOOKS = 50000 };

enum part { DECIDE, LOOK, PREPARE, BOOKS, SWAP, SETTLE, PARTS };

static const char *const part_names[] = {
	[DECIDE] = "decide: read, parse, resolve",
	[LOOK] = "look at the kernel, plan",
	[PREPARE] = "load each element, link all",
	[BOOKS] = "write the state directory",
	[SWAP] = "pin and swap",
	[SETTLE] = "settle, after the swap",
};

/* One host with a chain on eth0 xdp. */
struct host {
	struct arena *arena;
	const char *root;
	const char *bpffs;
	int link;
	unsigned int orders; /* how often the order was written */
};

static void write_programs(struct host *host)
{
	struct text text = TEXT(host->arena);

	text_add(&text, "ordain: 1\nprograms:\n");
	for (int i = 0; i < ELEMENTS; i++)
		text_printf(&text,
			    "  p%d:\n    hook: xdp\n    interfaces: [%s]\n    object: %s\n"
			    "    function: %s\n",
			    i, NETNS_INTERFACE, bench_trivial_object(),
			    bench_trivial_function(HOOK_XDP));
	bench_write_policy(host->root, "10-programs.yaml", text_string(&text));
}

/* Every second one is the same. */
static void write_order(struct host *host)
{
	const char *order = host->orders++ % 2 ? "p0, p9" : "p9, p0";

	bench_write_policy(host->root, "90-order.yaml",
			   arena_printf(host->arena,
					"ordain: 1\nchains:\n  - interfaces: [%s]\n    hook: xdp\n"
					"    order: [%s]\n",
					NETNS_INTERFACE, order));
}

static uint32_t running(const struct host *host)
{
	struct link_state state;
	int result = hook_link_state(host->link, &state);

	if (result)
		bench_fail(result, "look at the link");
	return state.program;
}

static void open_link(struct host *host)
{
	struct pinned_hook hook = { netns_ifindex(NETNS_INTERFACE), HOOK_XDP };
	struct error error;
	struct pins pins;

	if (pins_open(host->bpffs, &pins, &error))
		bench_fail(0, "%s", error.text);
	host->link = pins_link(&pins, hook, 0);
	if (host->link < 0)
		bench_fail(host->link, "open the link; see %s/agent.log", host->root);
	pins_close(&pins);
}

static double reload(struct host *host)
{
	uint32_t before = running(host);
	uint64_t start;

	/* What the last swap left behind, inotify's events among it, is over by then. */
	sleep(1);
	start = bench_now();
	write_order(host);
	for (int i = 0; running(host) == before; i++) {
		if (i == PATIENCE_LOOKS)
			bench_fail(0, "the agent changes nothing; see %s/agent.log", host->root);
		usleep(LOOK_US);
	}
	return (double)(bench_now() - start) / 1e6;
}

static void measure_agent(struct host *host)
{
	pid_t pid = bench_agent_start(host->root, host->bpffs);
	double ms[ROUNDS];
	double median;

	open_link(host);
	for (size_t i = 0; i < ROUNDS; i++)
		ms[i] = reload(host);
	bench_agent_stop(pid);
	median = bench_median(ms, ROUNDS);
	printf("from rename() to the new program: %.1f ms (least %.1f, most %.1f)\n", median, ms[0],
	       ms[ROUNDS - 1]);
	printf("quiet period:                     %d ms\n", QUIET_MS);
	printf("work:                             %.1f ms\n\n", median - QUIET_MS);
}

/* What the pass tells of its one step. */
struct moments {
	uint64_t begun, done;
};

static bool step_begins(void *context, const struct planned_chain *chain)
{
	(void)chain;
	((struct moments *)context)->begun = bench_now();
	return true;
}

static void step_done(void *context, const struct planned_chain *chain, bool success)
{
	(void)chain;
	if (!success)
		bench_fail(0, "the swap failed");
	((struct moments *)context)->done = bench_now();
}

static double between(uint64_t from, uint64_t to)
{
	return (double)(to - from) / 1e6;
}

/* One pass as the agent makes it. The decision it made is the next one's previous. */
static struct decision *pass(const struct paths *paths, struct kernel *kernel,
			     struct objects *objects, struct decision *previous, size_t round,
			     double ms[PARTS][ROUNDS])
{
	struct decide_options decide_options = { .paths = paths,
						 .objects = objects,
						 .previous = previous };
	struct moments moments = { 0 };
	struct pass_options options = { .paths = paths,
					.kernel = kernel,
					.objects = objects,
					.may = step_begins,
					.done = step_done,
					.context = &moments };
	uint64_t start = bench_now();
	uint64_t decided, looked, prepared;
	struct decision *decision;
	struct error error;
	struct pass pass;
	int result = decide(&decide_options, &decision, &error);

	if (result)
		bench_fail(0, "%s", error.text);
	decided = bench_now();
	pass = pass_begin(decision);
	result =
		pass_look(&pass, kernel, pass_wanted(pass.arena, decision), DETAIL_HOLDERS, &error);
	looked = bench_now();
	if (!result)
		result = pass_try(&pass, paths, kernel, &error);
	prepared = bench_now();
	if (!result)
		result = pass_execute(&pass, &options, &error);
	if (result || pass.executed != 1)
		bench_fail(0, "the pass failed: %s", result ? error.text : "no step was taken");
	ms[SETTLE][round] = between(moments.done, bench_now());
	ms[DECIDE][round] = between(start, decided);
	ms[LOOK][round] = between(decided, looked);
	ms[PREPARE][round] = between(looked, prepared);
	ms[BOOKS][round] = between(prepared, moments.begun);
	ms[SWAP][round] = between(moments.begun, moments.done);
	pass_end(&pass);
	objects_drop_bytes(objects);
	decision_free(previous);
	return decision;
}

static void measure_parts(struct host *host)
{
	const struct paths *paths = paths_new(host->arena, host->root, host->bpffs);
	struct objects *objects = objects_open(paths);
	struct kernel_linux_options options = { .bpffs = host->bpffs,
						.objects = objects_source(objects) };
	struct decision *decision = NULL;
	static double ms[PARTS][ROUNDS];
	struct kernel *kernel;
	struct error error;

	if (kernel_linux_open(&options, &kernel, &error))
		bench_fail(0, "%s", error.text);
	for (size_t round = 0; round < ROUNDS; round++) {
		write_order(host);
		decision = pass(paths, kernel, objects, decision, round, ms);
	}
	decision_free(decision);
	kernel_close(kernel);
	objects_close(objects);
	printf("%-32s %8s\n", "one pass", "ms");
	for (enum part part = 0; part < PARTS; part++)
		printf("%-32s %8.2f\n", part_names[part], bench_median(ms[part], ROUNDS));
}

int main(void)
{
	struct host host = { .arena = arena_new(), .link = -1 };
	const struct netns *netns;

	bench_need_root();
	netns = netns_enter();
	host.root = arena_printf(host.arena, "%s/root", netns->scratch);
	host.bpffs = netns->bpffs;
	write_programs(&host);
	write_order(&host);
	printf("A chain of %d elements on xdp whose order changes: medians of %d reloads.\n\n",
	       ELEMENTS, ROUNDS);
	measure_agent(&host);
	measure_parts(&host);
	printf("\nAim: under 50 ms after the quiet period.\n");
	close(host.link);
	arena_free(host.arena);
	return 0;
}
