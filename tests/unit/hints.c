/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/hints.h"

#include "tests/support/test.h"
#include "tests/support/written.h"

#define GOOD "programs: {a: {after: [b]}}\n"
#define OTHER "programs: {a: {before: [b]}}\n"
#define BROKEN "programs: {a: {befor: [b]}}\n"

struct scene {
	struct written *last;
	struct written *files;
};

static int set_up(void **state)
{
	static struct scene scene;

	scene.last = written_new();
	scene.files = written_new();
	*state = &scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	written_free(scene->last);
	written_free(scene->files);
	return 0;
}

static void keep(struct scene *scene)
{
	struct written *files = scene->files;

	hints_keep_good(files->arena, &files->sources, &scene->last->sources, &files->diags);
}

static void check_text(const struct scene *scene, size_t at, const char *text)
{
	const struct source *source = &scene->files->sources.items[at];

	assert_false(source->unread);
	assert_int_equal(source->length, strlen(text));
	assert_memory_equal(source->text, text, source->length);
}

static void hints_that_are_broken_say_what_they_said(void **state)
{
	struct scene *scene = *state;

	written_add(scene->last, TIER_HINT, "a.yaml", GOOD);
	written_add(scene->files, TIER_HINT, "a.yaml", BROKEN);
	keep(scene);
	assert_int_equal(scene->files->sources.count, 1);
	check_text(scene, 0, "ordain: 1\n" GOOD);
	assert_string_equal(written_diags(scene->files), "warning[unknown-key] 2:16");
	assert_string_equal(scene->files->diags.items[0].detail,
			    "what this file said before counts instead");
	/* The place shows the line as it is now. */
	assert_ptr_not_equal(scene->files->diags.items[0].places[0].span.source->text,
			     scene->files->sources.items[0].text);
}

static void hints_that_are_whole_count_as_they_are(void **state)
{
	struct scene *scene = *state;

	written_add(scene->last, TIER_HINT, "a.yaml", GOOD);
	written_add(scene->files, TIER_HINT, "a.yaml", OTHER);
	written_add(scene->files, TIER_ETC, "b.yaml", BROKEN);
	written_add(scene->last, TIER_ETC, "b.yaml", GOOD);
	keep(scene);
	check_text(scene, 0, "ordain: 1\n" OTHER);
	check_text(scene, 1, "ordain: 1\n" BROKEN);
	assert_int_equal(scene->files->diags.count, 0);
}

static void hints_that_never_were_whole_stay_broken(void **state)
{
	struct scene *scene = *state;

	written_add(scene->last, TIER_HINT, "a.yaml", BROKEN);
	written_add(scene->files, TIER_HINT, "a.yaml", BROKEN "# again\n");
	written_add(scene->files, TIER_HINT, "new.yaml", BROKEN);
	keep(scene);
	check_text(scene, 0, "ordain: 1\n" BROKEN "# again\n");
	check_text(scene, 1, "ordain: 1\n" BROKEN);
	assert_int_equal(scene->files->diags.count, 0);
}

static void hints_that_cannot_be_read_are_what_they_were_or_nothing(void **state)
{
	struct scene *scene = *state;
	struct written *files = scene->files;

	written_add(scene->last, TIER_HINT, "a.yaml", GOOD);
	written_add(files, TIER_HINT, "a.yaml", "");
	written_add(files, TIER_HINT, "b.yaml", "");
	written_add(files, TIER_HINT, "c.yaml", OTHER);
	files->sources.items[0].unread = true;
	files->sources.items[1].unread = true;
	keep(scene);
	assert_int_equal(files->sources.count, 2);
	check_text(scene, 0, "ordain: 1\n" GOOD);
	check_text(scene, 1, "ordain: 1\n" OTHER);
	assert_int_equal(files->diags.count, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hints_that_are_broken_say_what_they_said),
		TEST(hints_that_are_whole_count_as_they_are),
		TEST(hints_that_never_were_whole_stay_broken),
		TEST(hints_that_cannot_be_read_are_what_they_were_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
