/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "test.h"

static struct cli_result run(const struct tree *tree, const char *arguments)
{
	const char *program = getenv("ORDAIN");
	struct cli_result result = { .out = "", .err = "" };
	int status;

	if (!program)
		test_skip("ORDAIN does not say where the program is");
	/* NOLINTNEXTLINE(bugprone-command-processor): what an administrator types goes to a shell. */
	status = system(arena_printf(tree->arena,
				     "cd %s && %s --root %s %s >.stdout 2>.stderr </dev/null",
				     tree->root, program, tree->root, arguments));
	result.out = tree_read(tree, ".stdout");
	result.err = tree_read(tree, ".stderr");
	if (!WIFEXITED(status) || strstr(result.err, "Sanitizer"))
		fail_msg("'ordain %s' died: %s", arguments, result.err);
	result.status = WEXITSTATUS(status);
	return result;
}

struct cli_result cli_run(const struct tree *tree, const char *format, ...)
{
	va_list args;
	const char *arguments;

	va_start(args, format);
	arguments = arena_vprintf(tree->arena, format, args);
	va_end(args);
	return run(tree, arguments);
}

static void expect_words(const char *arguments, const char *stream, const char *words,
			 const char *actual)
{
	if (words ? !strstr(actual, words) : *actual)
		fail_msg("'ordain %s': on %s '%s' was expected, and there is:\n%s", arguments,
			 stream, words ? words : "", actual);
}

void cli_expect(const struct tree *tree, int status, const char *out, const char *err,
		const char *format, ...)
{
	struct cli_result result;
	const char *arguments;
	va_list args;

	va_start(args, format);
	arguments = arena_vprintf(tree->arena, format, args);
	va_end(args);
	result = run(tree, arguments);
	expect_words(arguments, "stdout", out, result.out);
	expect_words(arguments, "stderr", err, result.err);
	if (result.status != status)
		fail_msg("'ordain %s' ended with %d, not %d", arguments, result.status, status);
}

json_t *cli_json(const struct tree *tree, int status, const char *format, ...)
{
	struct cli_result result;
	const char *arguments;
	json_error_t error;
	json_t *json;
	va_list args;

	va_start(args, format);
	arguments = arena_vprintf(tree->arena, format, args);
	va_end(args);
	result = run(tree, arena_printf(tree->arena, "%s -o json", arguments));
	expect_words(arguments, "stderr", NULL, result.err);
	json = json_loads(result.out, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("'ordain %s': %s in line %d of:\n%s", arguments, error.text, error.line,
			 result.out);
	assert_int_equal(result.status, status);
	assert_string_equal(json_string_value(json_object_get(json, "format_version")), "1.0");
	assert_true(json_is_array(json_object_get(json, "diagnostics")));
	return json;
}

void cli_has_keys(const json_t *object, const char *keys)
{
	char key[64];
	int length;

	for (; sscanf(keys, "%63s%n", key, &length) == 1; keys += length)
		if (!json_object_get(object, key))
			fail_msg("there is no \"%s\"", key);
}
