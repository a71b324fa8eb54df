/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

/* Everything that a case puts together before it asks for the plan. */
struct scene {
	struct arena *arena;
	struct desires desires;
	struct observed observed;
	struct diags diags;
	const struct plan *plan;
};

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	scene->diags = DIAGS(arena);
	scene->observed.kernel_release = "6.12.0-test";
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	arena_free(scene->arena);
	return 0;
}

static const char *plan_of(struct scene *scene)
{
	scene->plan = plan_build(scene->arena, &scene->desires, &scene->observed, &scene->diags);
	assert_int_equal(plan_pending(&scene->desires, &scene->observed),
			 plan_changes(scene->plan) > 0);
	return plan_words(scene->arena, scene->plan);
}

static struct desired *want(struct scene *scene, const char *interface, enum hook hook,
			    const char *words)
{
	return desires_add(scene->arena, &scene->desires, interface, 2, hook, words);
}

static struct observed_hook *see(struct scene *scene, const char *interface, enum hook hook)
{
	return observed_add(scene->arena, &scene->observed, interface, 2, hook);
}

/* One hook that has `before` and should have `after`. */
static struct observed_hook *change(struct scene *scene, const char *before, const char *after)
{
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);

	if (before)
		observed_put_ours(scene->arena, hook, before);
	if (after)
		want(scene, "eth0", HOOK_TCX_INGRESS, after);
	return hook;
}

static const struct step *only_step(const struct scene *scene)
{
	assert_int_equal(scene->plan->count, 1);
	assert_non_null(scene->plan->chains[0].step);
	return scene->plan->chains[0].step;
}

static void plan_of_nothing_is_empty(void **state)
{
	struct scene *scene = *state;

	observed_put(scene->arena, see(scene, "eth0", HOOK_XDP), 66, "xdp_foo");
	see(scene, "eth0", HOOK_TCX_INGRESS);
	assert_string_equal(plan_of(scene), "");
	assert_int_equal(plan_changes(scene->plan), 0);
	assert_int_equal(scene->diags.count, 0);
}

static void plan_does_nothing_where_manifests_are_equal(void **state)
{
	struct scene *scene = *state;

	change(scene, "a b", "a b");
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress none: 1 a(1), 2 b(2)\n");
	assert_null(scene->plan->chains[0].step);
	assert_int_equal(plan_changes(scene->plan), 0);
	assert_int_equal(plan_blocked(scene->plan), 0);
}

static void plan_attaches_at_the_head(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = change(scene, NULL, "a b");

	hook->revision = 7;
	observed_put(scene->arena, hook, 66, "cil_in");
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress attach: +1 a, +2 b, =3 cil_in\n");
	assert_int_equal(only_step(scene)->kind, STEP_ATTACH);
	assert_int_equal(only_step(scene)->expected_revision, 7);
	assert_int_equal(only_step(scene)->expected_program, 0);
	assert_ptr_equal(only_step(scene)->manifest, scene->desires.items[0].manifest);
	assert_string_equal(step_words(scene->arena, only_step(scene)),
			    "eth0 tcx-ingress: attach a chain of 2 at the head");
	assert_string_equal(scene->plan->chains[0].elements[2].why,
			    "foreign, id 66, stays where it is");
}

static void plan_moves_only_what_moved(void **state)
{
	static const struct {
		const char *before;
		const char *after;
		const char *plan;
	} cases[] = {
		{ "a b", "b a", ">1 b(2), 2 a(1)" },
		{ "a b c d", "d a b c", ">1 d(4), 2 a(1), 3 b(2), 4 c(3)" },
		{ "a b c d", "b c d a", "1 b(2), 2 c(3), 3 d(4), >4 a(1)" },
		{ "a b c", "x a b c", "+1 x, 2 a(1), 3 b(2), 4 c(3)" },
		{ "a b c", "a c", "1 a(1), 2 c(3), -b(2)" },
		{ "a b c", "c x", "1 c(3), +2 x, -a(1), -b(2)" },
		{ "a b c d", "c x b a", ">1 c(3), +2 x, >3 b(2), 4 a(1), -d(4)" },
		{ "a b c d", "c a d b", ">1 c(3), 2 a(1), >3 d(4), 4 b(2)" },
	};

	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scene->desires.count = 0;
		scene->observed.count = 0;
		change(scene, cases[i].before, cases[i].after);
		assert_string_equal(plan_of(scene),
				    arena_printf(scene->arena, "eth0 tcx-ingress update: %s\n",
						 cases[i].plan));
	}
}

static void plan_replaces_what_has_other_code(void **state)
{
	struct scene *scene = *state;
	const struct planned_element *elements;
	struct desired *desired;
	struct interface eth0 = { .name = "eth0", .index = 2 };

	change(scene, "a b c", NULL);
	desired = want(scene, "eth0", HOOK_TCX_INGRESS, "c:0:other a:1 b x:2");
	desired->chain = chain_of(scene->arena, &eth0, HOOK_TCX_INGRESS, "c a b x");
	assert_string_equal(plan_of(scene),
			    "eth0 tcx-ingress update: ~1 c(3), ~2 a(1), 3 b(2), +4 x\n");
	elements = scene->plan->chains[0].elements;
	assert_string_equal(elements[0].object, "/usr/lib/bpf/c.bpf.o function run -> other");
	assert_string_equal(elements[1].object, "/usr/lib/bpf/a.bpf.o 00000000 -> 11111111");
	assert_null(elements[2].object);
	assert_string_equal(elements[3].object, "/usr/lib/bpf/x.bpf.o 22222222");
	assert_int_equal(only_step(scene)->kind, STEP_UPDATE);
	assert_int_equal(only_step(scene)->expected_program, 100);
	assert_int_equal(only_step(scene)->expected_revision, 0);
	assert_string_equal(change_words(scene->arena, &scene->plan->chains[0]),
			    "~ c (/usr/lib/bpf/c.bpf.o function run -> other), "
			    "~ a (/usr/lib/bpf/a.bpf.o 00000000 -> 11111111), + x");
}

static void plan_gives_the_reasons_of_the_chain(void **state)
{
	struct scene *scene = *state;
	struct interface eth0 = { .name = "eth0", .index = 2 };
	const struct planned_element *elements;
	struct desired *desired;
	struct chain *chain;

	change(scene, "b", NULL);
	desired = want(scene, "eth0", HOOK_TCX_INGRESS, "a c");
	chain = chain_of(scene->arena, &eth0, HOOK_TCX_INGRESS, "a b c");
	chain->elements[2].reason = REASON_STATEMENT;
	chain->elements[2].statement = (struct statement){
		.kind = STATEMENT_ORDER,
		.first = chain->elements[1].program,
		.second = chain->elements[2].program,
		.span = edge_span(6, 13),
	};
	desired->chain = chain;
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress update: +1 a, +2 c, -b(1)\n");
	elements = scene->plan->chains[0].elements;
	assert_string_equal(elements[1].why, "order");
	assert_int_equal(elements[1].span.line, 6);
	assert_null(elements[2].span.source);
	assert_string_equal(elements[2].why, "no longer wanted here");
}

static void plan_detaches_what_is_not_wanted(void **state)
{
	struct scene *scene = *state;

	change(scene, "a b", NULL);
	see(scene, "eth1", HOOK_XDP)->own = OWN_DETACHED;
	observed_put(scene->arena, &scene->observed.hooks[1], 66, "xdp_foo");
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress detach: -a(1), -b(2)\n"
					    "eth1 xdp detach: =1 xdp_foo; our link was detached\n");
	assert_int_equal(scene->plan->chains[0].step->expected_program, 100);
	assert_int_equal(scene->plan->chains[1].step->expected_program, 0);
	assert_int_equal(plan_changes(scene->plan), 2);
	assert_int_equal(scene->diags.count, 0);
}

static void plan_puts_back_what_was_overwritten(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = change(scene, "a b", "a b");

	hook->own = OWN_OVERWRITTEN;
	hook->programs[0].id = 66;
	hook->programs[0].name = "xdp_foo";
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress update: +1 a, +2 b; our program was "
					    "replaced by id 66 'xdp_foo'\n");
	assert_int_equal(only_step(scene)->kind, STEP_UPDATE);
	assert_int_equal(only_step(scene)->expected_program, 66);
}

static void plan_restores_removed_pins(void **state)
{
	struct scene *scene = *state;

	change(scene, "a b", "a b")->own = OWN_UNPINNED;
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress update: 1 a(1), 2 b(2); "
					    "our pins were removed\n");
	assert_int_equal(only_step(scene)->kind, STEP_UPDATE);
	assert_int_equal(only_step(scene)->expected_program, 100);
}

static void plan_attaches_again_what_was_detached(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = change(scene, NULL, "a b");

	hook->own = OWN_DETACHED;
	hook->manifest = manifest_of(scene->arena, HOOK_TCX_INGRESS, "a b");
	observed_put(scene->arena, hook, 66, "cil_in");
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress attach: +1 a, +2 b, =3 cil_in; "
					    "our link was detached\n");
	assert_int_equal(only_step(scene)->kind, STEP_ATTACH);
}

static void plan_replaces_a_chain_without_manifest(void **state)
{
	struct scene *scene = *state;

	change(scene, "a", "a")->manifest = NULL;
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress update: +1 a; "
					    "the manifest of our chain cannot be read\n");
}

static void plan_shows_foreign_programs_where_they_are(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);

	observed_put(scene->arena, hook, 7, "late");
	observed_put_ours(scene->arena, hook, "a b");
	observed_put(scene->arena, hook, 66, "cil_in");
	want(scene, "eth0", HOOK_TCX_INGRESS, "b a");
	assert_string_equal(plan_of(scene),
			    "eth0 tcx-ingress update: =1 late, >2 b(3), 3 a(2), =4 cil_in\n");
}

static const char copies[] = "it calls bpf_clone_redirect";

/* A program that may bring packets back: around it nothing changes unasked. */
static void put_reentrant(struct scene *scene, struct observed_hook *hook, uint32_t id,
			  const char *name)
{
	observed_put(scene->arena, hook, id, name)->reenters = copies;
}

static void plan_puts_first_and_last_around_others(void **state)
{
	struct scene *scene = *state;
	struct interface eth0 = { .name = "eth0", .index = 2 };
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = chain_of(scene->arena, &eth0, HOOK_TCX_INGRESS, "a b");

	observed_put(scene->arena, hook, 7, "late");
	observed_put_ours(scene->arena, hook, "a");
	observed_put(scene->arena, hook, 66, "cil_in");
	chain_program(chain, 0)->first.value = true;
	chain_program(chain, 1)->last.value = true;
	want(scene, "eth0", HOOK_TCX_INGRESS, "a b")->chain = chain;
	assert_string_equal(plan_of(scene),
			    "eth0 tcx-ingress update: >1 a(2), =2 late, =3 cil_in, +4 b\n");
	assert_int_equal(scene->diags.count, 0);
	assert_int_equal(only_step(scene)->kind, STEP_SWITCH);
	assert_int_equal(only_step(scene)->part_count, 3);
}

static void plan_warns_of_first_and_last_that_do_not_hold(void **state)
{
	struct scene *scene = *state;
	struct interface eth0 = { .name = "eth0", .index = 2 };
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct desired *desired;
	struct chain *chain = chain_of(scene->arena, &eth0, HOOK_TCX_INGRESS, "a b");

	put_reentrant(scene, hook, 7, "late");
	observed_put_ours(scene->arena, hook, "a b");
	observed_put(scene->arena, hook, 66, "cil_in");
	observed_put(scene->arena, hook, 67, "more");
	chain_program(chain, 0)->first = (struct flag){ true, true, edge_span(17, 5) };
	chain_program(chain, 1)->last = (struct flag){ true, true, edge_span(27, 5) };
	desired = want(scene, "eth0", HOOK_TCX_INGRESS, "a b");
	desired->chain = chain;
	assert_string_equal(plan_of(scene),
			    "eth0 tcx-ingress blocked: =1 late, !2 a(2), !3 b(3), =4 cil_in, "
			    "=5 more; changes on both sides of id 7 'late', which may send packets "
			    "over the hook again (it calls bpf_clone_redirect) need a gap, and "
			    "wait for `ordain apply --allow-gap`\n");
	assert_int_equal(plan_violated(scene->plan), 2);
	assert_int_equal(scene->plan->chains[0].waiting->kind, STEP_REARRANGE);
	assert_string_equal(scene->plan->chains[0].elements[1].violation,
			    "not first: id 7 'late' runs before it");
	assert_int_equal(scene->diags.count, 3);
	assert_int_equal(scene->diags.items[0].code, DIAG_NEEDS_GAP);
	assert_int_equal(scene->diags.items[1].code, DIAG_VERIFY_ONLY);
	assert_int_equal(scene->diags.items[1].places[0].span.line, 17);
	assert_string_equal(scene->diags.items[1].summary,
			    "'a' is to run first on eth0 tcx-ingress, but foreign id 7 'late' runs "
			    "before it; ordain moves no foreign program");
	assert_string_equal(scene->diags.items[2].summary,
			    "'b' is to run last on eth0 tcx-ingress, but foreign id 66 'cil_in' "
			    "and 1 more run behind it; ordain moves no foreign program");
}

static void plan_leaves_xdp_of_others_alone(void **state)
{
	struct scene *scene = *state;
	struct interface eth0 = { .name = "eth0", .index = 2 };
	struct observed_hook *hook = see(scene, "eth0", HOOK_XDP);
	struct observed_program *holder = observed_put(scene->arena, hook, 66, "xdp_foo");
	const struct diag *diag;

	holder->link_id = 12;
	holder->attached = "link 12";
	holder->tag = "0123456789abcdef";
	holder->pins = "/sys/fs/bpf/foo";
	holder->holders = "food (pid 12)";
	want(scene, "eth0", HOOK_XDP, "a")->chain = chain_of(scene->arena, &eth0, HOOK_XDP, "a");
	assert_string_equal(plan_of(scene),
			    "eth0 xdp blocked: =1 xdp_foo; held by id 66 'xdp_foo' (link 12)\n");
	assert_null(scene->plan->chains[0].step);
	assert_int_equal(scene->plan->chains[0].code, DIAG_HOOK_TAKEN);
	assert_int_equal(plan_blocked(scene->plan), 1);
	assert_int_equal(scene->diags.count, 1);
	diag = &scene->diags.items[0];
	assert_int_equal(diag->severity, SEVERITY_ERROR);
	assert_int_equal(diag->places[0].span.line, 11);
	assert_string_equal(diag->summary, "eth0 xdp is held by another program, id 66 'xdp_foo'");
	assert_string_equal(diag->detail, "attached by: link 12\n"
					  "tag: 0123456789abcdef\n"
					  "pinned at: /sys/fs/bpf/foo\n"
					  "held by: food (pid 12)");
	assert_string_equal(diag->help, "detach it with its own tool, or with `bpftool link detach "
					"id 12`; or leave eth0 out of the program's interfaces");
}

static void plan_names_the_way_out_for_each_way_in(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_XDP);

	observed_put(scene->arena, hook, 66, "");
	hook->mode = "generic";
	hook->own = OWN_DETACHED;
	want(scene, "eth0", HOOK_XDP, "a");
	assert_string_equal(plan_of(scene),
			    "eth0 xdp blocked: =1 ?; held by id 66 (netlink, native)\n");
	assert_non_null(
		strstr(scene->diags.items[0].help, "`ip link set dev eth0 xdpgeneric off`"));
	assert_int_equal(scene->diags.items[0].place_count, 0);
}

static void plan_never_advises_to_detach_a_chain_of_ordain(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_XDP);

	observed_put(scene->arena, hook, 66, "ordain_xdp");
	want(scene, "eth0", HOOK_XDP, "a");
	plan_of(scene);
	assert_null(strstr(scene->diags.items[0].help, "detach"));
	assert_non_null(strstr(scene->diags.items[0].help, "--bpffs"));
}

static void plan_blocks_a_tcx_hook_that_is_full(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);

	for (uint32_t id = 1; id <= 63; id++)
		observed_put(scene->arena, hook, id, "x");
	want(scene, "eth0", HOOK_TCX_INGRESS, "a");
	plan_of(scene);
	assert_int_equal(scene->plan->chains[0].action, ACTION_BLOCKED);
	assert_null(scene->plan->chains[0].step);
	assert_int_equal(scene->diags.items[0].code, DIAG_KERNEL_LIMIT);
}

static void plan_says_once_that_the_kernel_is_too_old(void **state)
{
	static const char *const names[] = { "eth0", "eth1", "eth2" };
	struct scene *scene = *state;
	struct interface eth0 = { .name = "eth0", .index = 2 };

	for (size_t i = 0; i < 3; i++) {
		struct desired *desired;

		see(scene, names[i], HOOK_XDP);
		see(scene, names[i], HOOK_TCX_INGRESS)->supported = false;
		see(scene, names[i], HOOK_TCX_EGRESS)->supported = false;
		want(scene, names[i], HOOK_XDP, "x");
		desired = want(scene, names[i], HOOK_TCX_INGRESS, "a");
		desired->chain = chain_of(scene->arena, &eth0, HOOK_TCX_INGRESS, "a");
		if (i < 2)
			want(scene, names[i], HOOK_TCX_EGRESS, "a");
	}
	scene->observed.kernel_release = "6.1.0-13";
	assert_string_equal(plan_of(scene),
			    "eth0 xdp attach: +1 x\n"
			    "eth0 tcx-ingress blocked; this kernel has no such hook\n"
			    "eth0 tcx-egress blocked; this kernel has no such hook\n"
			    "eth1 xdp attach: +1 x\n"
			    "eth1 tcx-ingress blocked; this kernel has no such hook\n"
			    "eth1 tcx-egress blocked; this kernel has no such hook\n"
			    "eth2 xdp attach: +1 x\n"
			    "eth2 tcx-ingress blocked; this kernel has no such hook\n");
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].code, DIAG_KERNEL_TOO_OLD);
	assert_string_equal(scene->diags.items[0].summary,
			    "kernel 6.1.0-13 has no tcx hooks; they came with 6.6; "
			    "XDP chains go on");
	assert_string_equal(scene->diags.items[0].detail,
			    "not attached: eth0 tcx-ingress, eth0 tcx-egress, eth1 tcx-ingress "
			    "and 2 more");
	assert_int_equal(plan_changes(scene->plan), 3);
}

static struct desired *block(struct desired *desired)
{
	desired->blocked = true;
	desired->code = DIAG_ORDER_CYCLE;
	desired->reason = "a and b contradict each other";
	return desired;
}

static void plan_of_a_blocked_hook_keeps_its_last_good_chain(void **state)
{
	struct scene *scene = *state;

	change(scene, "a b", NULL);
	block(want(scene, "eth0", HOOK_TCX_INGRESS, "a b"))->kept_generation = 41;
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress blocked: 1 a(1), 2 b(2); "
					    "a and b contradict each other\n");
	assert_null(scene->plan->chains[0].step);
	assert_int_equal(plan_changes(scene->plan), 0);
	assert_int_equal(plan_blocked(scene->plan), 1);
	assert_int_equal(scene->plan->chains[0].code, DIAG_ORDER_CYCLE);
}

static void plan_of_a_blocked_hook_restores_its_last_good_chain(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = change(scene, NULL, NULL);

	hook->own = OWN_DETACHED;
	block(want(scene, "eth0", HOOK_TCX_INGRESS, "a b"));
	assert_string_equal(plan_of(scene), "eth0 tcx-ingress blocked: +1 a, +2 b; a and b "
					    "contradict each other; our link was detached\n");
	assert_int_equal(only_step(scene)->kind, STEP_ATTACH);
	assert_int_equal(plan_changes(scene->plan), 1);
}

static void plan_of_a_blocked_hook_without_last_good_chain_is_left(void **state)
{
	struct scene *scene = *state;

	change(scene, "a", NULL);
	see(scene, "eth1", HOOK_XDP);
	block(want(scene, "eth0", HOOK_TCX_INGRESS, NULL));
	block(want(scene, "eth1", HOOK_XDP, NULL));
	assert_string_equal(plan_of(scene),
			    "eth0 tcx-ingress blocked: 1 a(1); a and b contradict each other\n"
			    "eth1 xdp blocked; a and b contradict each other\n");
	assert_int_equal(plan_changes(scene->plan), 0);
	assert_int_equal(plan_blocked(scene->plan), 2);
}

static void plan_waits_for_interfaces_that_were_not_seen(void **state)
{
	struct scene *scene = *state;

	want(scene, "eth0", HOOK_XDP, "a");
	want(scene, "eth1", HOOK_XDP, "a");
	want(scene, "eth2", HOOK_XDP, "a");
	see(scene, "eth1", HOOK_XDP);
	assert_string_equal(plan_of(scene), "eth1 xdp attach: +1 a\n");
}

static void plan_forgets_orphans(void **state)
{
	struct scene *scene = *state;
	struct orphan orphans[] = { { 7, HOOK_XDP, false }, { 9, HOOK_TCX_EGRESS, true } };

	scene->observed.orphans = orphans;
	scene->observed.orphan_count = 2;
	assert_string_equal(plan_of(scene),
			    "ifindex 7 xdp: remove our chain of an interface that is not here\n"
			    "ifindex 9 tcx-egress: remove our chain of an interface that is not "
			    "here\n");
	assert_int_equal(plan_changes(scene->plan), 2);
	assert_int_equal(scene->plan->forget[1].kind, STEP_FORGET);
	assert_null(scene->plan->forget[1].interface);
}

static const struct interface here = { .name = "eth0", .index = 2 };

static struct program *attach_entry(struct chain *chain, size_t at, const char *glob)
{
	struct program *program = chain_program(chain, at);

	program->object.text = NULL;
	program->attached_name.text = glob;
	return program;
}

/* `first` before `second`, as the policy has it in force. */
static void state_order(struct scene *scene, struct chain *chain, enum statement_kind kind,
			size_t first, size_t second)
{
	*list_push(scene->arena, &chain->applied) = (struct statement){
		.kind = kind,
		.strength = STRENGTH_POLICY,
		.first = chain->elements[first].program,
		.second = chain->elements[second].program,
		.span = edge_span(7, 5),
	};
}

/* Ours is "a" on eth0, and the policy's order there is `names`. */
static struct chain *want_order(struct scene *scene, const char *names)
{
	struct chain *chain = chain_of(scene->arena, &here, HOOK_TCX_INGRESS, names);

	want(scene, "eth0", HOOK_TCX_INGRESS, "a")->chain = chain;
	return chain;
}

static void plan_finds_what_others_attached_where_it_should_be(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a cilium");

	observed_put_ours(scene->arena, hook, "a");
	observed_put(scene->arena, hook, 66, "cil_from_netdev");
	attach_entry(chain, 1, "cil_*");
	state_order(scene, chain, STATEMENT_BEFORE, 0, 1);
	plan_of(scene);
	assert_int_equal(scene->plan->chains[0].action, ACTION_NONE);
	assert_int_equal(scene->diags.count, 0);
	assert_int_equal(plan_violated(scene->plan), 0);
	assert_string_equal(scene->plan->chains[0].elements[1].why,
			    "foreign, id 66, for cilium, stays where it is");
}

/* Two others that stand the other way round: what they say of each other is a fact against it. */
static void plan_verifies_the_order_of_what_others_attached(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a cilium other");

	observed_put(scene->arena, hook, 66, "cil_from_netdev");
	observed_put_ours(scene->arena, hook, "a");
	observed_put(scene->arena, hook, 67, "other_x");
	attach_entry(chain, 1, "cil_*");
	attach_entry(chain, 2, "other_?");
	state_order(scene, chain, STATEMENT_BEFORE, 0, 1);
	state_order(scene, chain, STATEMENT_AFTER, 2, 0);
	state_order(scene, chain, STATEMENT_STAGE, 2, 1);
	plan_of(scene);
	assert_int_equal(plan_violated(scene->plan), 2);
	assert_string_equal(scene->plan->chains[0].elements[0].name, "a");
	assert_string_equal(scene->plan->chains[0].elements[0].violation,
			    "not after other: id 67 'other_x' runs behind it");
	assert_string_equal(scene->plan->chains[0].elements[2].violation,
			    "not before cilium: id 66 'cil_from_netdev' runs before it");
	assert_int_equal(scene->diags.count, 2);
	assert_int_equal(scene->diags.items[0].severity, SEVERITY_WARNING);
	assert_int_equal(scene->diags.items[0].code, DIAG_VERIFY_ONLY);
	assert_int_equal(plan_blocked(scene->plan), 0);
}

static void plan_lets_in_front_of_first_what_it_yields_to(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "tap a");

	put_reentrant(scene, hook, 66, "tap");
	observed_put_ours(scene->arena, hook, "a");
	attach_entry(chain, 0, "tap");
	chain_program(chain, 1)->first = (struct flag){ true, true, edge_span(9, 5) };
	state_order(scene, chain, STATEMENT_FIRST, 0, 1);
	plan_of(scene);
	assert_int_equal(plan_violated(scene->plan), 0);
	hook->programs[0].name = "somebody";
	plan_of(scene);
	assert_string_equal(scene->plan->chains[0].elements[1].violation,
			    "not first: id 66 'somebody' runs before it");
}

static void plan_verifies_unmodified_input_and_being_alone(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a");

	put_reentrant(scene, hook, 66, "x");
	observed_put_ours(scene->arena, hook, "a");
	chain_program(chain, 0)->unmodified_input = (struct flag){ true, true, edge_span(9, 5) };
	chain_program(chain, 0)->exclusive = (struct flag){ true, true, edge_span(10, 5) };
	plan_of(scene);
	assert_string_equal(scene->plan->chains[0].elements[1].violation,
			    "behind what may change packets: id 66 'x' runs before it");
	assert_string_equal(scene->plan->chains[0].elements[1].company,
			    "not alone: id 66 'x' runs beside it");
	assert_int_equal(plan_violated(scene->plan), 2);
}

static const char *company_of(struct scene *scene, uint64_t *before)
{
	uint64_t now = plan_company(&scene->desires, &scene->observed);
	bool changed = now != *before;

	*before = now;
	return changed ? "changed" : "same";
}

/* A hook of which the policy says what hangs on others, one way or the other. */
static void plan_company_counts_wherever_others_matter(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a b");
	struct flag *flags[] = { &chain_program(chain, 0)->first, &chain_program(chain, 0)->last,
				 &chain_program(chain, 0)->unmodified_input };
	uint64_t company = 0;

	company_of(scene, &company);
	observed_put(scene->arena, hook, 66, "");
	assert_string_equal(company_of(scene, &company), "same");
	for (size_t i = 0; i < 3; i++) {
		flags[i]->value = true;
		assert_string_equal(company_of(scene, &company), "changed");
		flags[i]->value = false;
		assert_string_equal(company_of(scene, &company), "changed");
	}
	chain->others.value = OTHERS_REFUSE;
	assert_string_equal(company_of(scene, &company), "changed");
	chain->others.value = OTHERS_KEEP;
	assert_string_equal(company_of(scene, &company), "changed");
	attach_entry(chain, 1, "x");
	assert_string_equal(company_of(scene, &company), "changed");
}

static void plan_company_changes_with_whoever_is_beside_an_exclusive_one(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct observed_hook *other = see(scene, "eth1", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a");
	uint64_t company = 0;

	hook = &scene->observed.hooks[0];
	other = &scene->observed.hooks[1];
	observed_put_ours(scene->arena, hook, "a");
	company_of(scene, &company);
	observed_put(scene->arena, hook, 66, "");
	assert_string_equal(company_of(scene, &company), "same");
	chain_program(chain, 0)->exclusive = (struct flag){ true, true, edge_span(10, 5) };
	assert_string_equal(company_of(scene, &company), "changed");
	assert_string_equal(company_of(scene, &company), "same");
	observed_put(scene->arena, other, 70, "");
	assert_string_equal(company_of(scene, &company), "same");
	hook->programs[hook->program_count - 1].id = 67;
	assert_string_equal(company_of(scene, &company), "changed");
	hook->program_count--;
	assert_string_equal(company_of(scene, &company), "changed");
}

static void plan_blocks_what_two_entries_mean(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a cilium all");

	observed_put_ours(scene->arena, hook, "b");
	observed_put(scene->arena, hook, 66, "cil_from_netdev");
	attach_entry(chain, 1, "cil_*");
	attach_entry(chain, 2, "*");
	plan_of(scene);
	assert_int_equal(scene->plan->chains[0].action, ACTION_BLOCKED);
	assert_string_equal(scene->plan->chains[0].note,
			    "'all' and 'cilium' both mean id 66 'cil_from_netdev'");
	assert_string_equal(scene->plan->chains[0].elements[0].name, "b");
	assert_int_equal(scene->plan->chains[0].elements[0].change, CHANGE_KEEP);
	assert_null(scene->plan->chains[0].step);
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].code, DIAG_ATTACHED_AMBIGUOUS);
	assert_int_equal(scene->diags.items[0].place_count, 2);
}

static void plan_says_which_entries_mean_nothing_yet(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_TCX_INGRESS);
	struct chain *chain = want_order(scene, "a cilium");

	observed_put_ours(scene->arena, hook, "a");
	attach_entry(chain, 1, "cil_*")->attached_pin.text = "/sys/fs/bpf/tc/*";
	plan_of(scene);
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].severity, SEVERITY_NOTE);
	assert_string_equal(scene->diags.items[0].summary,
			    "nothing that 'cilium' means is attached to eth0 tcx-ingress yet");
	scene->diags.count = 0;
	observed_put(scene->arena, hook, 66, "cil_x")->pins = "/run/x, /sys/fs/bpf/tc/globals";
	plan_of(scene);
	assert_int_equal(scene->diags.count, 0);
}

static void plan_names_the_entry_that_means_who_holds_xdp(void **state)
{
	struct scene *scene = *state;
	struct observed_hook *hook = see(scene, "eth0", HOOK_XDP);
	struct chain *chain = chain_of(scene->arena, &here, HOOK_XDP, "a theirs");

	want(scene, "eth0", HOOK_XDP, "a")->chain = chain;
	observed_put(scene->arena, hook, 66, "their_xdp");
	attach_entry(chain, 1, "their_*");
	plan_of(scene);
	assert_int_equal(scene->plan->chains[0].action, ACTION_BLOCKED);
	assert_non_null(strstr(scene->plan->chains[0].note, "what 'theirs' means"));
	assert_int_equal(scene->diags.count, 1);
	assert_int_equal(scene->diags.items[0].code, DIAG_HOOK_TAKEN);
	assert_string_equal(scene->diags.items[0].places[1].label, "the one that 'theirs' means");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(plan_of_nothing_is_empty),
		CASE(plan_does_nothing_where_manifests_are_equal),
		CASE(plan_attaches_at_the_head),
		CASE(plan_moves_only_what_moved),
		CASE(plan_replaces_what_has_other_code),
		CASE(plan_gives_the_reasons_of_the_chain),
		CASE(plan_detaches_what_is_not_wanted),
		CASE(plan_puts_back_what_was_overwritten),
		CASE(plan_restores_removed_pins),
		CASE(plan_attaches_again_what_was_detached),
		CASE(plan_replaces_a_chain_without_manifest),
		CASE(plan_shows_foreign_programs_where_they_are),
		CASE(plan_puts_first_and_last_around_others),
		CASE(plan_warns_of_first_and_last_that_do_not_hold),
		CASE(plan_leaves_xdp_of_others_alone),
		CASE(plan_names_the_way_out_for_each_way_in),
		CASE(plan_never_advises_to_detach_a_chain_of_ordain),
		CASE(plan_blocks_a_tcx_hook_that_is_full),
		CASE(plan_says_once_that_the_kernel_is_too_old),
		CASE(plan_of_a_blocked_hook_keeps_its_last_good_chain),
		CASE(plan_of_a_blocked_hook_restores_its_last_good_chain),
		CASE(plan_of_a_blocked_hook_without_last_good_chain_is_left),
		CASE(plan_waits_for_interfaces_that_were_not_seen),
		CASE(plan_forgets_orphans),
		CASE(plan_finds_what_others_attached_where_it_should_be),
		CASE(plan_verifies_the_order_of_what_others_attached),
		CASE(plan_lets_in_front_of_first_what_it_yields_to),
		CASE(plan_verifies_unmodified_input_and_being_alone),
		CASE(plan_company_counts_wherever_others_matter),
		CASE(plan_company_changes_with_whoever_is_beside_an_exclusive_one),
		CASE(plan_blocks_what_two_entries_mean),
		CASE(plan_says_which_entries_mean_nothing_yet),
		CASE(plan_names_the_entry_that_means_who_holds_xdp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
