/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a whole host takes to decide on: 1,000 interfaces with 1,000 and with 10,000 programs,
 * ten on each hook of the larger one. Resolving, the plan of a host with nothing attached, the
 * plan of one with everything in place, and the poll's question whether anything is pending. The
 * rounds of both sizes take turns; medians.
 */
#include <stdio.h>

#include "tests/support/bench.h"
#include "tests/support/model.h"
#include "tests/support/values.h"

enum { INTERFACES = 1000, ROUNDS = 11, SIZES = 2 };

enum part { RESOLVE, PLAN_NEW, PLAN_SAME, PENDING, PARTS };

static const char *const part_names[] = {
	[RESOLVE] = "resolve",
	[PLAN_NEW] = "plan, nothing attached",
	[PLAN_SAME] = "plan, nothing changed",
	[PENDING] = "is anything pending?",
};

struct size {
	int programs;
	struct model *model;
	size_t hooks;
	size_t blocked;
	double ms[PARTS][ROUNDS];
};

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
	model_resolve(model);
	return model;
}

static const struct manifest *make_manifest(struct arena *arena, const struct chain *chain)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));

	manifest->hook = chain->hook;
	manifest->count = chain->count;
	manifest->items = arena_array(arena, struct manifest_element, chain->count);
	for (size_t i = 0; i < chain->count; i++)
		manifest->items[i] = (struct manifest_element){
			.name = chain->elements[i].program->name,
			.digest =
				"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
			.function = "run",
			.proceed = verdicts_continuing(chain->hook),
		};
	return manifest;
}

/* What is wanted of every hook, and what it holds: nothing, or just that. */
static void make_world(struct arena *arena, const struct chains *chains, bool attached,
		       struct desires *desires, struct observed *observed)
{
	*desires = (struct desires){ 0 };
	*observed = (struct observed){ 0 };
	for (size_t i = 0; i < chains->count; i++) {
		const struct chain *chain = &chains->items[i];
		const char *interface = chain->interface->name;
		struct desired *desired = desires_add(arena, desires, interface,
						      chain->interface->index, chain->hook, NULL);
		struct observed_hook *hook = observed_add(arena, observed, interface,
							  chain->interface->index, chain->hook);

		desired->chain = chain;
		desired->blocked = chain->blocked;
		desired->reason = "no order satisfies its statements";
		if (!chain->blocked)
			desired->manifest = make_manifest(arena, chain);
		if (!attached || chain->blocked)
			continue;
		observed_put_ours(arena, hook, "any");
		hook->manifest = make_manifest(arena, chain);
	}
}

static void check(size_t found, size_t expected, const char *what)
{
	if (found != expected)
		bench_fail(0, "%zu %s instead of %zu", found, what, expected);
}

static double since(uint64_t start)
{
	return (double)(bench_now() - start) / 1e6;
}

static void run(struct size *size, size_t round)
{
	struct arena *arena = arena_new();
	struct diags diags = DIAGS(arena);
	const struct resolution *resolution;
	struct desires desires;
	struct observed observed;
	const struct plan *plan;
	uint64_t start = bench_now();

	resolution = resolve(arena, size->model->policy, &size->model->interfaces, &diags);
	size->ms[RESOLVE][round] = since(start);
	size->hooks = resolution->chains.count;
	size->blocked = 0;
	for (size_t i = 0; i < size->hooks; i++)
		size->blocked += resolution->chains.items[i].blocked;

	make_world(arena, &resolution->chains, false, &desires, &observed);
	start = bench_now();
	plan = plan_build(arena, &desires, &observed, &diags);
	size->ms[PLAN_NEW][round] = since(start);
	check(plan_changes(plan), size->hooks - size->blocked, "changes");

	make_world(arena, &resolution->chains, true, &desires, &observed);
	start = bench_now();
	plan = plan_build(arena, &desires, &observed, &diags);
	size->ms[PLAN_SAME][round] = since(start);
	check(plan_changes(plan), 0, "changes");
	start = bench_now();
	check(plan_pending(&desires, &observed), 0, "pending");
	size->ms[PENDING][round] = since(start);
	arena_free(arena);
}

int main(void)
{
	struct size sizes[SIZES] = { { .programs = 1000 }, { .programs = 10000 } };

	for (size_t i = 0; i < SIZES; i++)
		sizes[i].model = make_model(sizes[i].programs);
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < SIZES; i++)
			run(&sizes[i], round);
	printf("%d interfaces, medians of %d rounds; %zu of %zu hooks are in conflict.\n\n",
	       INTERFACES, ROUNDS, sizes[1].blocked, sizes[1].hooks);
	printf("%-24s %14s %15s %7s\n", "", "1,000 programs", "10,000 programs", "ratio");
	printf("%-24s %14s %15s\n", "", "ms", "ms");
	for (enum part part = 0; part < PARTS; part++) {
		double few = bench_median(sizes[0].ms[part], ROUNDS);
		double many = bench_median(sizes[1].ms[part], ROUNDS);

		printf("%-24s %14.3f %15.3f %7.1f\n", part_names[part], few, many, many / few);
	}
	printf("\nAim: resolve and plan 10,000 programs in under 1 s.\n");
	for (size_t i = 0; i < SIZES; i++)
		model_free(sizes[i].model);
	return 0;
}
