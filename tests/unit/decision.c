/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/decision.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "tests/support/test.h"
#include "tests/support/tree.h"

static struct decision *decide_in(const struct tree *tree)
{
	const struct decide_options options = { .paths = tree->paths };
	struct decision *decision;
	struct error error;

	if (decide(&options, &decision, &error))
		fail_msg("%s", error.text);
	return decision;
}

/* Does the command change what a decision is made from? */
static bool makes_a_difference(const struct tree *tree, const char *command)
{
	struct decision *before = decide_in(tree);
	struct decision *after;
	bool same;

	tree_shell(tree, command);
	after = decide_in(tree);
	same = decision_same(before, after);
	decision_free(before);
	decision_free(after);
	return !same;
}

static void decision_same_looks_at_all_that_labels_can_ask(void **state)
{
	const struct tree *tree = *state;

	assert_false(makes_a_difference(tree, "true"));
	assert_true(makes_a_difference(tree, "ip link add d0 type veth peer name d1"));
	assert_true(makes_a_difference(tree, "ip link property add dev d0 altname uplink"));
	assert_true(makes_a_difference(tree, "ip link property add dev d0 altname other"));
	assert_true(makes_a_difference(tree, "ip link property del dev d0 altname uplink"));
	assert_true(makes_a_difference(tree, "ip link property del dev d0 altname other"));
	assert_true(makes_a_difference(tree, "ip link set d0 address 02:00:00:00:00:01"));
	assert_false(makes_a_difference(tree, "ip link set d0 up mtu 1400"));
	assert_true(makes_a_difference(tree, "ip link set d0 name d2"));
}

static void decision_same_looks_at_the_bridge(void **state)
{
	const struct tree *tree = *state;

	tree_shell(tree, "ip link add br0 type bridge && touch bridge || true");
	if (access(tree_path(tree, "bridge"), F_OK)) {
		print_message("SKIP: this kernel has no bridges\n");
		skip();
	}
	tree_shell(tree, "ip link add p0 type veth peer name p1 && "
			 "ip link set br0 address 02:00:00:00:00:02");
	assert_true(makes_a_difference(tree, "ip link set p0 master br0"));
	assert_true(makes_a_difference(tree, "ip link set p0 nomaster"));
}

static void decision_same_looks_at_owners(void **state)
{
	const struct tree *tree = *state;

	if (geteuid())
		skip();
	tree_write(tree, "etc/ordain/a.yaml", "ordain: 1\n");
	assert_true(makes_a_difference(tree, "chown 1000 etc/ordain/a.yaml"));
	assert_true(makes_a_difference(tree, "chown 0 etc/ordain/a.yaml"));
}

/* Does the headline name that directory of the tree? */
static bool names(const struct tree *tree, const char *directory)
{
	struct decision *decision = decide_in(tree);
	struct report report = decision_report(decision, tree->paths, 0, false);
	bool named = strstr(report.directory, directory) != NULL;

	decision_free(decision);
	return named;
}

static void decision_report_names_the_strongest_directory(void **state)
{
	const struct tree *tree = *state;

	if (geteuid())
		skip();
	assert_true(names(tree, "/etc/ordain"));
	tree_write(tree, "usr/lib/ordain/a.yaml", "ordain: 1\n");
	assert_true(names(tree, "/usr/lib/ordain"));
	tree_write(tree, "run/ordain/b.yaml", "ordain: 1\n");
	assert_true(names(tree, "/run/ordain"));
	tree_write(tree, "etc/ordain/c.yaml", "ordain: 1\n");
	assert_true(names(tree, "/etc/ordain"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(decision_same_looks_at_all_that_labels_can_ask),
		TEST(decision_same_looks_at_the_bridge),
		TEST(decision_same_looks_at_owners),
		TEST(decision_report_names_the_strongest_directory),
	};

	if (unshare(CLONE_NEWNET))
		test_skip("a network namespace of its own: %s", strerror(errno));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
