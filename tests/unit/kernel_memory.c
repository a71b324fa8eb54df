/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel in memory can beyond the conformance suite, which holds it to the contract. */
#include "tests/support/kernel_memory.h"

#include <errno.h>

#include "tests/support/converge.h"
#include "tests/support/kernel_faulty.h"
#include "tests/support/test.h"
#include "tests/support/values.h"

struct scene {
	struct arena *arena;
	struct machine *machine;
	struct kernel *kernel;
	struct wish wish;
	struct diags diags;
	struct error error;
};

static const void *object_bytes(void *context, const char *digest, size_t *ret_length)
{
	(void)context;
	*ret_length = strlen(digest);
	return *digest == 'e' ? NULL : digest;
}

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	scene->machine = machine_new();
	scene->kernel = kernel_memory_open(
		scene->machine, (struct object_source){ object_bytes, NULL }, NULL, NULL);
	machine_add_interface(scene->machine, "eth0", 0);
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	kernel_close(scene->kernel);
	machine_free(scene->machine);
	arena_free(scene->arena);
	return 0;
}

static int run(struct scene *scene, enum hook hook, const char *words)
{
	struct wishes wishes = { .items = &scene->wish, .count = 1 };
	struct interfaces interfaces;

	scene->wish = (struct wish){ .interface = "eth0",
				     .hook = hook,
				     .manifest = manifest_of(scene->arena, hook, words) };
	scene->diags = DIAGS(scene->arena);
	machine_list(scene->machine, scene->arena, &interfaces);
	return converge(scene->kernel, scene->arena, &interfaces, &wishes, &scene->diags,
			&scene->error);
}

static void kernel_memory_dumps_everything(void **state)
{
	struct scene *scene = *state;
	struct machine_link *link;

	assert_int_equal(run(scene, HOOK_TCX_INGRESS, "a b:1"), 0);
	assert_int_equal(machine_attach(scene->machine, 2, HOOK_TCX_INGRESS,
					machine_load(scene->machine, "cil_in", NULL), 0, false,
					&link),
			 0);
	assert_string_equal(machine_dump(scene->machine, scene->arena),
			    "eth0 (2) tcx-ingress, revision 3: a+b by link 3; cil_in by link 5\n"
			    "pins 2 tcx-ingress: link 3, a+b\n");
	machine_move_interface(scene->machine, "eth0");
	assert_string_equal(machine_dump(scene->machine, scene->arena),
			    "eth0 (2) elsewhere tcx-ingress, revision 3: a+b by link 3; cil_in by "
			    "link 5\n"
			    "pins 2 tcx-ingress: link 3, a+b\n");
}

static void kernel_memory_carries_counters_by_name(void **state)
{
	struct scene *scene = *state;
	const struct counters *counters;

	assert_int_equal(run(scene, HOOK_XDP, "a b"), 0);
	machine_count(scene->machine, "eth0", HOOK_XDP, "a", 2, 10);
	machine_count(scene->machine, "eth0", HOOK_XDP, "b", 1, 3);
	assert_int_equal(run(scene, HOOK_XDP, "c b:1"), 0);
	machine_count(scene->machine, "eth0", HOOK_XDP, "b", 1, 4);
	assert_int_equal(kernel_counters(scene->kernel, scene->arena, 2, HOOK_XDP, &counters), 0);
	assert_int_equal(counters->count, 2);
	assert_int_equal(counters->items[0].seen, 0);
	assert_int_equal(counters->items[1].seen, 7);
	assert_int_equal(counters->items[1].verdicts[1], 7);
}

static void kernel_memory_can_be_too_old(void **state)
{
	struct scene *scene = *state;

	scene->machine->has_tcx = false;
	assert_int_equal(run(scene, HOOK_TCX_INGRESS, "a"), 0);
	assert_int_equal(scene->diags.items[0].code, DIAG_KERNEL_TOO_OLD);
	assert_string_equal(machine_dump(scene->machine, scene->arena), "");
}

static void kernel_memory_misses_objects_that_are_gone(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(run(scene, HOOK_XDP, "a b:e"), 0);
	assert_int_equal(scene->diags.items[0].code, DIAG_OBJECT_MISSING);
	assert_string_equal(scene->diags.items[0].program, "b");
	assert_string_equal(machine_dump(scene->machine, scene->arena), "");
}

static void kernel_faulty_fails_before_or_after(void **state)
{
	struct scene *scene = *state;
	struct kernel *inner = scene->kernel;

	/* Calls are observe, prepare, execute. */
	scene->kernel = kernel_faulty_open(inner, (struct fault){ 3, false, -EIO });
	assert_int_equal(run(scene, HOOK_XDP, "a"), -EIO);
	assert_string_equal(scene->error.text, "call 3: Input/output error");
	assert_string_equal(machine_dump(scene->machine, scene->arena), "");
	assert_int_equal(run(scene, HOOK_XDP, "a"), 0);
	assert_int_equal(kernel_faulty_calls(scene->kernel), 8);

	scene->kernel = kernel_faulty_open(scene->kernel, (struct fault){ 3, true, -ENOMEM });
	assert_int_equal(run(scene, HOOK_XDP, "b"), -ENOMEM);
	assert_string_equal(machine_dump(scene->machine, scene->arena),
			    "eth0 (2) xdp, revision 3: b by link 4\n"
			    "pins 2 xdp: link 4, b\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(kernel_memory_dumps_everything),
		CASE(kernel_memory_carries_counters_by_name),
		CASE(kernel_memory_can_be_too_old),
		CASE(kernel_memory_misses_objects_that_are_gone),
		CASE(kernel_faulty_fails_before_or_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
