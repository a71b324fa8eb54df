/* SPDX-License-Identifier: GPL-2.0-only */
/* `ordain classify` as people and scripts meet it, with and without privileges. */
#include <stdlib.h>
#include <unistd.h>

#include "agent/commands/options.h"
#include "tests/support/cli.h"
#include "tests/support/test.h"

static const char *sample(const struct tree *tree, const char *name)
{
	const char *directory = getenv("ORDAIN_BPF");

	if (!directory)
		test_skip("ORDAIN_BPF does not say where the sample programs are");
	return arena_printf(tree->arena, "%s/%s.bpf.o", directory, name);
}

/* The functions are in the order of the file. */
static void every_function_for_a_hook_is_judged(void **state)
{
	const struct tree *tree = *state;
	struct cli_result result = cli_run(tree, "classify %s", sample(tree, "stamp_a"));
	const char *first = strstr(result.out, "stamp_xdp (xdp): readonly: ");
	const char *second = strstr(result.out, "\n\nstamp_tc (tcx-ingress): readonly: ");

	assert_int_equal(result.status, EXIT_OK);
	assert_string_equal(result.err, "");
	assert_ptr_equal(first, result.out);
	assert_non_null(second);
	cli_expect(tree, EXIT_OK, "stamp_tc (tcx-ingress): readonly: ", NULL,
		   "classify %s stamp_tc", sample(tree, "stamp_a"));
	assert_null(strstr(cli_run(tree, "classify %s stamp_tc", sample(tree, "stamp_a")).out,
			   "stamp_xdp"));
}

static void what_is_for_another_hook_is_said(void **state)
{
	const struct tree *tree = *state;

	cli_expect(tree, EXIT_ERROR, NULL,
		   "function 'devmap_program' (section 'xdp/devmap') is neither for xdp nor for "
		   "tcx: skipped\n",
		   "classify %s", sample(tree, "broken/devmap_program"));
	cli_expect(tree, EXIT_ERROR, NULL, "' has no function for xdp or tcx\n", "classify %s",
		   sample(tree, "broken/devmap_program"));
	cli_expect(tree, EXIT_ERROR, NULL,
		   "error[program-type]: function 'devmap_program' (section 'xdp/devmap') is "
		   "neither for xdp nor for tcx\nhelp: functions of this object that are: none\n",
		   "classify %s devmap_program", sample(tree, "broken/devmap_program"));
}

static void what_is_no_object_is_said(void **state)
{
	const struct tree *tree = *state;

	cli_expect(tree, EXIT_ERROR, NULL, "error[object-missing]: cannot open 'nothing': No such",
		   "classify nothing");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "error[object-invalid]: cannot use '/bin/sh': it is an ELF file for another "
		   "machine",
		   "classify /bin/sh");
	cli_expect(tree, EXIT_ERROR, NULL, "\nhelp: an object is what `clang", "classify /bin/sh");
	cli_expect(tree, EXIT_ERROR, NULL, "it is a directory\n", "classify /");
	cli_expect(tree, EXIT_ERROR, NULL, "it is no regular file\n", "classify /dev/null");
	cli_expect(tree, EXIT_ERROR, NULL, "it holds no BPF program\n", "classify %s",
		   sample(tree, "broken/no_programs"));
	tree_shell(tree, arena_printf(tree->arena, "head -c 700 %s > o", sample(tree, "stamp_a")));
	cli_expect(tree, EXIT_ERROR, NULL, "it is cut short after 700 bytes\n", "classify o");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "has no function 'stamp'\nhelp: its functions: stamp_xdp, stamp_tc\n",
		   "classify %s stamp", sample(tree, "stamp_a"));
}

static void json_is_one_document(void **state)
{
	const struct tree *tree = *state;
	json_t *json = cli_json(tree, EXIT_OK, "classify %s stamp_xdp", sample(tree, "stamp_a"));
	const json_t *function = json_array_get(json_object_get(json, "functions"), 0);

	assert_int_equal(json_array_size(json_object_get(json, "functions")), 1);
	cli_has_keys(function, "name hook readonly reasons opinions reads_packet writes_packet "
			       "resizes_packet redirects_packet clones_packet context_writes "
			       "verdicts any_verdict helpers maps");
	cli_has_keys(json_object_get(function, "opinions"), "analysis kernel kernel_words");
	assert_string_equal(json_string_value(json_object_get(function, "hook")), "xdp");
	json_decref(json);
	json = cli_json(tree, EXIT_ERROR, "classify nothing");
	assert_int_equal(json_array_size(json_object_get(json, "functions")), 0);
	assert_int_equal(json_array_size(json_object_get(json, "diagnostics")), 1);
	json_decref(json);
}

/* Root without any capability reads the same files, and may ask the kernel nothing. */
static const char *without_privileges(const struct tree *tree, const char *object)
{
	tree_shell(tree, arena_printf(tree->arena, "%s \"$ORDAIN\" classify %s > out",
				      geteuid() ? "" : "setpriv --bounding-set -all", object));
	return tree_read(tree, "out");
}

static void without_privileges_the_kernel_is_not_asked(void **state)
{
	const struct tree *tree = *state;
	const char *out = without_privileges(tree, sample(tree, "trivial"));

	assert_non_null(strstr(out, ": readonly: unproven\n"));
	assert_non_null(strstr(out, "  the kernel was not asked: that needs root\n"));
	assert_non_null(strstr(out, "  analysis  readonly\n"));
	assert_non_null(strstr(out, "  kernel    not asked\n"));
	out = without_privileges(tree, sample(tree, "stamp_a"));
	assert_non_null(strstr(out, "stamp_xdp (xdp): readonly: refuted\n"));
	assert_non_null(strstr(out, ": writes the packet at "));
	assert_non_null(strstr(out, "stamp.h:"));
	assert_null(strstr(out, "that needs root"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_function_for_a_hook_is_judged),
		TEST(what_is_for_another_hook_is_said),
		TEST(what_is_no_object_is_said),
		TEST(json_is_one_document),
		TEST(without_privileges_the_kernel_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
