/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_absorb.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

static const struct interface here = { .name = "eth0", .index = 2 };

/* eth0 xdp, which is to have a chain of "a b"; `ext` is an entry for what others attach. */
struct scene {
	struct arena *arena;
	struct chain *chain;
	struct desired desired;
	struct observed_hook hook;
	struct absorption absorption;
};

static struct program *entry_of(struct scene *scene, const char *name, const char *glob)
{
	for (size_t i = 0; i < scene->chain->count; i++) {
		struct program *program = chain_program(scene->chain, i);

		if (strcmp(program->name, name) != 0)
			continue;
		program->attached_name.text = glob;
		program->absorb.value = true;
		return program;
	}
	return NULL;
}

static void want(struct scene *scene, const char *order, const char *ours)
{
	scene->chain = chain_of(scene->arena, &here, HOOK_XDP, order);
	for (size_t i = 0; i < scene->chain->count; i++)
		chain_program(scene->chain, i)->stage.value = STAGE_DEFAULT;
	entry_of(scene, "ext", "vnd_*");
	scene->desired = (struct desired){
		.interface = "eth0",
		.ifindex = 2,
		.hook = HOOK_XDP,
		.chain = scene->chain,
		.manifest = ours ? manifest_of(scene->arena, HOOK_XDP, ours) : NULL,
	};
}

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	want(scene, "a ext b", "a b");
	scene->hook = (struct observed_hook){
		.interface = "eth0", .ifindex = 2, .hook = HOOK_XDP, .supported = true
	};
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	arena_free(scene->arena);
	return 0;
}

/* Somebody else's is on the hook. */
static struct observed_program *comes(struct scene *scene, uint32_t id, const char *name)
{
	struct observed_program *program;

	scene->hook.program_count = 0;
	program = observed_put(scene->arena, &scene->hook, id, name);
	program->tag = "0123456789abcdef";
	return program;
}

static struct observed_program *absorbed(struct scene *scene, uint32_t id, const char *name,
					 const char *as)
{
	static struct observed_program programs[4];
	static const char *names[4];
	struct observed_hook *hook = &scene->hook;

	hook->absorbed = programs;
	hook->absorbed_as = names;
	programs[hook->absorbed_count] = (struct observed_program){
		.id = id, .name = name, .tag = "0123456789abcdef", .pins = "", .holders = ""
	};
	names[hook->absorbed_count] = as;
	return &programs[hook->absorbed_count++];
}

/* Our chain is there, by netlink. */
static void runs(struct scene *scene)
{
	comes(scene, 100, "ordain_xdp")->ours = true;
	scene->hook.unlocked = true;
	scene->hook.own = OWN_ATTACHED;
}

/* "a ext=7 b": what the hook is to run. */
static const char *target(struct scene *scene)
{
	struct text text = TEXT(scene->arena);
	const struct manifest *manifest;

	scene->absorption = absorb_decide(scene->arena, &scene->desired, &scene->hook);
	manifest = scene->absorption.target;
	for (size_t i = 0; manifest && i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];

		text_printf(&text, "%s%s", i ? " " : "", element->name);
		if (element->absorbed)
			text_printf(&text, "=%u%s", element->program, element->observe ? "!" : "");
	}
	return text_string(&text);
}

static void open_door(struct scene *scene)
{
	scene->chain->others.value = OTHERS_ABSORB;
}

static void absorb_puts_it_where_its_entry_is(void **state)
{
	struct scene *scene = *state;

	comes(scene, 7, "vnd_main");
	assert_string_equal(target(scene), "a ext=7 b");
	assert_int_equal(scene->absorption.newcomer->id, 7);
	assert_true(scene->absorption.unlocked);
	want(scene, "b a ext", "b a");
	assert_string_equal(target(scene), "b a ext=7");
	want(scene, "ext", NULL);
	assert_string_equal(target(scene), "ext=7");
	entry_of(scene, "ext", "vnd_*")->shadow.value = true;
	assert_string_equal(target(scene), "ext=7!");
	/* Not what it means, and not on another hook. */
	comes(scene, 8, "other");
	assert_string_equal(target(scene), "");
	assert_null(scene->absorption.newcomer);
}

static void absorb_puts_the_unnamed_where_defaults_are(void **state)
{
	struct scene *scene = *state;

	comes(scene, 7, "snoop");
	assert_string_equal(target(scene), "a b");
	open_door(scene);
	assert_string_equal(target(scene), "a b snoop=7");
	chain_program(scene->chain, 2)->priority.value = 1;
	assert_string_equal(target(scene), "a snoop=7 b");
	chain_program(scene->chain, 0)->stage.value = STAGE_DEFAULT + 1;
	assert_string_equal(target(scene), "snoop=7 a b");
	chain_program(scene->chain, 0)->first.value = true;
	assert_string_equal(target(scene), "a snoop=7 b");
	/* Its name is one that an element of ours has, or none that a manifest can hold. */
	comes(scene, 7, "a");
	assert_string_equal(target(scene), "a a-2=7 b");
	comes(scene, 7, "");
	assert_string_equal(target(scene), "a unnamed=7 b");
}

static void absorb_knows_the_next_version(void **state)
{
	struct scene *scene = *state;
	struct observed_program *old = absorbed(scene, 7, "vnd_main", "ext");

	scene->hook.own = OWN_DETACHED;
	/* Nobody holds the old one: the name tells. */
	comes(scene, 9, "vnd_main");
	assert_string_equal(target(scene), "a ext=9 b");
	comes(scene, 9, "vnd_more");
	assert_string_equal(target(scene), "a ext=7 ext-2=9 b");
	/* It is held: then it is who holds it. */
	old->owner = 12;
	comes(scene, 9, "vnd_main")->owner = 13;
	assert_string_equal(target(scene), "a ext=7 ext-2=9 b");
	comes(scene, 9, "vnd_more")->owner = 12;
	assert_string_equal(target(scene), "a ext=9 b");
	/* The same once more. */
	comes(scene, 7, "vnd_main")->owner = 12;
	assert_string_equal(target(scene), "a ext=7 b");
}

static void absorb_withdraws_who_let_go(void **state)
{
	struct scene *scene = *state;
	struct observed_program *first = absorbed(scene, 7, "vnd_a", "ext");

	scene->hook.own = OWN_DETACHED;
	assert_string_equal(target(scene), "a b");
	assert_false(scene->absorption.guessed);
	absorbed(scene, 9, "vnd_b", "ext-2");
	assert_string_equal(target(scene), "a ext=7 b");
	assert_int_equal(scene->absorption.withdrawn->id, 9);
	assert_true(scene->absorption.guessed);
	first->released = true;
	assert_string_equal(target(scene), "a ext-2=9 b");
	assert_int_equal(scene->absorption.withdrawn->id, 7);
	assert_false(scene->absorption.guessed);
	/* The hook was not emptied: its owner died. */
	runs(scene);
	assert_string_equal(target(scene), "a ext-2=9 b");
}

static void absorb_gives_back_what_is_not_wanted(void **state)
{
	struct scene *scene = *state;

	runs(scene);
	absorbed(scene, 7, "vnd_a", "ext");
	assert_string_equal(target(scene), "a ext=7 b");
	assert_null(scene->absorption.gives_back);
	chain_program(scene->chain, 1)->absorb.value = false;
	assert_string_equal(target(scene), "a b");
	assert_int_equal(scene->absorption.gives_back->id, 7);
	/* There is one place, and who came last had it. */
	absorbed(scene, 9, "vnd_b", "ext-2");
	target(scene);
	assert_int_equal(scene->absorption.gives_back->id, 9);
	assert_int_equal(scene->absorption.lost->id, 7);
	/* Others are called from that place. */
	absorbed(scene, 8, "snoop", "snoop");
	open_door(scene);
	assert_string_equal(target(scene), "a ext=7 ext-2=9 b snoop=8");
	assert_null(scene->absorption.gives_back);
	assert_non_null(scene->absorption.stuck);
	/* Nothing of the policy is there any more. */
	scene->absorption = absorb_decide(scene->arena, NULL, &scene->hook);
	assert_null(scene->absorption.target);
	assert_int_equal(scene->absorption.gives_back->id, 9);
}

static void absorb_needs_a_word_for_a_bypass(void **state)
{
	struct scene *scene = *state;

	open_door(scene);
	assert_true(absorb_has_door(&scene->desired));
	chain_program(scene->chain, 0)->if_missing.value = IF_MISSING_DROP;
	assert_false(absorb_has_door(&scene->desired));
	comes(scene, 7, "snoop");
	assert_string_equal(target(scene), "a b");
	scene->chain->bypass.value = BYPASS_ALLOW;
	assert_string_equal(target(scene), "a b snoop=7");
	chain_program(scene->chain, 2)->exclusive.value = true;
	assert_string_equal(target(scene), "a b");
}

static void absorb_tells_what_is_held_wrong(void **state)
{
	struct scene *scene = *state;

	runs(scene);
	target(scene);
	assert_non_null(absorb_held_wrong(&scene->desired, &scene->hook, &scene->absorption));
	open_door(scene);
	target(scene);
	assert_null(absorb_held_wrong(&scene->desired, &scene->hook, &scene->absorption));
	scene->hook.unlocked = false;
	target(scene);
	assert_non_null(absorb_held_wrong(&scene->desired, &scene->hook, &scene->absorption));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(absorb_puts_it_where_its_entry_is),
		TEST(absorb_puts_the_unnamed_where_defaults_are),
		TEST(absorb_knows_the_next_version),
		TEST(absorb_withdraws_who_let_go),
		TEST(absorb_gives_back_what_is_not_wanted),
		TEST(absorb_needs_a_word_for_a_bypass),
		TEST(absorb_tells_what_is_held_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
