/* SPDX-License-Identifier: GPL-2.0-only */
/* What keeps chains and maps alive: their pins, and what happens where these cannot be. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/cli.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

static const struct netns *netns;

static void write_policy(const struct tree *tree, const char *object, const char *interfaces)
{
	tree_write(tree, "etc/ordain/a.yaml",
		   arena_printf(tree->arena,
				"ordain: 1\n"
				"programs:\n"
				"  names: {hook: xdp, interfaces: [%s], object: %s/%s}\n",
				interfaces, getenv("ORDAIN_BPF"), object));
}

static void expect(const struct tree *tree, int status, const char *out, const char *command)
{
	struct cli_result result = cli_run(tree, "--bpffs %s %s", netns->bpffs, command);

	if (result.status != status || !strstr(result.out, out))
		fail_msg("'%s' ended with %d:\n%s%s", command, result.status, result.out,
			 result.err);
}

static bool is_pinned(const struct tree *tree, const char *path)
{
	return !access(arena_printf(tree->arena, "%s/ordain/%s", netns->bpffs, path), F_OK);
}

/* The second interface loads the object again, with the maps that the first one pinned. */
static void pins_of_maps_with_similar_names_are_apart(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "features/map_names.bpf.o", NETNS_INTERFACE);
	expect(tree, 0, "Applied", "apply");
	assert_true(is_pinned(tree, "maps/names/names_bss"));
	assert_true(is_pinned(tree, "maps/names/names-bss"));
	/* Constants are no state. */
	assert_false(is_pinned(tree, "maps/names/names-rodata"));
	assert_true(is_pinned(tree, "maps/names/-data-a-b"));
	assert_true(is_pinned(tree, "maps/names/-data-a_b"));
	write_policy(tree, "features/map_names.bpf.o", NETNS_INTERFACE ", other0");
	expect(tree, 0, "Applied", "apply");
	expect(tree, 0, "No changes. 2 hooks in sync.", "plan");
}

/* The plan is shown after its steps, and names what they removed. */
static void apply_names_what_it_removed(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "stamp_a.bpf.o", NETNS_INTERFACE);
	expect(tree, 0, "Applied", "apply");
	tree_write(tree, "etc/ordain/a.yaml", "ordain: 1\n");
	expect(tree, 0, "  names   was 1", "apply");
}

static void apply_keeps_the_objects_of_what_runs_already(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "stamp_a.bpf.o", NETNS_INTERFACE);
	expect(tree, 0, "Applied", "apply");
	tree_shell(tree, "rm -r var/lib/ordain");
	expect(tree, 0, "No changes. 1 hook in sync.", "apply");
	tree_shell(tree, "test -n \"$(ls var/lib/ordain/objects)\"");
}

/* A disk that is full or read-only is no reason to leave running what must not run. */
static void detach_needs_no_state_directory(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "stamp_a.bpf.o", NETNS_INTERFACE);
	expect(tree, 0, "Applied", "apply");
	tree_shell(tree, "rm -r var/lib/ordain");
	tree_write(tree, "var/lib/ordain", "no directory");
	expect(tree, 1, "- " NETNS_INTERFACE " xdp\nDetached 1 hook.\n", "detach");
}

static pid_t start_agent(const struct tree *tree)
{
	pid_t child = fork();

	if (!child) {
		execl(getenv("ORDAIN"), "ordain", "--root", tree->root, "--bpffs", netns->bpffs,
		      "agent", NULL);
		_exit(127);
	}
	assert_true(child > 0);
	return child;
}

static void wait_for_sync(const struct tree *tree)
{
	struct cli_result result;

	for (int i = 0; i < 100; i++) {
		result = cli_run(tree, "--bpffs %s status", netns->bpffs);
		if (!result.status && strstr(result.out, "agent pid"))
			return;
		usleep(100000);
	}
	fail_msg("not in sync:\n%s%s", result.out, result.err);
}

static void agent_pins_again_in_a_new_file_system(void **state)
{
	const struct tree *tree = *state;
	int status;
	pid_t agent;

	write_policy(tree, "stamp_a.bpf.o", NETNS_INTERFACE);
	agent = start_agent(tree);
	wait_for_sync(tree);
	assert_int_equal(umount2(netns->bpffs, MNT_DETACH), 0);
	assert_int_equal(mount("bpf", netns->bpffs, "bpf", 0, "mode=0700"), 0);
	wait_for_sync(tree);
	/* The pins keep the chain without the agent, as ever. */
	assert_int_equal(kill(agent, SIGKILL), 0);
	assert_int_equal(waitpid(agent, &status, 0), agent);
	expect(tree, 0, "No changes. 1 hook in sync.", "plan");
}

static int clean_up(void **state)
{
	cli_run(*state, "--bpffs %s detach", netns->bpffs);
	return tree_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pins_of_maps_with_similar_names_are_apart),
		TEST(apply_names_what_it_removed),
		TEST(apply_keeps_the_objects_of_what_runs_already),
		TEST(detach_needs_no_state_directory),
		TEST(agent_pins_again_in_a_new_file_system),
	};

	netns = netns_enter();
	netns_ip(netns, NETNS_NEAR, "link add other0 type veth peer name other1");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
