/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_refused.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

/* Hooks that have a chain of ours, "a", and the policy's word about others. */
struct scene {
	struct arena *arena;
	struct desires desires;
	struct observed observed;
	struct diags diags;
	const struct plan *plan;
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

static struct chain *want(struct scene *scene, const char *interface, enum hook hook,
			  enum others others)
{
	struct chain *chain = chain_of(scene->arena, &here, hook, "a");

	chain->others =
		(struct number){ .value = others, .written = true, .span = edge_span(9, 5) };
	desires_add(scene->arena, &scene->desires, interface, 2, hook, "a")->chain = chain;
	return chain;
}

/* Ours alone; what is added behind it came later. */
static struct observed_hook *see(struct scene *scene, const char *interface, enum hook hook)
{
	struct observed_hook *observed =
		observed_add(scene->arena, &scene->observed, interface, 2, hook);

	observed_put_ours(scene->arena, observed, "a");
	return observed;
}

static const struct planned_chain *plan_of(struct scene *scene)
{
	scene->diags = DIAGS(scene->arena);
	scene->plan = plan_build(scene->arena, &scene->desires, &scene->observed, &scene->diags);
	return &scene->plan->chains[0];
}

static const char *refused_words(const struct planned_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->elements[i].refused)
			return chain->elements[i].refused;
	return "";
}

static void refused_is_told_with_whose_it_is(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct observed_program *program;

	want(scene, "eth0", HOOK_TCX_INGRESS, OTHERS_REFUSE);
	assert_string_equal(refused_words(plan_of(scene)), "");
	assert_int_equal(scene->diags.count, 0);
	assert_int_equal(plan_violated(scene->plan), 0);
	program = observed_put(scene->arena, hook, 66, "snoop");
	program->link_id = 12;
	program->attached = "link 12";
	program->holders = "snoopd (pid 7)";
	assert_string_equal(refused_words(plan_of(scene)),
			    "not wanted here: attached by link 12, held by snoopd (pid 7)");
	assert_int_equal(plan_violated(scene->plan), 1);
	assert_int_equal(plan_blocked(scene->plan), 0);
	assert_int_equal(plan_changes(scene->plan), 0);
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].code, DIAG_FOREIGN_REFUSED);
	assert_int_equal(scene->diags.items[0].severity, SEVERITY_WARNING);
	assert_int_equal(scene->diags.items[0].places[0].span.line, 9);
	assert_string_equal(scene->diags.items[0].summary,
			    "1 foreign program on eth0 tcx-ingress is not wanted there; ordain "
			    "removes no foreign program");
	assert_string_equal(scene->diags.items[0].detail,
			    "eth0: id 66 'snoop', attached by link 12, held by snoopd (pid 7)");
	assert_non_null(strstr(scene->diags.items[0].help, "`bpftool link detach id 12`"));
}

static void refused_is_nobody_where_all_are_kept(void **state)
{
	struct scene *scene = *state;

	observed_put(scene->arena, see(scene, "eth0", HOOK_TCX_EGRESS), 66, "snoop");
	want(scene, "eth0", HOOK_TCX_EGRESS, OTHERS_KEEP);
	assert_string_equal(refused_words(plan_of(scene)), "");
	assert_int_equal(plan_violated(scene->plan), 0);
	assert_int_equal(scene->diags.count, 0);
}

static void refused_is_not_what_an_entry_means(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want(scene, "eth0", HOOK_TCX_INGRESS, OTHERS_REFUSE);
	struct number others = chain->others;

	chain = chain_of(scene->arena, &here, HOOK_TCX_INGRESS, "a friend");
	chain->others = others;
	chain_program(chain, 1)->object.text = NULL;
	chain_program(chain, 1)->attached_name.text = "friend_*";
	scene->desires.items[0].chain = chain;
	observed_put(scene->arena, hook, 66, "friend_of_ours");
	assert_string_equal(refused_words(plan_of(scene)), "");
	observed_put(scene->arena, hook, 67, "stranger");
	plan_of(scene);
	assert_int_equal(plan_violated(scene->plan), 1);
	assert_null(strstr(scene->diags.items[0].detail, "friend"));
	/* Where statements contradict each other, nobody knows who is meant. */
	chain->blocked = true;
	plan_of(scene);
	assert_int_equal(plan_violated(scene->plan), 0);
}

/* Ours holds the hook there, and whoever was there before blocks it. */
static void refused_is_an_error_of_its_own_on_xdp(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook =
		observed_add(scene->arena, &scene->observed, "eth0", 2, HOOK_XDP);

	observed_put(scene->arena, hook, 66, "snoop")->attached = "netlink";
	want(scene, "eth0", HOOK_XDP, OTHERS_REFUSE);
	assert_int_equal(plan_of(scene)->action, ACTION_BLOCKED);
	assert_int_equal(plan_violated(scene->plan), 0);
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].code, DIAG_HOOK_TAKEN);
	assert_int_equal(scene->diags.items[0].places[1].span.line, 9);
	assert_non_null(strstr(scene->diags.items[0].help, "`ip link set dev eth0 xdp off`"));
}

/* One word of the policy, one warning; a line for each program, and not for each of too many. */
static void refused_shares_a_warning(void **state)
{
	static const char *const names[] = { "eth0", "eth1", "eth2", "eth3", "eth4", "eth5" };
	struct scene *scene = *state;

	for (size_t i = 0; i < 6; i++) {
		struct observed_hook *hook = see(scene, names[i], HOOK_TCX_INGRESS);

		observed_put(scene->arena, hook, (uint32_t)(10 + 2 * i), "x");
		observed_put(scene->arena, hook, (uint32_t)(11 + 2 * i), "");
		want(scene, names[i], HOOK_TCX_INGRESS, OTHERS_REFUSE);
	}
	plan_of(scene);
	assert_int_equal(plan_violated(scene->plan), 6);
	assert_int_equal(scene->diags.count, 1);
	assert_string_equal(scene->diags.items[0].summary,
			    "12 foreign programs on eth0, eth1 and 4 more tcx-ingress are not "
			    "wanted there; ordain removes no foreign program");
	assert_non_null(strstr(scene->diags.items[0].detail, "eth3: id 17, attached by"));
	assert_null(strstr(scene->diags.items[0].detail, "eth4"));
	assert_non_null(strstr(scene->diags.items[0].detail, "\nand 4 more"));
	/* Another entry says it again, of another hook. */
	((struct chain *)scene->desires.items[5].chain)->others.span = edge_span(20, 5);
	plan_of(scene);
	assert_int_equal(scene->diags.count, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(refused_is_told_with_whose_it_is),
		CASE(refused_is_nobody_where_all_are_kept),
		CASE(refused_is_not_what_an_entry_means),
		CASE(refused_is_an_error_of_its_own_on_xdp),
		CASE(refused_shares_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
