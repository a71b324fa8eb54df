/* SPDX-License-Identifier: GPL-2.0-only */
/* Each way in which policies are written: what is watched must tell, and the right files be read. */
#include "agent/system/watch.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "agent/state/confdir.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

static bool mounts_are_ours;

static struct watch *watch_of(const struct tree *tree)
{
	struct watch *watch = watch_open();

	assert_non_null(watch);
	assert_true(watch_fd(watch) >= 0);
	watch_set(watch,
		  (const char *const[]){ tree->paths->hints, tree->paths->run, tree->paths->etc },
		  3);
	(void)watch_drain(watch);
	return watch;
}

/* What a pass does after an event: set the watches again. */
static void look_again(struct watch *watch, const struct tree *tree)
{
	watch_set(watch,
		  (const char *const[]){ tree->paths->hints, tree->paths->run, tree->paths->etc },
		  3);
}

/* "NAME=TEXT NAME=TEXT" of the policy; "absent" without directories; "errors". */
static const char *policy_of(const struct tree *tree)
{
	struct diags diags = DIAGS(tree->arena);
	struct text text = TEXT(tree->arena);
	struct sources sources;
	bool present;

	confdir_read(tree->arena, tree->paths, NULL, &diags, &sources, &present);
	if (diags.count)
		return "errors";
	if (!present)
		return "absent";
	for (size_t i = 0; i < sources.count; i++)
		text_printf(&text, "%s%s=%s", i ? " " : "", sources.items[i].name,
			    sources.items[i].text);
	return text_string(&text);
}

static void tells(struct watch *watch, const struct tree *tree, const char *command,
		  const char *policy)
{
	tree_shell(tree, command);
	if (!watch_drain(watch))
		fail_msg("nothing was told of '%s'", command);
	assert_string_equal(policy_of(tree), policy);
	assert_false(watch_drain(watch));
}

/* What each writer does to a policy of p.yaml, where q.yaml is a second file. */
static void watch_tells_of_every_writer(void **state)
{
	static const struct {
		const char *command;
		const char *policy;
	} writers[] = {
		/* Ansible: a rename, and owner and mode afterwards. */
		{ "printf new >.ansible_tmp && mv .ansible_tmp p.yaml", "p.yaml=new" },
		{ "chmod 640 p.yaml", "p.yaml=old" },
		{ "chgrp 1 p.yaml", "p.yaml=old" },
		/* Truncated, then written. */
		{ "printf new >p.yaml", "p.yaml=new" },
		{ ": >p.yaml", "p.yaml=" },
		{ "printf er >>p.yaml", "p.yaml=older" },
		{ "printf new >../f && cp ../f p.yaml", "p.yaml=new" },
		/* coreutils' install: unlink, create. */
		{ "printf new >../f && install -m 644 ../f p.yaml", "p.yaml=new" },
		{ "sed -i s/old/new/ p.yaml", "p.yaml=new" },
		/* emacs: a lock, a write, the lock goes. */
		{ "ln -s me@host.1:2 .#p.yaml", "p.yaml=old" },
		{ "ln -s me@host.1:2 .#p.yaml; printf new >p.yaml; rm .#p.yaml", "p.yaml=new" },
		/* vim, with its backup and its probe for a name. */
		{ "touch 4913 && rm 4913 && mv p.yaml p.yaml~ && printf new >p.yaml && rm p.yaml~",
		  "p.yaml=new" },
		/* dpkg: unpacked beside, a link to the old one as backup, a rename. */
		{ "printf new >p.yaml.dpkg-new && ln p.yaml p.yaml.dpkg-tmp && "
		  "mv p.yaml.dpkg-new p.yaml && rm p.yaml.dpkg-tmp",
		  "p.yaml=new" },
		{ "mv p.yaml p.yaml.dpkg-bak", "" },
		{ "rm p.yaml", "" },
		{ "mv p.yaml ..", "" },
		{ "ln -sf /dev/null p.yaml", "" },
		{ "printf x >q.yaml", "p.yaml=old q.yaml=x" },
		{ "ln -s p.yaml q.yaml", "p.yaml=old q.yaml=old" },
	};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		struct watch *watch;

		tree_shell(tree, "rm -rf etc");
		tree_write(tree, "etc/ordain/p.yaml", "old");
		watch = watch_of(tree);
		tells(watch, tree,
		      arena_printf(tree->arena, "cd etc/ordain && %s", writers[i].command),
		      writers[i].policy);
		watch_close(watch);
	}
}

static void watch_tells_of_a_volume_that_is_swapped(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch;

	tree_write(tree, "etc/ordain/..1/p.yaml", "old");
	tree_shell(tree, "cd etc/ordain && ln -s ..1 ..data && ln -s ..data/p.yaml p.yaml");
	assert_string_equal(policy_of(tree), "p.yaml=old");
	watch = watch_of(tree);
	tree_write(tree, "etc/ordain/..2/p.yaml", "new");
	(void)watch_drain(watch);
	tells(watch, tree, "cd etc/ordain && ln -s ..2 ..data_tmp && mv -T ..data_tmp ..data",
	      "p.yaml=new");
	watch_close(watch);
}

static void watch_follows_a_directory_made_anew(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch;

	tree_write(tree, "etc/ordain/p.yaml", "old");
	watch = watch_of(tree);
	tells(watch, tree, "rm -rf etc/ordain", "absent");
	look_again(watch, tree);
	(void)watch_drain(watch);
	tells(watch, tree, "mkdir etc/ordain", "");
	look_again(watch, tree);
	tells(watch, tree, "printf new >etc/ordain/p.yaml", "p.yaml=new");
	/* Gone and back before anyone looked. */
	tells(watch, tree, "rm -rf etc/ordain; mkdir etc/ordain", "");
	look_again(watch, tree);
	(void)watch_drain(watch);
	tells(watch, tree, "printf newer >etc/ordain/p.yaml", "p.yaml=newer");
	/* The same by renames. */
	tells(watch, tree, "mkdir etc/next && mv etc/ordain etc/last && mv etc/next etc/ordain",
	      "");
	look_again(watch, tree);
	(void)watch_drain(watch);
	tells(watch, tree, "printf x >etc/ordain/p.yaml", "p.yaml=x");
	watch_close(watch);
}

static void watch_waits_for_directories_at_their_nearest_parent(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch = watch_of(tree);

	assert_string_equal(policy_of(tree), "absent");
	tells(watch, tree, "mkdir etc", "absent");
	look_again(watch, tree);
	tells(watch, tree, "rmdir etc", "absent");
	look_again(watch, tree);
	tells(watch, tree, "mkdir etc", "absent");
	look_again(watch, tree);
	tells(watch, tree, "mkdir etc/ordain", "");
	look_again(watch, tree);
	tells(watch, tree, "printf x >etc/ordain/a.yaml", "a.yaml=x");
	/* The whole path vanishes, and comes in one go. */
	tells(watch, tree, "rm -rf etc", "absent");
	look_again(watch, tree);
	(void)watch_drain(watch);
	tells(watch, tree, "mkdir -p etc/ordain && printf y >etc/ordain/b.yaml", "b.yaml=y");
	watch_close(watch);
}

static void watch_follows_a_link_to_the_directory(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch;

	tree_write(tree, "v1/p.yaml", "one");
	tree_write(tree, "v2/p.yaml", "two");
	tree_shell(tree, "mkdir etc && ln -s ../v1 etc/ordain");
	watch = watch_of(tree);
	tells(watch, tree, "printf 1 >v1/p.yaml", "p.yaml=1");
	tells(watch, tree, "ln -s ../v2 etc/new && mv -T etc/new etc/ordain", "p.yaml=two");
	look_again(watch, tree);
	(void)watch_drain(watch);
	tells(watch, tree, "printf 2 >v2/p.yaml", "p.yaml=2");
	tree_shell(tree, "printf 1 >v1/p.yaml");
	assert_false(watch_drain(watch));
	watch_close(watch);
}

/* No event says so: this is what the poll is for. The next look puts the watch right. */
static void watch_set_notices_a_mount_over_the_directory(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch;

	if (!mounts_are_ours)
		skip();
	tree_write(tree, "etc/ordain/p.yaml", "old");
	tree_write(tree, "over/p.yaml", "new");
	watch = watch_of(tree);
	tree_shell(tree, "mount --bind over etc/ordain");
	assert_false(watch_drain(watch));
	look_again(watch, tree);
	tells(watch, tree, "printf newer >over/p.yaml", "p.yaml=newer");
	tree_shell(tree, "umount etc/ordain");
	watch_close(watch);
}

static void watch_is_silent_about_what_does_not_matter(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch;

	tree_write(tree, "etc/ordain/p.yaml", "x");
	watch = watch_of(tree);
	tree_shell(tree, "cat etc/ordain/p.yaml >/dev/null && ls -l etc/ordain >/dev/null");
	tree_shell(tree, "touch etc/passwd usr etc/ordain2 && mkdir etc/x && rm -r etc/x && "
			 "mv etc/passwd etc/group && rm usr && chmod 700 etc");
	/* `usr` leads to one of the directories, so its coming and going is told. */
	assert_true(watch_drain(watch));
	tree_shell(tree, "touch etc/passwd && mv etc/passwd etc/group && mkdir lib && rmdir lib");
	assert_false(watch_drain(watch));
	look_again(watch, tree);
	assert_false(watch_drain(watch));
	watch_close(watch);
}

static void watch_set_forgets_what_is_not_asked_for(void **state)
{
	const struct tree *tree = *state;
	const char *const directories[] = { tree_path(tree, "a/"), tree_path(tree, "b") };
	struct watch *watch = watch_open();

	tree_shell(tree, "mkdir a b");
	watch_set(watch, directories, 2);
	tree_shell(tree, "touch a/x");
	assert_true(watch_drain(watch));
	watch_set(watch, &directories[1], 1);
	tree_shell(tree, "touch a/y && rm -r a");
	assert_false(watch_drain(watch));
	tree_shell(tree, "touch b/y");
	assert_true(watch_drain(watch));
	/* A parent that is wanted itself counts whole: so does a write, and nothing else. */
	tree_shell(tree, "touch anything");
	assert_false(watch_drain(watch));
	watch_set(watch, (const char *const[]){ tree->root, directories[1] }, 2);
	tree_shell(tree, "echo >anything");
	assert_true(watch_drain(watch));
	watch_set(watch, NULL, 0);
	tree_shell(tree, "touch b/z else");
	assert_false(watch_drain(watch));
	watch_close(watch);
}

static void watch_counts_an_overflow(void **state)
{
	const struct tree *tree = *state;
	struct watch *watch;

	tree_shell(tree, "mkdir etc");
	watch = watch_of(tree);
	tree_shell(tree, "cd etc && seq -f 'x%g' 1000 | xargs touch");
	assert_false(watch_drain(watch));
	tree_shell(tree, "cd etc && seq -f 'y%g' 0 $(cat /proc/sys/fs/inotify/max_queued_events) | "
			 "xargs touch");
	assert_true(watch_drain(watch));
	assert_false(watch_drain(watch));
	watch_close(watch);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(watch_tells_of_every_writer),
		TEST(watch_tells_of_a_volume_that_is_swapped),
		TEST(watch_follows_a_directory_made_anew),
		TEST(watch_waits_for_directories_at_their_nearest_parent),
		TEST(watch_follows_a_link_to_the_directory),
		TEST(watch_set_notices_a_mount_over_the_directory),
		TEST(watch_is_silent_about_what_does_not_matter),
		TEST(watch_set_forgets_what_is_not_asked_for),
		TEST(watch_counts_an_overflow),
	};

	mounts_are_ours = !unshare(CLONE_NEWNS) &&
			  !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
