/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/owners.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

static pid_t start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static struct observed_hook hook_of(struct observed_program *programs, size_t count)
{
	static struct observed_program ours = { .id = 100, .ours = true };

	return (struct observed_hook){ .own = OWN_ATTACHED,
				       .unlocked = true,
				       .programs = &ours,
				       .program_count = 1,
				       .absorbed = programs,
				       .absorbed_count = count };
}

static bool look(struct owners *owners, struct observed_hook *hook, int64_t now_ms)
{
	const struct observed observed = { .hooks = hook, .count = 1 };

	for (size_t i = 0; i < hook->absorbed_count; i++)
		hook->absorbed[i].released = false;
	return owners_look(owners, &observed, now_ms);
}

static void owner_that_dies_releases_after_a_while(void **state)
{
	struct observed_program program = { .id = 7, .pins = "" };
	struct observed_hook hook = hook_of(&program, 1);
	struct owners owners = { 0 };
	pid_t pid = start();

	(void)state;
	program.owner = (uint32_t)pid;
	look(&owners, &hook, 1000);
	assert_false(owners_due(&owners, 1000));
	assert_true(owners_due(&owners, 1000 + OWNER_SETTLE_MS));
	look(&owners, &hook, 1000 + OWNER_SETTLE_MS);
	assert_false(owners_due(&owners, 5000));
	end(pid);
	program.owner = 0;
	assert_false(owners_due(&owners, 6000));
	look(&owners, &hook, 6000);
	assert_false(program.released);
	assert_true(owners_due(&owners, 6000 + OWNER_HOLDOFF_MS));
	look(&owners, &hook, 6000 + OWNER_HOLDOFF_MS);
	assert_true(program.released);
	/* It is told once. */
	assert_false(owners_due(&owners, 60000));
	owners_free(&owners);
}

static void pinned_and_linked_programs_outlive_him(void **state)
{
	static struct observed_program ours = { .id = 100, .ours = true, .link_id = 5 };
	struct observed_program program = { .id = 7, .pins = "/sys/fs/bpf/theirs" };
	struct observed_hook hook = hook_of(&program, 1);
	struct owners owners = { 0 };
	pid_t pid = start();

	(void)state;
	program.owner = (uint32_t)pid;
	look(&owners, &hook, 1000);
	look(&owners, &hook, 2000);
	end(pid);
	program.owner = 0;
	look(&owners, &hook, 3000);
	look(&owners, &hook, 9000);
	assert_false(program.released);
	program.pins = "";
	hook.programs = &ours;
	look(&owners, &hook, 9000);
	assert_false(program.released);
	owners_free(&owners);
}

/* Who was gone before it was asked is no owner: `ip` is like that. */
static void nobody_owns_what_was_left_at_once(void **state)
{
	struct observed_program program = { .id = 7, .pins = "" };
	struct observed_hook hook = hook_of(&program, 1);
	struct owners owners = { 0 };
	pid_t pid = start();

	(void)state;
	program.owner = (uint32_t)pid;
	look(&owners, &hook, 1000);
	end(pid);
	program.owner = 0;
	look(&owners, &hook, 2000);
	look(&owners, &hook, 20000);
	assert_false(program.released);
	owners_free(&owners);
}

static void emptied_hook_asks_who_let_go(void **state)
{
	struct observed_program programs[] = { { .id = 7, .pins = "" }, { .id = 9, .pins = "" } };
	struct observed_hook hook = hook_of(programs, 2);
	struct owners owners = { 0 };
	pid_t first = start();
	pid_t second = start();

	(void)state;
	programs[0].owner = (uint32_t)first;
	programs[1].owner = (uint32_t)second;
	look(&owners, &hook, 1000);
	look(&owners, &hook, 2000);
	hook.own = OWN_DETACHED;
	hook.program_count = 0;
	assert_true(look(&owners, &hook, 3000));
	/* He lives, but has closed it. */
	programs[0].owner = 0;
	assert_false(look(&owners, &hook, 3020));
	assert_true(programs[0].released);
	assert_false(programs[1].released);
	end(first);
	end(second);
	owners_free(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_that_dies_releases_after_a_while),
		cmocka_unit_test(pinned_and_linked_programs_outlive_him),
		cmocka_unit_test(nobody_owns_what_was_left_at_once),
		cmocka_unit_test(emptied_hook_asks_who_let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
