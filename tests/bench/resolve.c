/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a whole resolve takes for 1,000 and for 10,000 programs on 1,000 interfaces, ten on each
 * hook of the larger one, and how it grows. The best of several runs; no run fails on its time.
 */
#include <stdio.h>
#include <time.h>

#include "tests/support/model.h"

enum { INTERFACES = 1000, RUNS = 5 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void add_program(struct model *model, int i)
{
	const char *interface = arena_printf(model->arena, "veth%d", i % INTERFACES);
	struct program *program = model_program(
		model, arena_printf(model->arena, "program-%05d", i), HOOK_TCX_INGRESS, interface);

	/* As real policies are: some stages, some neighbours by name, few who want an end. */
	if (i % 3 == 0)
		model_stage(program, (enum stage)(i / INTERFACES % STAGE_COUNT));
	if (i % 3 == 1 && i >= INTERFACES)
		model_after(model, program,
			    arena_printf(model->arena, "program-%05d", i - INTERFACES));
	if (i < INTERFACES / 2)
		model_first(program);
}

static struct model *make_model(int programs)
{
	struct model *model = model_new();

	for (int i = 0; i < INTERFACES; i++)
		model_interfaces(model, arena_printf(model->arena, "veth%d", i));
	for (int i = 0; i < programs; i++)
		add_program(model, i);
	model_rule(model, "90-site", HOOK_TCX_INGRESS, "veth*", "program-01001 program-00001");
	return model;
}

static double time_resolve(int programs)
{
	struct model *model = make_model(programs);
	size_t hooks = 0;
	size_t blocked = 0;
	double best = 0;

	model_resolve(model);
	for (int run = 0; run < RUNS; run++) {
		struct arena *arena = arena_new();
		struct diags diags = DIAGS(arena);
		const struct resolution *resolution;
		double start = now();
		double taken;

		resolution = resolve(arena, model->policy, &model->interfaces, &diags);
		taken = now() - start;
		hooks = resolution->chains.count;
		blocked = 0;
		for (size_t i = 0; i < hooks; i++)
			blocked += resolution->chains.items[i].blocked;
		printf("%6d programs, %4zu hooks, %zu blocked: %8.3f ms\n", programs, hooks,
		       blocked, taken * 1e3);
		if (!run || taken < best)
			best = taken;
		arena_free(arena);
	}
	model_free(model);
	return best;
}

int main(void)
{
	double few = time_resolve(1000);
	double many = time_resolve(10000);

	printf("best: %.3f ms and %.3f ms, ratio %.1f for ten times the programs\n", few * 1e3,
	       many * 1e3, many / few);
	return 0;
}
