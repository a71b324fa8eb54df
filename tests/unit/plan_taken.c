/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_taken.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

/* Interfaces on whose XDP hook somebody is, where "a" is to be. */
struct scene {
	struct arena *arena;
	struct desires desires;
	struct observed observed;
	struct diags diags;
};

static const struct interface here = { .name = "eth0", .index = 2 };

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	arena_free(scene->arena);
	return 0;
}

static struct observed_hook *take(struct scene *scene, const char *interface, uint32_t id,
				  const char *name, uint32_t link)
{
	struct observed_hook *hook =
		observed_add(scene->arena, &scene->observed, interface, 2, HOOK_XDP);
	struct observed_program *holder = observed_put(scene->arena, hook, id, name);

	holder->link_id = link;
	holder->attached = link ? arena_printf(scene->arena, "link %u", link) : "netlink";
	desires_add(scene->arena, &scene->desires, interface, 2, HOOK_XDP, "a")->chain =
		chain_of(scene->arena, &here, HOOK_XDP, "a");
	return hook;
}

static const struct diag *told(struct scene *scene, size_t count)
{
	scene->diags = DIAGS(scene->arena);
	plan_build(scene->arena, &scene->desires, &scene->observed, &scene->diags);
	assert_int_equal(scene->diags.count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(scene->diags.items[i].code, DIAG_HOOK_TAKEN);
	return scene->diags.items;
}

static void taken_of_one_tells_how_to_end_it(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = take(scene, "eth0", 66, "foo", 12);

	assert_string_equal(told(scene, 1)->help,
			    "detach it with its own tool, or with `bpftool link detach id 12`; or "
			    "leave eth0 out of the program's interfaces");
	hook->programs[0].holders = "food (pid 7)";
	assert_string_equal(told(scene, 1)->help,
			    "stop food (pid 7), or detach it with `bpftool link detach id 12`; or "
			    "leave eth0 out of the program's interfaces");
	/* Pinned, it may well outlive the process; by netlink it does. */
	hook->programs[0].pins = "/sys/fs/bpf/foo";
	assert_null(strstr(told(scene, 1)->help, "stop"));
	hook->programs[0].pins = "";
	hook->programs[0].link_id = 0;
	assert_string_equal(told(scene, 1)->help,
			    "detach it with its own tool, or with `ip link set dev eth0 xdp off`; "
			    "or leave eth0 out of the program's interfaces");
}

static void taken_by_one_loader_is_one_error(void **state)
{
	struct scene *scene = *state;
	const struct diag *diag;

	take(scene, "eth0", 66, "foo", 0)->programs[0].holders = "food (pid 7)";
	take(scene, "eth1", 67, "foo", 0);
	diag = told(scene, 1);
	assert_string_equal(diag->summary,
			    "eth0, eth1 xdp are held by other programs, named 'foo'");
	assert_string_equal(diag->detail, "eth0: id 66, attached by netlink, held by food (pid 7)\n"
					  "eth1: id 67, attached by netlink");
	assert_string_equal(diag->help,
			    "detach them with their own tool, or each with `ip link set "
			    "dev IFACE xdp off`; or leave these interfaces out of the "
			    "program's interfaces");
	scene->observed.hooks[1].programs[0].id = 66;
	assert_string_equal(told(scene, 1)->summary,
			    "eth0, eth1 xdp are held by another program, id 66 'foo'");
}

static void taken_by_many_is_cut_short(void **state)
{
	struct scene *scene = *state;
	const struct diag *diag;

	for (uint32_t i = 0; i < 10; i++)
		take(scene, arena_printf(scene->arena, "eth%u", i), 60 + i, "", 0);
	diag = told(scene, 1);
	assert_string_equal(diag->summary, "eth0, eth1 and 8 more xdp are held by other programs");
	assert_non_null(strstr(diag->detail, "eth7: id 67"));
	assert_null(strstr(diag->detail, "eth8"));
	assert_non_null(strstr(diag->detail, "\nand 2 more"));
}

/* Another name, another way to attach, another mode, another program of ours. */
static void taken_in_other_ways_are_other_errors(void **state)
{
	struct scene *scene = *state;
	struct chain *chain;

	take(scene, "eth0", 66, "foo", 0);
	take(scene, "eth1", 67, "bar", 0);
	take(scene, "eth2", 68, "foo", 12);
	take(scene, "eth3", 69, "foo", 0)->mode = "generic";
	take(scene, "eth4", 70, "foo", 0);
	chain = chain_of(scene->arena, &here, HOOK_XDP, "b");
	chain_program(chain, 0)->object.span = edge_span(70, 1);
	scene->desires.items[4].chain = chain;
	told(scene, 5);
	assert_non_null(strstr(scene->diags.items[3].help, "xdpgeneric off"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

/* There is room beside it, but what it runs would run twice. */
static void chain_of_ours_without_pins_takes_a_tcx_hook(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook =
		observed_add(scene->arena, &scene->observed, "eth0", 2, HOOK_TCX_EGRESS);
	const struct diag *diag;

	observed_put(scene->arena, hook, 65, "ordain_tcx_ingress")->attached = "link 11";
	desires_add(scene->arena, &scene->desires, "eth0", 2, HOOK_TCX_EGRESS, "a")->chain =
		chain_of(scene->arena, &here, HOOK_TCX_EGRESS, "a");
	told(scene, 0);
	observed_put(scene->arena, hook, 66, "ordain_tcx_egress")->attached = "link 12";
	diag = told(scene, 1);
	assert_string_equal(diag->summary, "eth0 tcx-egress is held by another program, id 66 "
					   "'ordain_tcx_egress'");
	assert_string_equal(diag->detail, "attached by: link 12");
	assert_non_null(strstr(diag->help, "a chain of ordain whose pins are not here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(chain_of_ours_without_pins_takes_a_tcx_hook),
		CASE(taken_of_one_tells_how_to_end_it),
		CASE(taken_by_one_loader_is_one_error),
		CASE(taken_by_many_is_cut_short),
		CASE(taken_in_other_ways_are_other_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
