/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line as people and scripts meet it: streams, exit codes, JSON. No privileges. */
#include <ctype.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/commands/options.h"
#include "tests/support/cli.h"
#include "tests/support/test.h"

static const char *const commands_known[] = { "check",	 "plan",     "apply", "agent",	"status",
					      "explain", "classify", "pause", "resume", "detach" };

#define LB "  lb: {hook: xdp, interfaces: [eth0], object: /usr/lib/bpf/lb.bpf.o}\n"
#define TAP "  tap: {hook: xdp, interfaces: [eth0], object: /usr/lib/bpf/t.bpf.o, stage: tap}\n"
#define HEAD "ordain: 1\nprograms:\n"

static void expect_short_lines(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (strcspn(line, "\n") > 100)
			fail_msg("more than 100 columns: %.*s", (int)strcspn(line, "\n"), line);
}

static void help_goes_to_stdout_and_names_every_command(void **state)
{
	const struct tree *tree = *state;
	struct cli_result help = cli_run(tree, "--help");

	assert_int_equal(help.status, EXIT_OK);
	assert_string_equal(help.err, "");
	expect_short_lines(help.out);
	for (size_t i = 0; i < sizeof(commands_known) / sizeof(commands_known[0]); i++) {
		const char *name = commands_known[i];
		struct cli_result one = cli_run(tree, "%s --help", name);

		assert_non_null(strstr(help.out, arena_printf(tree->arena, "\n  %s ", name)));
		assert_int_equal(one.status, EXIT_OK);
		assert_string_equal(one.err, "");
		assert_non_null(strstr(one.out, arena_printf(tree->arena, "ordain %s", name)));
		assert_non_null(strstr(one.out, "--root DIR"));
		expect_short_lines(one.out);
	}
}

static void help_of_a_command_names_its_options_only(void **state)
{
	const struct tree *tree = *state;

	cli_expect(tree, EXIT_OK, "--as NAME=FILE", NULL, "check --help");
	cli_expect(tree, EXIT_OK, "--detailed-exitcode", NULL, "--help plan");
	assert_null(strstr(cli_run(tree, "check --help").out, "--detailed-exitcode"));
	assert_null(strstr(cli_run(tree, "agent --help").out, "--output"));
}

static void version_is_one_line(void **state)
{
	struct cli_result result = cli_run(*state, "--version");

	assert_int_equal(result.status, EXIT_OK);
	assert_memory_equal(result.out, "ordain ", 7);
	assert_true(isdigit((unsigned char)result.out[7]));
	assert_string_equal(strchr(result.out, '\n'), "\n");
	assert_string_equal(result.err, "");
}

static void a_result_that_cannot_be_written_is_an_error(void **state)
{
	const struct tree *tree = *state;
	const char *command = arena_printf(tree->arena, "%s --version >/dev/full 2>%s",
					   getenv("ORDAIN"), tree_path(tree, "err"));

	/* NOLINTNEXTLINE(bugprone-command-processor): what a script does goes through a shell. */
	assert_int_equal(WEXITSTATUS(system(command)), EXIT_ERROR);
	assert_non_null(strstr(tree_read(tree, "err"), "could not be written"));
}

static void usage_errors_end_with_64(void **state)
{
	const struct tree *tree = *state;

	cli_expect(tree, EXIT_USAGE, NULL, "usage: ordain", "%s", "");
	cli_expect(tree, EXIT_USAGE, NULL, "did you mean 'status'?", "statsu");
	cli_expect(tree, EXIT_USAGE, NULL, "there is no command 'frobnicate'\n", "frobnicate");
	cli_expect(tree, EXIT_USAGE, NULL, "no option '--strikt'; did you mean '--strict'?",
		   "check --strikt");
	cli_expect(tree, EXIT_USAGE, NULL, "--strict takes no value", "check --strict=yes");
	cli_expect(tree, EXIT_USAGE, NULL, "'check' takes no --expect", "check --expect 0123456");
	cli_expect(tree, EXIT_USAGE, NULL, "'check' takes no 'eth0'", "check eth0");
	cli_expect(tree, EXIT_USAGE, NULL, "--output takes 'table' or 'json'", "check -o yaml");
	cli_expect(tree, EXIT_USAGE, NULL, "--as takes NAME=FILE", "check --as nothing");
	cli_expect(tree, EXIT_USAGE, NULL, "--as needs NAME=FILE", "check --as");
	cli_expect(tree, EXIT_USAGE, NULL, "--without needs NAME", "plan --without");
	cli_expect(tree, EXIT_USAGE, NULL, "'apply' takes no --without", "apply --without a.yaml");
	cli_expect(tree, EXIT_USAGE, NULL, "--expect takes 7 to 64 hex digits",
		   "apply --expect 12");
	cli_expect(tree, EXIT_USAGE, NULL, "--for takes a time", "pause --for ever");
	cli_expect(tree, EXIT_USAGE, NULL, "'xpd' is no hook", "explain eth0 xpd");
	cli_expect(tree, EXIT_USAGE, NULL, "'xpd' is no hook", "status eth0 xpd");
	cli_expect(tree, EXIT_USAGE, NULL, "explain what?", "explain");
	cli_expect(tree, EXIT_USAGE, NULL, "classify what?", "classify");
	cli_expect(tree, EXIT_USAGE, NULL, "'classify' takes no 'b'", "classify o a b");
	cli_expect(tree, EXIT_USAGE, NULL, "there is no option '-z'", "check -z");
}

static void check_of_a_good_policy_says_the_chains(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB TAP);
	cli_expect(tree, EXIT_OK,
		   "eth0 xdp: tap, lb\n"
		   "1 file, 2 programs, 1 hook: 1 chain.\n",
		   NULL, "check --no-objects");
	cli_expect(tree, EXIT_ERROR, "eth0 xdp: tap, lb\n",
		   "error[object-missing]: cannot open '/usr/lib/bpf/lb.bpf.o'", "check");
}

static void check_of_a_broken_policy_says_nothing_else(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB "    prority: 10\n");
	cli_expect(tree, EXIT_ERROR, NULL, "10-a.yaml:4:", "check --no-objects");
	tree_write(tree, "etc/ordain/10-a.yaml",
		   HEAD "  lb:\n    hook: xdp\n    interfaces: [eth0]\n"
			"    object: /usr/lib/bpf/lb.bpf.o\n    prority: 10\n");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "/etc/ordain/10-a.yaml:7:5: error[unknown-key]: unknown key 'prority' in "
		   "program 'lb'\n"
		   " 7 |     prority: 10\n"
		   "   |     ^^^^^^^ did you mean 'priority'?\n"
		   "note: no policy is in force, and nothing was changed\n",
		   "check --no-objects");
}

static void check_without_a_policy_says_so(void **state)
{
	const struct tree *tree = *state;

	cli_expect(tree, EXIT_OK, "There is no policy in ", NULL, "check");
	tree_shell(tree, "mkdir -p etc/ordain");
	cli_expect(tree, EXIT_OK, "There is no policy in ", NULL, "check");
	cli_expect(tree, EXIT_ERROR, NULL, "there is no policy to explain in ", "explain lb");
}

static void check_reports_what_cannot_be_read(void **state)
{
	const struct tree *tree = *state;

	tree_shell(tree, "mkdir -p etc/ordain/10-a.yaml && ln -s nowhere etc/ordain/20-b.yaml");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "/etc/ordain/10-a.yaml: error[policy-unreadable]: a directory, not a regular "
		   "file\n",
		   "check");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "/etc/ordain/20-b.yaml: error[policy-unreadable]: a symbolic link to what is "
		   "not there\n",
		   "check");
	tree_shell(tree, "rm -r etc/ordain && echo > etc/ordain");
	cli_expect(tree, EXIT_ERROR, NULL, "/etc/ordain: error[policy-unreadable]: ", "check");
}

static void check_cannot_read_what_is_not_its_to_read(void **state)
{
	const struct tree *tree = *state;

	if (!geteuid()) {
		print_message("SKIP: root may read everything\n");
		skip();
	}
	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB);
	tree_shell(tree, "chmod 0 etc/ordain");
	cli_expect(tree, EXIT_ERROR, NULL, "cannot be read: Permission denied", "check");
	tree_shell(tree, "chmod 755 etc/ordain");
}

static void root_takes_only_what_root_alone_can_change(void **state)
{
	const struct tree *tree = *state;

	if (geteuid()) {
		print_message("SKIP: only root asks for it\n");
		skip();
	}
	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB);
	tree_write(tree, "etc/ordain/20-b.yaml",
		   "ordain: 1\nchains:\n- hook: xdp\n"
		   "  interfaces: [eth0]\n  order: [lb, tap]\n");
	tree_write(tree, "run/ordain/30-c.yaml", HEAD TAP);
	tree_shell(tree, "chown 1000 etc/ordain/10-a.yaml && chmod 777 run/ordain");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "/etc/ordain/10-a.yaml: error[unsafe-file]: owned by uid 1000, should be 0\n"
		   "help: chown root: ",
		   "check --no-objects");
	cli_expect(tree, EXIT_ERROR, NULL,
		   "/run/ordain: error[unsafe-file]: writable by others\nhelp: chmod go-w ",
		   "check --no-objects");
	/* What these files declare is not unknown, it only was not read. */
	assert_null(strstr(cli_run(tree, "check --no-objects").err, "unknown-program"));
	cli_expect(tree, EXIT_ERROR, NULL, "unsafe-file", "explain eth0");
	tree_shell(tree, "chown 0 etc/ordain/10-a.yaml && chmod 755 run/ordain");
	cli_expect(tree, EXIT_OK, "eth0 xdp: lb, tap\n", NULL, "check --no-objects");
}

static void strict_makes_warnings_errors(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB TAP);
	cli_expect(tree, EXIT_OK, "eth0 xdp: tap, lb\n", NULL, "check --strict --no-objects");
	tree_write(tree, "etc/ordain/20-labels.yaml",
		   "ordain: 1\nlabels: {uplink: {driver: mlx5_core}}\n");
	cli_expect(tree, EXIT_OK, "tap", "20-labels.yaml:2:10: warning[unused-label]",
		   "check --no-objects");
	cli_expect(tree, EXIT_ERROR, "tap", "20-labels.yaml:2:10: error[unused-label]",
		   "check --strict --no-objects");
	tree_write(tree, "etc/ordain/10-a.yaml",
		   HEAD "  a: {hook: xdp, interfaces: [\"nosuch*\"], object: /a.o}\n");
	tree_write(tree, "etc/ordain/20-labels.yaml", "ordain: 1\n");
	cli_expect(tree, EXIT_OK, "nosuch", "note[interface-absent]: no interface matches",
		   "check --strict --no-objects");
	cli_expect(tree, EXIT_ERROR, "nosuch", "error[interface-absent]: no interface matches",
		   "check --strict");
}

static void as_replaces_adds_and_judges_one_file(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB);
	tree_write(tree, "new", HEAD TAP);
	tree_write(tree, "broken", HEAD "  lb: [a\n  b: c\n");
	cli_expect(tree, EXIT_OK, "eth0 xdp: tap\n", NULL, "check --no-objects --as 10-a.yaml=new");
	cli_expect(tree, EXIT_OK, "eth0 xdp: tap, lb\n2 files,", NULL,
		   "check --no-objects --as 20-b.yaml=new");
	cli_expect(tree, EXIT_ERROR, NULL, "broken:3:7: error[yaml-syntax]: this '[' is not closed",
		   "check --no-objects --as 20-b.yaml=broken");
	cli_expect(tree, EXIT_ERROR, NULL, "absent: error[policy-unreadable]: cannot be read",
		   "check --no-objects --as 20-b.yaml=absent");
	cli_expect(tree, EXIT_ERROR, NULL, "'20-b' cannot be the name of a policy file",
		   "check --no-objects --as 20-b=new");
	cli_expect(tree, EXIT_ERROR, NULL, "two files are given as '20-b.yaml'",
		   "check --no-objects --as 20-b.yaml=new --as 20-b.yaml=broken");
	cli_expect(tree, EXIT_OK, "1  tap", NULL, "explain eth0 xdp --as 10-a.yaml=new");
	assert_string_equal(tree_read(tree, "etc/ordain/10-a.yaml"), HEAD LB);
}

static void weaker_directories_are_replaced_and_masked_by_name(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB);
	tree_write(tree, "run/ordain/10-a.yaml", HEAD TAP);
	cli_expect(tree, EXIT_OK, "eth0 xdp: lb\n", NULL, "check --no-objects");
	tree_shell(tree, "ln -sf /dev/null etc/ordain/10-a.yaml");
	cli_expect(tree, EXIT_OK, "There is no policy", NULL, "check --no-objects");
	tree_shell(tree, "rm etc/ordain/10-a.yaml");
	cli_expect(tree, EXIT_OK, "eth0 xdp: tap\n", NULL, "check --no-objects");
}

/* As the README beside them says, whatever interfaces this machine has. */
static void examples_are_clean(void **state)
{
	static const struct {
		const char *name;
		const char *chain;
	} stories[] = {
		{ "one-monitor", "1 file, 1 program, " },
		{ "ddos-edge", "ens2f0 xdp: lb, scrubber, uplink-stats\n" },
		{ "cilium",
		  "ens1f0 tcx-ingress: audit, cilium-in (attached by others), node-monitor\n" },
		{ "tenant-in-shadow", "tap-42 tcx-ingress: billing, port-guard, tenant42\n" },
		{ "vendor-packages", "ens1f0 xdp: fastlane-meter, acme-scrub, fastlane\n" },
		{ "either-order", "lan0 tcx-ingress: acl, nat\nwan0 tcx-ingress: nat, acl\n" },
		{ "debug-tap", "ens1f0 tcx-ingress: debug-tap, dns-limit\n" },
		{ "handover", "ens1f0 xdp: edge-fw, vendor-agent (attached by others)\n" },
	};
	const struct tree *tree = *state;
	const char *source = getenv("ORDAIN_SOURCE");

	if (!source)
		skip();
	/* A copy of ours, as the clone may be anybody's. */
	tree_shell(tree, arena_printf(tree->arena, "cp -r %s/examples/etc stories", source));
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		cli_expect(tree, EXIT_OK, stories[i].chain, "",
			   "--root stories/%s check --no-objects --strict", stories[i].name);
	cli_expect(tree, EXIT_OK, "but lb before scrubber  order", NULL,
		   "--root stories/ddos-edge explain ens2f0");
}

static void json_of_check_has_the_documented_keys(void **state)
{
	const struct tree *tree = *state;
	json_t *json;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB TAP);
	json = cli_json(tree, EXIT_OK, "check --no-objects");
	cli_has_keys(json, "policy files programs blocked chains waiting");
	cli_has_keys(json_array_get(json_object_get(json, "chains"), 0),
		     "interface hook blocked elements");
	json_decref(json);
	json = cli_json(tree, EXIT_ERROR, "check");
	cli_has_keys(json_array_get(json_object_get(json, "diagnostics"), 0),
		     "severity code summary places help program");
	json_decref(json);
}

static void json_stays_json_when_the_policy_does_not_parse(void **state)
{
	const struct tree *tree = *state;
	const json_t *diag;
	json_t *json;

	tree_write(tree, "etc/ordain/10-a.yaml", "ordain: 1\nprograms: [\n");
	json = cli_json(tree, EXIT_ERROR, "check");
	assert_true(json_is_null(json_object_get(json, "policy")));
	diag = json_array_get(json_object_get(json, "diagnostics"), 0);
	assert_string_equal(json_string_value(json_object_get(diag, "code")), "yaml-syntax");
	cli_has_keys(json_array_get(json_object_get(diag, "places"), 0), "file line column label");
	json_decref(json);
	json_decref(cli_json(tree, EXIT_ERROR, "explain eth0"));
}

static void lines_of_check_are_one_for_each(void **state)
{
	const struct tree *tree = *state;
	struct cli_result result;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB TAP);
	result = cli_run(tree, "check --no-objects -o lines");
	assert_int_equal(result.status, EXIT_OK);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, "");
	tree_shell(tree, "mkdir etc/ordain/20-b.yaml");
	tree_write(tree, "etc/ordain/30-c.yaml",
		   HEAD "  new:\n    hook: xpd\n    interfaces: [eth0]\n    object: \"/a\\nb\"\n");
	result = cli_run(tree, "check --output lines");
	assert_int_equal(result.status, EXIT_ERROR);
	assert_string_equal(result.err, "");
	assert_string_equal(
		result.out,
		arena_printf(tree->arena,
			     "%s/20-b.yaml:1:1: error[policy-unreadable]: a directory, not a "
			     "regular file\n"
			     "%s/30-c.yaml:4:11: error[bad-value]: no hook is called 'xpd'\n"
			     "%s/30-c.yaml:6:13: error[bad-value]: 'object' is a path with control "
			     "characters in it\n"
			     "%s:1:1: note[policy-held]: no policy is in force, and nothing was "
			     "changed\n",
			     tree->paths->etc, tree->paths->etc, tree->paths->etc,
			     tree->paths->etc));
}

/* An editor that checks its buffer wants to hear of the file that it wrote. */
static void lines_show_the_file_that_stands_in(void **state)
{
	const struct tree *tree = *state;
	struct cli_result result;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB);
	tree_write(tree, "new", HEAD "  lb: {hook: xdp, interfaces: [eth0], objekt: /a}\n");
	result = cli_run(tree, "check -o lines --as 10-a.yaml=new");
	assert_int_equal(result.status, EXIT_ERROR);
	assert_memory_equal(result.out, "new:3:39: error[unknown-key]: unknown key 'objekt' in ",
			    54);
	cli_expect(tree, EXIT_USAGE, NULL, "'plan' takes no --output lines", "plan -o lines");
}

static void json_of_nothing_is_json(void **state)
{
	json_decref(cli_json(*state, EXIT_OK, "check"));
	json_decref(cli_json(*state, EXIT_ERROR, "explain lb"));
}

static void json_of_explain_is_one_document(void **state)
{
	const struct tree *tree = *state;
	json_t *json;

	tree_write(tree, "etc/ordain/10-a.yaml",
		   HEAD LB TAP
		   "  flow: {hook: tcx-ingress, interfaces: [eth0], object: /usr/lib/bpf/f.o}\n");
	json = cli_json(tree, EXIT_OK, "explain eth0");
	assert_int_equal(json_array_size(json_object_get(json, "chains")), 2);
	cli_has_keys(json_array_get(json_object_get(json, "chains"), 0),
		     "interface hook blocked elements overridden conflict help absent");
	json_decref(json);
	json = cli_json(tree, EXIT_OK, "explain lb");
	cli_has_keys(json, "program hooks stage priority enabled place chains waiting absent");
	json_decref(json);
}

static void explain_answers_every_question(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/10-a.yaml", HEAD LB TAP);
	cli_expect(tree, EXIT_OK, "eth0 xdp: 2 programs\n  1  tap", NULL, "explain eth0");
	cli_expect(tree, EXIT_OK, "eth0 tcx-egress: 0 programs\n\nNot here:\n  lb   is on eth0 xdp",
		   NULL, "explain eth0 tcx-egress");
	cli_expect(tree, EXIT_OK, "  eth0 xdp  2 of 2  after tap\n", NULL, "explain lb");
	cli_expect(tree, EXIT_ERROR, NULL, "'lb' is a program; `ordain explain lb` tells",
		   "explain lb xdp");
	cli_expect(tree, EXIT_ERROR, NULL, "did you mean 'tap'?", "explain tapp");
	tree_write(tree, "etc/ordain/10-a.yaml",
		   HEAD "  tap: {functions: {tcx-ingress: in, tcx-egress: out},\n"
			"        interfaces: [eth9], object: /o/tap.o}\n");
	cli_expect(tree, EXIT_OK, "lo tcx-ingress: ", NULL, "explain lo");
	cli_expect(tree, EXIT_OK, "lo tcx-egress: ", NULL, "explain lo");
}

static void pause_and_resume_say_what_they_did(void **state)
{
	const struct tree *tree = *state;

	cli_expect(tree, EXIT_OK, "Nothing was paused or detached.\n", NULL, "resume");
	cli_expect(tree, EXIT_OK, "Paused until `ordain resume`: ", NULL, "pause maintenance");
	cli_expect(tree, EXIT_OK, "Resumed: ", NULL, "resume");
	cli_expect(tree, EXIT_OK, " UTC: the agent changes nothing", NULL, "pause --for 2h");
	cli_expect(tree, EXIT_OK, "Resumed: ", NULL, "resume");
}

static void more_than_the_kernel_takes_is_refused(void **state)
{
	const struct tree *tree = *state;
	struct text text = TEXT(tree->arena);

	text_add(&text, HEAD);
	for (int i = 0; i < 256; i++)
		text_printf(&text, "  p%d: {hook: xdp, interfaces: [eth0], object: /a.o}\n", i);
	tree_write(tree, "etc/ordain/10-a.yaml", text_string(&text));
	cli_expect(tree, EXIT_ERROR, "eth0 xdp: BLOCKED too-many-programs\n",
		   "256 programs on eth0 xdp, but a chain takes at most 255", "check --no-objects");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(help_goes_to_stdout_and_names_every_command),
		TEST(help_of_a_command_names_its_options_only),
		TEST(version_is_one_line),
		TEST(a_result_that_cannot_be_written_is_an_error),
		TEST(usage_errors_end_with_64),
		TEST(check_of_a_good_policy_says_the_chains),
		TEST(check_of_a_broken_policy_says_nothing_else),
		TEST(check_without_a_policy_says_so),
		TEST(check_reports_what_cannot_be_read),
		TEST(check_cannot_read_what_is_not_its_to_read),
		TEST(root_takes_only_what_root_alone_can_change),
		TEST(strict_makes_warnings_errors),
		TEST(as_replaces_adds_and_judges_one_file),
		TEST(weaker_directories_are_replaced_and_masked_by_name),
		TEST(examples_are_clean),
		TEST(json_of_check_has_the_documented_keys),
		TEST(json_stays_json_when_the_policy_does_not_parse),
		TEST(lines_of_check_are_one_for_each),
		TEST(lines_show_the_file_that_stands_in),
		TEST(json_of_nothing_is_json),
		TEST(json_of_explain_is_one_document),
		TEST(explain_answers_every_question),
		TEST(pause_and_resume_say_what_they_did),
		TEST(more_than_the_kernel_takes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
