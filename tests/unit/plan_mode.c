/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_mode.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

/* eth0 with one XDP chain that is wanted, in some mode. */
struct scene {
	struct arena *arena;
	struct interface eth0;
	struct chain *chain;
	struct desires desires;
	struct observed observed;
	struct observed_hook *hook;
	struct diags diags;
	const struct plan *plan;
};

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	scene->eth0 = (struct interface){ .name = "eth0", .index = 2, .driver = "veth" };
	scene->chain = chain_of(arena, &scene->eth0, HOOK_XDP, "a b");
	desires_add(arena, &scene->desires, "eth0", 2, HOOK_XDP, "a b")->chain = scene->chain;
	scene->hook = observed_add(arena, &scene->observed, "eth0", 2, HOOK_XDP);
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	arena_free(scene->arena);
	return 0;
}

static void want(struct scene *scene, enum xdp_mode mode)
{
	scene->chain->mode =
		(struct number){ .value = (int)mode, .written = true, .span = edge_span(7, 11) };
}

static const struct planned_chain *plan_of(struct scene *scene)
{
	scene->diags = DIAGS(scene->arena);
	scene->plan = plan_build(scene->arena, &scene->desires, &scene->observed, &scene->diags);
	assert_int_equal(plan_pending(&scene->desires, &scene->observed),
			 plan_changes(scene->plan) > 0);
	assert_int_equal(scene->plan->count, 1);
	return &scene->plan->chains[0];
}

static const struct diag *only_diag(const struct scene *scene, enum diag_code code)
{
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].code, code);
	assert_int_equal(scene->diags.items[0].severity, SEVERITY_ERROR);
	assert_int_equal(scene->diags.items[0].places[0].span.line, 7);
	return &scene->diags.items[0];
}

static void mode_goes_into_the_attach(void **state)
{
	static const char *const mechanisms[] = { "linked", "linked, native", "linked, generic" };
	static const char *const words[] = { "eth0 xdp: attach a chain of 2",
					     "eth0 xdp: attach a chain of 2 in native mode",
					     "eth0 xdp: attach a chain of 2 in generic mode" };
	struct scene *scene = *state;

	for (enum xdp_mode mode = MODE_AUTO; mode <= MODE_GENERIC; mode++) {
		const struct planned_chain *chain;

		want(scene, mode);
		chain = plan_of(scene);
		assert_int_equal(chain->step->kind, STEP_ATTACH);
		assert_int_equal(chain->step->mode, mode);
		assert_string_equal(chain->mechanism, mechanisms[mode]);
		assert_string_equal(step_words(scene->arena, chain->step), words[mode]);
	}
}

static void mode_of_what_runs_satisfies_auto(void **state)
{
	static const char *const modes[] = { "native", "generic" };
	struct scene *scene = *state;

	observed_put_ours(scene->arena, scene->hook, "a b");
	scene->desires.allow_gap = true;
	for (size_t i = 0; i < 2; i++) {
		scene->hook->mode = modes[i];
		assert_int_equal(plan_of(scene)->action, ACTION_NONE);
		want(scene, i ? MODE_GENERIC : MODE_NATIVE);
		assert_int_equal(plan_of(scene)->action, ACTION_NONE);
		want(scene, MODE_AUTO);
	}
}

static void mode_waits_for_the_gap(void **state)
{
	struct scene *scene = *state;
	const struct planned_chain *chain;
	const struct diag *diag;

	observed_put_ours(scene->arena, scene->hook, "a b");
	want(scene, MODE_GENERIC);
	chain = plan_of(scene);
	assert_int_equal(chain->action, ACTION_BLOCKED);
	assert_int_equal(chain->code, DIAG_NEEDS_GAP);
	assert_null(chain->step);
	assert_int_equal(chain->waiting->kind, STEP_REATTACH);
	assert_ptr_equal(plan_gap(chain), chain->waiting);
	assert_string_equal(chain->mechanism, "linked, native");
	diag = only_diag(scene, DIAG_NEEDS_GAP);
	assert_string_equal(diag->summary,
			    "eth0 xdp runs in native mode, and shall run in generic mode");
	assert_non_null(strstr(diag->help, "`ordain apply --allow-gap`"));
	assert_non_null(strstr(diag->detail, mode_gap));
}

/* Only the mode waits: a new order, and repairs, come in the old one. */
static void mode_holds_up_nothing_else(void **state)
{
	struct scene *scene = *state;
	const struct planned_chain *chain;

	observed_put_ours(scene->arena, scene->hook, "b a");
	want(scene, MODE_GENERIC);
	chain = plan_of(scene);
	assert_int_equal(chain->action, ACTION_BLOCKED);
	assert_int_equal(chain->step->kind, STEP_UPDATE);
	assert_int_equal(chain->waiting->kind, STEP_REATTACH);
	scene->hook->manifest = manifest_of(scene->arena, HOOK_XDP, "a b");
	scene->hook->own = OWN_UNPINNED;
	chain = plan_of(scene);
	assert_int_equal(chain->step->kind, STEP_UPDATE);
	assert_string_equal(chain->note, "runs native; generic needs a gap, and waits for `ordain "
					 "apply --allow-gap`; our pins were removed");
	/* Nothing is attached any more: nothing is in the way. */
	scene->hook->own = OWN_DETACHED;
	scene->hook->program_count = 0;
	scene->hook->mode = NULL;
	chain = plan_of(scene);
	assert_int_equal(chain->action, ACTION_ATTACH);
	assert_int_equal(chain->step->mode, MODE_GENERIC);
}

static void mode_is_changed_with_a_gap(void **state)
{
	struct scene *scene = *state;
	const struct planned_chain *chain;

	observed_put_ours(scene->arena, scene->hook, "b a");
	scene->hook->mode = "generic";
	scene->desires.allow_gap = true;
	want(scene, MODE_NATIVE);
	chain = plan_of(scene);
	assert_int_equal(scene->diags.count, 0);
	assert_int_equal(chain->action, ACTION_UPDATE);
	assert_null(chain->waiting);
	assert_ptr_equal(plan_gap(chain), chain->step);
	assert_int_equal(chain->step->kind, STEP_REATTACH);
	assert_int_equal(chain->step->mode, MODE_NATIVE);
	assert_int_equal(chain->step->expected_program, 100);
	assert_ptr_equal(chain->step->manifest, scene->desires.items[0].manifest);
	assert_string_equal(chain->note, mode_gap);
	assert_string_equal(step_words(scene->arena, chain->step),
			    "eth0 xdp: detach our chain, and attach a chain of 2 in native mode");
}

/* One trouble at a time: what a blocked hook keeps, it keeps in its mode. */
static void mode_of_a_blocked_hook_stays(void **state)
{
	struct scene *scene = *state;
	struct desired *desired = &scene->desires.items[0];

	observed_put_ours(scene->arena, scene->hook, "a b");
	want(scene, MODE_GENERIC);
	scene->desires.allow_gap = true;
	desired->blocked = true;
	desired->code = DIAG_VERIFIER;
	desired->reason = "no good";
	assert_int_equal(plan_of(scene)->code, DIAG_VERIFIER);
	assert_null(plan_of(scene)->step);
	assert_null(plan_of(scene)->waiting);
}

static void mode_native_needs_a_driver_that_has_it(void **state)
{
	struct scene *scene = *state;
	const struct planned_chain *chain;

	scene->hook->no_native = true;
	want(scene, MODE_NATIVE);
	chain = plan_of(scene);
	assert_int_equal(chain->action, ACTION_BLOCKED);
	assert_int_equal(chain->code, DIAG_XDP_MODE);
	assert_null(chain->step);
	assert_int_equal(chain->count, 0);
	assert_string_equal(chain->mechanism, "linked");
	assert_string_equal(only_diag(scene, DIAG_XDP_MODE)->summary,
			    "eth0 xdp: the driver 'veth' has no native XDP");
	assert_non_null(strstr(scene->diags.items[0].help, "'mode: generic'"));
	/* What runs goes on, and a gap would help nobody. */
	observed_put_ours(scene->arena, scene->hook, "a b");
	scene->hook->mode = "generic";
	for (unsigned int allowed = 0; allowed < 2; allowed++) {
		scene->desires.allow_gap = allowed;
		chain = plan_of(scene);
		assert_int_equal(chain->code, DIAG_XDP_MODE);
		assert_null(chain->step);
		assert_null(chain->waiting);
		assert_int_equal(chain->count, 2);
	}
	want(scene, MODE_AUTO);
	assert_int_equal(plan_of(scene)->action, ACTION_NONE);
}

static void mode_refused_says_why_and_the_way_out(void **state)
{
	struct scene *scene = *state;

	scene->diags = DIAGS(scene->arena);
	want(scene, MODE_NATIVE);
	mode_report_refused(&scene->desires.items[0], "too large", false, &scene->diags);
	assert_string_equal(only_diag(scene, DIAG_XDP_MODE)->summary,
			    "eth0 xdp: the driver 'veth' does not take the chain in native mode");
	assert_string_equal(scene->diags.items[0].detail, "too large");
	assert_non_null(scene->diags.items[0].help);
	/* Where nobody wrote a mode, the program is the place. */
	scene->diags = DIAGS(scene->arena);
	scene->chain->mode = (struct number){ .value = MODE_AUTO };
	mode_report_refused(&scene->desires.items[0], "too large", false, &scene->diags);
	assert_string_equal(scene->diags.items[0].summary,
			    "eth0 xdp: the driver 'veth' does not take the chain");
	assert_int_equal(scene->diags.items[0].places[0].span.line, 11);
}

static size_t warnings_of(struct scene *scene)
{
	plan_of(scene);
	for (size_t i = 0; i < scene->diags.count; i++)
		assert_int_equal(scene->diags.items[i].severity, SEVERITY_WARNING);
	return scene->diags.count;
}

static void mtu_is_foretold(void **state)
{
	struct scene *scene = *state;

	scene->desires.items[0].one_buffer = "'a', 'b'";
	assert_int_equal(warnings_of(scene), 0);
	scene->eth0.mtu = 3498;
	assert_int_equal(warnings_of(scene), 0);
	scene->eth0.mtu = 9000;
	assert_int_equal(warnings_of(scene), 1);
	assert_int_equal(scene->diags.items[0].code, DIAG_XDP_MODE);
	assert_string_equal(scene->diags.items[0].summary,
			    "eth0 xdp: with an MTU of 9000 the driver 'veth' may refuse the chain, "
			    "whose programs take packets of one buffer only");
	assert_non_null(strstr(scene->diags.items[0].help, "one buffer only: 'a', 'b'"));
	want(scene, MODE_GENERIC);
	assert_int_equal(warnings_of(scene), 0);
	want(scene, MODE_NATIVE);
	assert_int_equal(warnings_of(scene), 1);
	want(scene, MODE_AUTO);
	scene->hook->no_native = true;
	assert_int_equal(warnings_of(scene), 0);
	scene->hook->no_native = false;
	scene->desires.items[0].one_buffer = NULL;
	assert_int_equal(warnings_of(scene), 0);
}

/* What the driver took once it takes again; a chain is of one kind as a whole. */
static void mtu_is_no_matter_where_the_driver_took_the_same(void **state)
{
	struct scene *scene = *state;

	scene->desires.items[0].one_buffer = "'a', 'b'";
	scene->eth0.mtu = 9000;
	observed_put_ours(scene->arena, scene->hook, "a:1 b:2");
	assert_int_equal(warnings_of(scene), 1);
	observed_put_ours(scene->arena, scene->hook, "a:1 b");
	assert_int_equal(warnings_of(scene), 0);
	observed_put_ours(scene->arena, scene->hook, "a:1 b:2");
	scene->hook->mode = "generic";
	assert_int_equal(warnings_of(scene), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mode_goes_into_the_attach),
		TEST(mode_of_what_runs_satisfies_auto),
		TEST(mode_waits_for_the_gap),
		TEST(mode_holds_up_nothing_else),
		TEST(mode_is_changed_with_a_gap),
		TEST(mode_of_a_blocked_hook_stays),
		TEST(mode_native_needs_a_driver_that_has_it),
		TEST(mode_refused_says_why_and_the_way_out),
		TEST(mtu_is_foretold),
		TEST(mtu_is_no_matter_where_the_driver_took_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
