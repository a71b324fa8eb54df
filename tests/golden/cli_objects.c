/* SPDX-License-Identifier: GPL-2.0-only */
/* What check says about objects that cannot be used, each in words that tell what to do. */
#include <stdlib.h>

#include "agent/commands/options.h"
#include "tests/support/cli.h"
#include "tests/support/test.h"

/* A copy in the tree: the build's directory may be anybody's, which is refused. */
static const char *sample(const struct tree *tree, const char *name)
{
	const char *directory = getenv("ORDAIN_BPF");

	if (!directory)
		test_skip("ORDAIN_BPF does not say where the sample programs are");
	tree_shell(tree,
		   arena_printf(tree->arena,
				"mkdir -p lib/broken lib/features && cp %s/%s.bpf.o lib/%s.bpf.o",
				directory, name, name));
	return tree_path(tree, "lib/%s.bpf.o", name);
}

/* A program with that object and, if `line` is not empty, one more line in it. */
static void write_policy(const struct tree *tree, const char *hook, const char *object,
			 const char *line)
{
	tree_write(tree, "etc/ordain/10-lb.yaml",
		   arena_printf(tree->arena,
				"ordain: 1\n"
				"programs:\n"
				"  lb:\n"
				"    hook: %s\n"
				"    interfaces: [eth0]\n"
				"    object: %s\n"
				"%s%s\n",
				hook, object, *line ? "    " : "", line));
}

static void expect(const struct tree *tree, int line, const char *error)
{
	cli_expect(tree, EXIT_ERROR, "eth0 ",
		   arena_printf(tree->arena, "10-lb.yaml:%d:%s", line, error), "check");
}

/* In the tree, of what the shell command makes there. */
static void expect_file(const struct tree *tree, const char *command, const char *error)
{
	tree_shell(tree, command);
	write_policy(tree, "xdp", tree_path(tree, "o"), "");
	expect(tree, 6, arena_printf(tree->arena, "13: error[%s", error));
	tree_shell(tree, "rm -rf o");
}

static void check_accepts_what_runs(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "xdp", sample(tree, "stamp_a"), "");
	cli_expect(tree, EXIT_OK, "eth0 xdp: lb\n", NULL, "check");
	write_policy(tree, "tcx-egress", sample(tree, "stamp_a"), "function: stamp_tc");
	cli_expect(tree, EXIT_OK, "eth0 tcx-egress: lb\n", NULL, "check");
}

static void check_names_files_that_are_no_objects(void **state)
{
	const struct tree *tree = *state;

	expect_file(tree, "true", "object-missing]: cannot open '");
	expect_file(tree, ": > o", "object-invalid]: ");
	expect_file(tree, "echo hello > o", "object-invalid]: ");
	expect_file(tree, "cp /bin/sh o", "object-invalid]: ");
	expect_file(tree, "mkdir o", "object-invalid]: ");
	expect_file(tree, arena_printf(tree->arena, "head -c 700 %s > o", sample(tree, "stamp_a")),
		    "object-invalid]: ");
}

static void check_says_what_is_wrong_with_each(void **state)
{
	const struct tree *tree = *state;
	static const struct {
		const char *command;
		const char *words;
	} files[] = {
		{ ": > o", "' is empty\n" },
		{ "echo hello > o", "it is no ELF file\n" },
		{ "cp /bin/sh o", ", not BPF\n" },
		{ "mkdir o", "' is a directory\n" },
	};

	write_policy(tree, "xdp", tree_path(tree, "o"), "");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		tree_shell(tree, files[i].command);
		cli_expect(tree, EXIT_ERROR, "eth0 xdp", files[i].words, "check");
		cli_expect(tree, EXIT_OK, "eth0 xdp", NULL, "check --no-objects");
		tree_shell(tree, "rm -rf o");
	}
	tree_shell(tree, arena_printf(tree->arena, "head -c 700 %s > o", sample(tree, "stamp_a")));
	cli_expect(tree, EXIT_ERROR, "eth0 xdp", "it is cut short after 700 bytes\n", "check");
}

static void check_as_root_takes_only_what_root_alone_can_change(void **state)
{
	const struct tree *tree = *state;

	if (geteuid())
		skip();
	write_policy(tree, "xdp", sample(tree, "stamp_a"), "");
	tree_shell(tree, "chown 1000 lib/stamp_a.bpf.o");
	expect(tree, 6, "13: error[unsafe-file]: '");
	cli_expect(tree, EXIT_ERROR, "eth0", "lib/stamp_a.bpf.o' is owned by uid 1000, should be 0",
		   "check");
	cli_expect(tree, EXIT_OK, "eth0", NULL, "check --no-objects");
}

static void check_finds_the_function(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "xdp", sample(tree, "stamp_a"), "function: xdp_stamp");
	expect(tree, 7, "15: error[function-missing]: program 'lb': '");
	cli_expect(tree, EXIT_ERROR, "eth0", "help: its functions: stamp_xdp, stamp_tc\n", "check");
	write_policy(tree, "xdp", sample(tree, "broken/several"), "");
	expect(tree, 6, "13: error[function-ambiguous]: program 'lb': '");
	cli_expect(tree, EXIT_ERROR, "eth0", "say which one with 'function': first, second\n",
		   "check");
	write_policy(tree, "xdp", sample(tree, "broken/no_programs"), "");
	cli_expect(tree, EXIT_ERROR, "eth0", "' holds no BPF program\n", "check");
}

/* Whoever reads such an object may mean another one of them than who loads it. */
static void two_functions_of_one_name_are_refused(void **state)
{
	const struct tree *tree = *state;

	tree_shell(tree, arena_printf(tree->arena, "sed 's/second\\x00/first\\x00\\x00/g' %s > o",
				      sample(tree, "broken/several")));
	write_policy(tree, "xdp", tree_path(tree, "o"), "function: first");
	expect(tree, 7, "15: error[object-invalid]: program 'lb': two functions of '");
	write_policy(tree, "xdp", tree_path(tree, "o"), "function: first\n    readonly: true");
	expect(tree, 7, "15: error[object-invalid]: program 'lb': two functions of '");
	cli_expect(tree, EXIT_ERROR, "", "two of its functions are called 'first'\n", "classify %s",
		   tree_path(tree, "o"));
}

static void check_knows_which_type_a_hook_takes(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "tcx-ingress", sample(tree, "stamp_a"), "function: stamp_xdp");
	expect(tree, 7,
	       "15: error[program-type]: program 'lb': function 'stamp_xdp' (section 'xdp', type "
	       "xdp) cannot run on tcx-ingress\n");
	cli_expect(tree, EXIT_ERROR, "eth0",
		   "functions of this object that fit tcx-ingress: stamp_tc", "check");
}

static void check_compares_digests(void **state)
{
	const struct tree *tree = *state;

	write_policy(tree, "xdp", sample(tree, "stamp_a"),
		     "sha256: 0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
	expect(tree, 7, "13: error[object-changed]: '");
	cli_expect(tree, EXIT_ERROR, "eth0", "the policy wants 0e5751c026e5", "check");
}

static void check_refuses_what_cannot_be_linked(void **state)
{
	const struct tree *tree = *state;
	static const struct {
		const char *hook;
		const char *name;
		const char *words;
	} samples[] = {
		{ "tcx-ingress", "broken/arena", "arena" },
		{ "tcx-ingress", "broken/throw", "it calls bpf_throw()" },
		{ "tcx-ingress", "broken/local_kptr", "it allocates local objects" },
		{ "tcx-ingress", "broken/arena", "help: use an array map" },
		{ "tcx-ingress", "broken/throw", "help: return a verdict instead" },
		{ "tcx-ingress", "broken/local_kptr", "help: keep such data as values" },
		{ "xdp", "broken/device_metadata", "help: take what it needs from the packet" },
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		write_policy(tree, samples[i].hook, sample(tree, samples[i].name), "");
		expect(tree, 6,
		       "13: error[not-linkable]: program 'lb' cannot be linked into a chain");
		cli_expect(tree, EXIT_ERROR, "eth0", samples[i].words, "check");
	}
}

/* The hints stay when a package goes, and come before somebody decides where it runs. */
static void check_leaves_out_what_only_hints_describe(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "usr/lib/ordain/vendor.yaml",
		   "ordain: 1\nprograms: {vendor: {hook: xdp, object: /no/such.bpf.o}}\n");
	cli_expect(tree, EXIT_OK, "1 file, 1 program, 0 hooks: 0 chains.", NULL, "check");
	tree_write(tree, "etc/ordain/10-a.yaml",
		   "ordain: 1\nprograms: {vendor: {interfaces: [eth0]}}\n");
	cli_expect(tree, EXIT_ERROR, "eth0 xdp: vendor\n", "error[object-missing]", "check");
}

static void json_names_the_program_of_a_bad_object(void **state)
{
	const struct tree *tree = *state;
	const json_t *diag;
	json_t *json;

	write_policy(tree, "xdp", tree_path(tree, "o"), "");
	json = cli_json(tree, EXIT_ERROR, "check");
	assert_int_equal(json_array_size(json_object_get(json, "chains")), 1);
	diag = json_array_get(json_object_get(json, "diagnostics"), 0);
	assert_string_equal(json_string_value(json_object_get(diag, "code")), "object-missing");
	assert_string_equal(json_string_value(json_object_get(diag, "program")), "lb");
	json_decref(json);
}

static void plan_without_privileges_says_what_it_needs(void **state)
{
	const struct tree *tree = *state;
	struct cli_result result = cli_run(tree, "plan");

	if (!strstr(result.err, "this needs root"))
		skip();
	assert_int_equal(result.status, EXIT_ERROR);
	assert_string_equal(result.out, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(check_accepts_what_runs),
		TEST(check_names_files_that_are_no_objects),
		TEST(check_says_what_is_wrong_with_each),
		TEST(check_as_root_takes_only_what_root_alone_can_change),
		TEST(check_finds_the_function),
		TEST(two_functions_of_one_name_are_refused),
		TEST(check_knows_which_type_a_hook_takes),
		TEST(check_compares_digests),
		TEST(check_refuses_what_cannot_be_linked),
		TEST(check_leaves_out_what_only_hints_describe),
		TEST(json_names_the_program_of_a_bad_object),
		TEST(plan_without_privileges_says_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
