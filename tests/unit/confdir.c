/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/state/confdir.h"

#include <stdlib.h>

#include "policy/yaml/document.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

struct reading {
	struct diags diags;
	struct sources sources;
	bool present;
};

static struct reading read_with(const struct tree *tree, const struct substitutes *substitutes)
{
	struct reading reading = { .diags = DIAGS(tree->arena) };

	confdir_read(tree->arena, tree->paths, substitutes, &reading.diags, &reading.sources,
		     &reading.present);
	return reading;
}

/* "NAME=TEXT NAME=TEXT" of what was read, or "CODE:SUMMARY" of the first error. */
static const char *shown(const struct tree *tree, const struct reading *reading)
{
	struct text text = TEXT(tree->arena);

	if (reading->diags.count)
		return arena_printf(tree->arena, "%s:%s",
				    diag_code_name(reading->diags.items[0].code),
				    reading->diags.items[0].summary);
	for (size_t i = 0; i < reading->sources.count; i++) {
		const struct source *source = &reading->sources.items[i];

		text_printf(&text, "%s%s=%.*s", i ? " " : "", source->name, (int)source->length,
			    source->text);
	}
	return text_string(&text);
}

static const char *read_all(const struct tree *tree)
{
	struct reading reading = read_with(tree, NULL);

	return shown(tree, &reading);
}

static const char *place_of(const struct reading *reading)
{
	assert_int_equal(reading->diags.items[0].place_count, 1);
	assert_int_equal(reading->diags.items[0].places[0].span.line, 0);
	return reading->diags.items[0].places[0].span.source->path;
}

static void confdir_knows_absent_from_empty(void **state)
{
	const struct tree *tree = *state;
	struct reading reading = read_with(tree, NULL);

	assert_false(reading.present);
	assert_int_equal(reading.diags.count, 0);
	tree_shell(tree, "mkdir -p run/ordain");
	reading = read_with(tree, NULL);
	assert_true(reading.present);
	assert_int_equal(reading.sources.count, 0);
	assert_int_equal(reading.diags.count, 0);
}

static void confdir_takes_yaml_files_only(void **state)
{
	const struct tree *tree = *state;

	tree_shell(tree,
		   "mkdir -p etc/ordain && cd etc/ordain && printf a >a.yaml && "
		   "ln -s /nowhere .#a.yaml && printf x >.a.yaml && printf x >a.yaml.dpkg-new && "
		   "printf x >a.yml && printf x >.yaml && printf x >README && mkdir sub && "
		   "printf x >b.yaml~ && printf x >yaml");
	assert_string_equal(read_all(tree), "a.yaml=a");
}

static void confdir_lets_the_stronger_directory_replace(void **state)
{
	const struct tree *tree = *state;
	struct reading reading;

	tree_write(tree, "usr/lib/ordain/a.yaml", "hint");
	tree_write(tree, "usr/lib/ordain/c.yaml", "hint");
	tree_write(tree, "run/ordain/a.yaml", "run");
	tree_write(tree, "run/ordain/b.yaml", "run");
	tree_write(tree, "etc/ordain/b.yaml", "etc");
	reading = read_with(tree, NULL);
	assert_string_equal(shown(tree, &reading), "a.yaml=run b.yaml=etc c.yaml=hint");
	assert_int_equal(reading.sources.items[0].tier, TIER_RUN);
	assert_int_equal(reading.sources.items[1].tier, TIER_ETC);
	assert_int_equal(reading.sources.items[2].tier, TIER_HINT);
	assert_string_equal(reading.sources.items[1].path, tree_path(tree, "etc/ordain/b.yaml"));
}

static void confdir_lets_dev_null_mask(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "usr/lib/ordain/a.yaml", "hint");
	tree_write(tree, "usr/lib/ordain/b.yaml", "hint");
	tree_shell(tree, "mkdir -p etc/ordain && ln -s /dev/null etc/ordain/a.yaml && "
			 "ln -s ../../../dev/../etc/ordain/mask etc/ordain/b.yaml && "
			 "ln -s /dev/null etc/mask && ln -sfn ../mask etc/ordain/b.yaml");
	assert_string_equal(read_all(tree), "");
	tree_write(tree, "usr/lib/ordain/c.yaml", "hint");
	assert_string_equal(read_all(tree), "c.yaml=hint");
}

static void confdir_follows_links(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "elsewhere/x.txt", "there");
	tree_shell(tree, "mkdir etc && ln -s ../elsewhere etc/ordain && "
			 "ln -s x.txt elsewhere/a.yaml");
	assert_string_equal(read_all(tree), "a.yaml=there");
}

static void confdir_names_every_file_it_cannot_have(void **state)
{
	const struct tree *tree = *state;
	struct reading reading;

	tree_shell(tree,
		   "mkdir -p etc/ordain/d.yaml && cd etc/ordain && mkfifo p.yaml && "
		   "ln -s nowhere l.yaml && printf fine >z.yaml && "
		   "head -c 262144 /dev/zero >max.yaml && head -c 262145 /dev/zero >over.yaml && "
		   "ln -s /dev/zero zero.yaml");
	reading = read_with(tree, NULL);
	assert_int_equal(reading.diags.count, 5);
	assert_string_equal(place_of(&reading), tree_path(tree, "etc/ordain/d.yaml"));
	assert_string_equal(reading.diags.items[0].summary, "a directory, not a regular file");
	assert_string_equal(reading.diags.items[1].summary, "a symbolic link to what is not there");
	assert_string_equal(reading.diags.items[2].summary, "larger than 256 KiB");
	assert_int_equal(reading.diags.items[2].code, DIAG_TOO_LARGE);
	assert_string_equal(reading.diags.items[3].summary,
			    "a device, pipe or socket, not a regular file");
	assert_string_equal(reading.diags.items[4].places[0].span.source->path,
			    tree_path(tree, "etc/ordain/zero.yaml"));
	assert_int_equal(reading.sources.count, 2);
}

static void confdir_names_a_directory_it_cannot_read(void **state)
{
	const struct tree *tree = *state;
	struct reading reading;

	tree_write(tree, "etc/ordain", "a file");
	tree_shell(tree, "mkdir run && ln -s nowhere run/ordain");
	reading = read_with(tree, NULL);
	assert_true(reading.present);
	assert_int_equal(reading.diags.count, 2);
	assert_string_equal(place_of(&reading), tree_path(tree, "run/ordain"));
	assert_string_equal(reading.diags.items[0].summary, "a symbolic link to what is not there");
	assert_string_equal(reading.diags.items[1].summary, "cannot be read: Not a directory");
}

static void confdir_names_what_permissions_forbid(void **state)
{
	const struct tree *tree = *state;
	struct reading reading;

	tree_write(tree, "etc/ordain/a.yaml", "x");
	tree_shell(tree, "chmod 0 etc/ordain/a.yaml && mkdir -m 0 run && chmod 711 .");
	/* Root may read everything: be somebody else for a moment. */
	if (geteuid() || seteuid(65534))
		skip();
	reading = read_with(tree, NULL);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(reading.diags.count, 2);
	assert_int_equal(reading.diags.items[0].code, DIAG_POLICY_UNREADABLE);
	assert_string_equal(reading.diags.items[0].summary, "cannot be read: Permission denied");
	assert_string_equal(place_of(&reading), tree_path(tree, "run/ordain"));
	assert_string_equal(reading.diags.items[1].places[0].span.source->path,
			    tree_path(tree, "etc/ordain/a.yaml"));
}

/*
 * "PATH: SUMMARY|HELP" of each file refused as unsafe, one a line, with ROOT for the tree's own.
 * What was read all the same has to be `rest`.
 */
static const char *complaints(const struct tree *tree, const struct substitutes *substitutes,
			      const char *rest)
{
	struct reading reading = read_with(tree, substitutes);
	struct text text = TEXT(tree->arena);
	size_t root = strlen(tree->root);
	int read = 0;

	for (size_t i = 0; i < reading.sources.count; i++) {
		if (reading.sources.items[i].unread)
			assert_int_equal(reading.sources.items[i].length, 0);
		else
			assert_string_equal(reading.sources.items[i].name, rest);
		read += !reading.sources.items[i].unread;
	}
	assert_int_equal(read, *rest ? 1 : 0);
	for (size_t i = 0; i < reading.diags.count; i++) {
		const struct diag *diag = &reading.diags.items[i];
		const char *path = strstr(diag->help, tree->root);

		assert_int_equal(diag->code, DIAG_UNSAFE_FILE);
		text_printf(&text, "%s: %s|%.*sROOT%s\n",
			    diag->places[0].span.source->path + root + 1, diag->summary,
			    (int)(path - diag->help), diag->help, path + root);
	}
	return text_string(&text);
}

static void confdir_refuses_what_others_can_change(void **state)
{
	const struct tree *tree = *state;

	if (geteuid())
		skip();
	tree_shell(tree, "mkdir -p etc/ordain && cd etc/ordain && echo >good.yaml && "
			 "echo >group.yaml && chmod g+w group.yaml && echo >../real && "
			 "chmod o+w ../real && ln -s ../real link.yaml && echo >theirs.yaml && "
			 "chown 1000 theirs.yaml && ln -s /dev/null mask.yaml && "
			 "chown -h 1000 mask.yaml");
	assert_string_equal(complaints(tree, NULL, "good.yaml"),
			    "etc/ordain/group.yaml: writable by its group|"
			    "chmod go-w ROOT/etc/ordain/group.yaml\n"
			    "etc/ordain/link.yaml: writable by others|"
			    "chmod go-w ROOT/etc/ordain/link.yaml\n"
			    "etc/ordain/theirs.yaml: owned by uid 1000, should be 0|"
			    "chown root: ROOT/etc/ordain/theirs.yaml\n");
}

static void confdir_refuses_a_directory_that_others_can_change(void **state)
{
	const struct tree *tree = *state;

	if (geteuid())
		skip();
	tree_write(tree, "etc/ordain/a.yaml", "a");
	tree_write(tree, "usr/lib/ordain/b.yaml", "b");
	tree_write(tree, "run/ordain/c.yaml", "c");
	tree_shell(tree, "chmod 1777 etc/ordain && chown 7 usr/lib/ordain && "
			 "chown 7 usr/lib/ordain/b.yaml && chmod 777 . etc run");
	assert_string_equal(complaints(tree, NULL, "c.yaml"),
			    "usr/lib/ordain: owned by uid 7, should be 0|"
			    "chown root: ROOT/usr/lib/ordain\n"
			    "etc/ordain: writable by others|chmod go-w ROOT/etc/ordain\n"
			    "usr/lib/ordain/b.yaml: owned by uid 7, should be 0|"
			    "chown root: ROOT/usr/lib/ordain/b.yaml\n");
}

static void confdir_judges_of_a_substitute_the_file_alone(void **state)
{
	const struct tree *tree = *state;
	struct substitute item = { "s.yaml", tree_path(tree, "tmp/new") };
	const struct substitutes substitutes = { &item, 1 };

	if (geteuid())
		skip();
	tree_write(tree, "tmp/new", "s");
	tree_shell(tree, "chmod 1777 tmp && chmod 600 tmp/new");
	assert_string_equal(complaints(tree, &substitutes, "s.yaml"), "");
	tree_shell(tree, "chown 1000 tmp/new");
	assert_string_equal(
		complaints(tree, &substitutes, ""),
		"tmp/new: owned by uid 1000, should be 0|chown root: ROOT/tmp/new "
		"(in Ansible, beside 'validate': 'owner: root' and 'mode: \"0644\"')\n");
}

static void confdir_takes_1024_files_and_no_more(void **state)
{
	const struct tree *tree = *state;
	struct reading reading;

	tree_shell(tree, "mkdir -p etc/ordain usr/lib/ordain && "
			 "for i in $(seq 1024); do : >etc/ordain/$i.yaml; done && "
			 ": >usr/lib/ordain/7.yaml");
	reading = read_with(tree, NULL);
	assert_int_equal(reading.diags.count, 0);
	assert_int_equal(reading.sources.count, 1024);
	for (size_t i = 1; i < reading.sources.count; i++)
		assert_true(strcmp(reading.sources.items[i - 1].name,
				   reading.sources.items[i].name) < 0);
	tree_write(tree, "usr/lib/ordain/one-more.yaml", "");
	assert_string_equal(read_all(tree),
			    "too-large:1025 policy files, and at most 1024 are read");
}

static const char *read_as(const struct tree *tree, const char *name, const char *path)
{
	struct substitute item = { name, tree_path(tree, "%s", path) };
	const struct substitutes substitutes = { &item, 1 };
	struct reading reading = read_with(tree, &substitutes);

	if (!reading.diags.count)
		assert_true(reading.present);
	return shown(tree, &reading);
}

static void confdir_substitutes(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "new", "substitute");
	assert_string_equal(read_as(tree, "a.yaml", "new"), "a.yaml=substitute");
	tree_write(tree, "usr/lib/ordain/b.yaml", "hint");
	tree_write(tree, "etc/ordain/a.yaml", "etc");
	assert_string_equal(read_as(tree, "a.yaml", "new"), "a.yaml=substitute b.yaml=hint");
	assert_string_equal(read_as(tree, "b.yaml", "new"), "a.yaml=etc b.yaml=substitute");
	tree_shell(tree, "ln -s /dev/null etc/ordain/b.yaml && ln -s gone etc/ordain/c.yaml");
	assert_string_equal(read_as(tree, "c.yaml", "new"), "a.yaml=etc c.yaml=substitute");
	tree_shell(tree, "rm etc/ordain/c.yaml");
	assert_string_equal(read_as(tree, "b.yaml", "new"), "a.yaml=etc b.yaml=substitute");
	assert_string_equal(read_as(tree, "b.yaml", "gone"),
			    "policy-unreadable:cannot be read: No such file or directory");
}

static void confdir_refuses_bad_substitutes(void **state)
{
	const struct tree *tree = *state;
	struct substitute twice[2];
	const struct substitutes substitutes = { twice, 2 };
	struct reading reading;

	tree_write(tree, "new", "x");
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = { "a.yml", "x/a.yaml", ".a.yaml", "" };

		assert_non_null(strstr(read_as(tree, bad[i], "new"),
				       "cannot be the name of a policy file"));
	}
	twice[0] = twice[1] = (struct substitute){ "a.yaml", tree_path(tree, "new") };
	reading = read_with(tree, &substitutes);
	assert_string_equal(shown(tree, &reading), "bad-value:two files are given as 'a.yaml'");
}

static const char *read_without(const struct tree *tree, const char *name)
{
	struct substitute item = { .name = name };
	const struct substitutes substitutes = { &item, 1 };
	struct reading reading = read_with(tree, &substitutes);

	return shown(tree, &reading);
}

static void confdir_leaves_out(void **state)
{
	const struct tree *tree = *state;

	tree_write(tree, "etc/ordain/a.yaml", "etc");
	tree_write(tree, "etc/ordain/b.yaml", "etc");
	tree_write(tree, "usr/lib/ordain/b.yaml", "hint");
	assert_string_equal(read_without(tree, "a.yaml"), "b.yaml=etc");
	assert_string_equal(read_without(tree, "b.yaml"), "a.yaml=etc b.yaml=hint");
	tree_shell(tree, "ln -sfn /dev/null etc/ordain/b.yaml");
	assert_string_equal(read_without(tree, "a.yaml"), "");
	assert_string_equal(read_without(tree, "b.yaml"), "a.yaml=etc b.yaml=hint");
	tree_shell(tree, "rm etc/ordain/b.yaml");
	assert_non_null(
		strstr(read_without(tree, "b.yaml"), "bad-value:there is no file 'b.yaml'"));
	assert_non_null(
		strstr(read_without(tree, "c.yaml"), "bad-value:there is no file 'c.yaml'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(confdir_knows_absent_from_empty),
		TEST(confdir_takes_yaml_files_only),
		TEST(confdir_lets_the_stronger_directory_replace),
		TEST(confdir_lets_dev_null_mask),
		TEST(confdir_follows_links),
		TEST(confdir_names_every_file_it_cannot_have),
		TEST(confdir_names_a_directory_it_cannot_read),
		TEST(confdir_names_what_permissions_forbid),
		TEST(confdir_refuses_what_others_can_change),
		TEST(confdir_refuses_a_directory_that_others_can_change),
		TEST(confdir_judges_of_a_substitute_the_file_alone),
		TEST(confdir_takes_1024_files_and_no_more),
		TEST(confdir_substitutes),
		TEST(confdir_refuses_bad_substitutes),
		TEST(confdir_leaves_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
