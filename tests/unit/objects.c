/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/objects.h"

#include <sha2.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "tests/support/test.h"
#include "tests/support/tree.h"

static struct program program_of(const struct tree *tree, const char *path, const char *sha256)
{
	struct source *source = arena_alloc(tree->arena, sizeof(*source));

	*source = (struct source){ .path = "/etc/ordain/p.yaml", .name = "p.yaml", .text = "" };
	return (struct program){
		.name = "scrubber",
		.object = { tree_path(tree, "%s", path), { source, 6, 13, 1 } },
		.sha256 = { sha256, { source, 7, 13, 64 } },
	};
}

/* The digest, or "CODE:SUMMARY|HELP" with the tree's root left out. */
static const char *read_one(const struct tree *tree, struct objects *objects, const char *path,
			    const char *sha256)
{
	const struct program program = program_of(tree, path, sha256);
	struct diags diags = DIAGS(tree->arena);
	char digest[65] = "untouched";
	const struct diag *diag;
	const char *summary;
	const char *root;

	if (objects_read(objects, &program, &diags, digest)) {
		assert_int_equal(diags.count, 0);
		return arena_strdup(tree->arena, digest);
	}
	assert_string_equal(digest, "untouched");
	assert_int_equal(diags.count, 1);
	diag = &diags.items[0];
	assert_string_equal(diag->program, "scrubber");
	assert_int_equal(diag->place_count, 1);
	assert_int_equal(diag->places[0].span.line, diag->code == DIAG_OBJECT_CHANGED ? 7 : 6);
	summary = diag->summary;
	root = strstr(summary, tree->root);
	if (root)
		summary = arena_printf(tree->arena, "%.*s%s", (int)(root - summary), summary,
				       root + strlen(tree->root));
	return arena_printf(tree->arena, "%s:%s|%s", diag_code_name(diag->code), summary,
			    diag->help ? diag->help : "");
}

static const char *digest_of(const struct tree *tree, const char *text)
{
	char *digest = arena_alloc(tree->arena, 65);

	return SHA256Data((const uint8_t *)text, strlen(text), digest);
}

static void assert_bytes(struct objects *objects, const char *digest, const char *text)
{
	size_t length = 0;
	const void *bytes = objects_bytes(objects, digest, &length);

	assert_non_null(bytes);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(bytes, text, length);
}

static void objects_read_hashes_what_it_keeps_in_memory(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	struct object_source source = objects_source(objects);
	const char *digest;
	size_t length;

	tree_write(tree, "a.o", "content");
	digest = read_one(tree, objects, "a.o", NULL);
	assert_string_equal(digest, digest_of(tree, "content"));
	tree_write(tree, "a.o", "something else");
	assert_bytes(objects, digest, "content");
	assert_ptr_equal(source.bytes(source.context, digest, &length),
			 objects_bytes(objects, digest, &length));
	objects_close(objects);
}

static void objects_read_says_what_is_wrong(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);

	tree_write(tree, "scrub.o", "x");
	tree_shell(tree, "mkdir d.o && mkfifo p.o && : >empty.o && ln -s gone l.o && "
			 "truncate -s 67108865 large.o && ln -s /dev/zero zero.o");
	assert_string_equal(read_one(tree, objects, "scrub.bpf.o", NULL),
			    "object-missing:cannot open '/scrub.bpf.o': No such file or directory"
			    "|'scrub.o' exists in the same directory");
	assert_string_equal(read_one(tree, objects, "scurb.bpf.o", NULL),
			    "object-missing:cannot open '/scurb.bpf.o': No such file or directory"
			    "|'scrub.o' exists in the same directory");
	assert_string_equal(read_one(tree, objects, "flowmon.o", NULL),
			    "object-missing:cannot open '/flowmon.o': No such file or directory|");
	assert_string_equal(
		read_one(tree, objects, "none/scrub.o", NULL),
		"object-missing:cannot open '/none/scrub.o': No such file or directory|");
	assert_string_equal(read_one(tree, objects, "l.o", NULL),
			    "object-missing:cannot open '/l.o': No such file or directory"
			    "|it is a symbolic link to what is not there");
	assert_string_equal(read_one(tree, objects, "d.o", NULL),
			    "object-invalid:'/d.o' is a directory|");
	assert_string_equal(read_one(tree, objects, "p.o", NULL),
			    "object-invalid:'/p.o' is a device, pipe or socket|");
	assert_string_equal(read_one(tree, objects, "zero.o", NULL),
			    "object-invalid:'/zero.o' is a device, pipe or socket|");
	assert_string_equal(read_one(tree, objects, "empty.o", NULL),
			    "object-invalid:'/empty.o' is empty|");
	assert_string_equal(read_one(tree, objects, "large.o", NULL),
			    "too-large:'/large.o' is larger than 64 MiB|");
	objects_close(objects);
}

static void objects_read_refuses_other_content(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	const char *right = digest_of(tree, "content");
	const char *wrong = digest_of(tree, "other");

	tree_write(tree, "a.o", "content");
	assert_string_equal(read_one(tree, objects, "a.o", right), right);
	assert_string_equal(read_one(tree, objects, "a.o", wrong),
			    arena_printf(tree->arena,
					 "object-changed:'/a.o' is not what the policy wants: it "
					 "has %.12s..., the policy wants %.12s...|if the new "
					 "content is right, write 'sha256: %s'",
					 right, wrong, right));
	objects_close(objects);
}

/* What follows each "error: " is "SUMMARY|HELP", with ROOT for the tree's own. */
static void assert_refused(const struct tree *tree, struct objects *objects, const char *expected)
{
	const struct program program = program_of(tree, "lib/a.o", NULL);
	struct diags diags = DIAGS(tree->arena);
	struct text text = TEXT(tree->arena);
	char digest[65];

	assert_false(objects_read(objects, &program, &diags, digest));
	for (size_t i = 0; i < diags.count; i++) {
		assert_int_equal(diags.items[i].code, DIAG_UNSAFE_FILE);
		assert_string_equal(diags.items[i].program, "scrubber");
		text_printf(&text, "%s|%s\n", diags.items[i].summary, diags.items[i].help);
	}
	assert_string_equal(text_string(&text), expected);
}

static void objects_read_refuses_what_others_can_change(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	const char *root = tree->root;

	if (geteuid())
		skip();
	tree_write(tree, "lib/a.o", "content");
	tree_shell(tree, "chmod 1777 .");
	assert_string_equal(read_one(tree, objects, "lib/a.o", NULL), digest_of(tree, "content"));
	tree_shell(tree, "chown 1000 lib/a.o");
	assert_refused(tree, objects,
		       arena_printf(tree->arena,
				    "'%s/lib/a.o' is owned by uid 1000, should be 0|"
				    "chown root: %s/lib/a.o\n",
				    root, root));
	tree_shell(tree, "chmod 775 lib");
	assert_refused(tree, objects,
		       arena_printf(tree->arena,
				    "'%s/lib' is writable by its group|chmod go-w %s/lib\n"
				    "'%s/lib/a.o' is owned by uid 1000, should be 0|"
				    "chown root: %s/lib/a.o\n",
				    root, root, root, root));
	tree_shell(tree, "chmod 755 lib && chown 0 lib/a.o");
	assert_string_equal(read_one(tree, objects, "lib/a.o", NULL), digest_of(tree, "content"));
	objects_close(objects);
}

static bool was_read(int fd)
{
	char bytes[4096];

	return read(fd, bytes, sizeof(bytes)) > 0;
}

static void objects_read_trusts_only_files_at_rest(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	int fd __attribute__((cleanup(fd_cleanup))) = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	tree_write(tree, "a.o", "12345");
	assert_true(inotify_add_watch(fd, tree_path(tree, "a.o"), IN_ACCESS) >= 0);
	/* Same size and, with luck, the same times: the content decides. */
	for (char text[] = "a2345"; text[0] <= 'z'; text[0]++) {
		tree_write(tree, "a.o", text);
		assert_string_equal(read_one(tree, objects, "a.o", NULL), digest_of(tree, text));
	}
	(void)was_read(fd);
	read_one(tree, objects, "a.o", NULL);
	assert_true(was_read(fd));
	sleep(4);
	read_one(tree, objects, "a.o", NULL);
	assert_true(was_read(fd));
	assert_string_equal(read_one(tree, objects, "a.o", NULL), digest_of(tree, "z2345"));
	assert_false(was_read(fd));
	/* Times that were put back change the time of change. */
	tree_shell(tree, "touch -r a.o ref && printf 54321 >a.o && touch -r ref a.o");
	assert_string_equal(read_one(tree, objects, "a.o", NULL), digest_of(tree, "54321"));
	objects_close(objects);
}

static void objects_bytes_come_back_after_a_drop(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	struct error error;
	const char *digest;
	size_t length;

	tree_write(tree, "a.o", "content");
	digest = read_one(tree, objects, "a.o", NULL);
	objects_drop_bytes(objects);
	assert_bytes(objects, digest, "content");
	objects_drop_bytes(objects);
	tree_write(tree, "a.o", "changed");
	assert_null(objects_bytes(objects, digest, &length));
	tree_write(tree, "a.o", "content");
	assert_int_equal(objects_keep(objects, digest, &error), 0);
	objects_drop_bytes(objects);
	tree_shell(tree, "rm a.o");
	assert_bytes(objects, digest, "content");
	objects_close(objects);
}

static void objects_keep_survives_the_process(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	struct error error;
	const char *digest;
	size_t length;
	struct stat st;

	tree_write(tree, "a.o", "content");
	digest = read_one(tree, objects, "a.o", NULL);
	assert_int_equal(objects_keep(objects, digest, &error), 0);
	assert_int_equal(objects_keep(objects, digest, &error), 0);
	objects_close(objects);
	tree_shell(tree, "rm a.o");
	assert_int_equal(stat(tree_path(tree, "var/lib/ordain/objects"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	objects = objects_open(tree->paths);
	assert_bytes(objects, digest, "content");
	assert_null(objects_bytes(objects, digest_of(tree, "unknown"), &length));
	assert_null(objects_bytes(objects, "../../../a.o", &length));
	assert_true(objects_keep(objects, "../x", &error) < 0);
	assert_true(objects_keep(objects, digest_of(tree, "unknown"), &error) < 0);
	objects_close(objects);
}

static void objects_bytes_refuse_damage_and_keep_repairs_it(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	const char *digest = digest_of(tree, "content");
	const char *kept = tree_path(tree, "var/lib/ordain/objects/%s", digest);
	struct error error;
	size_t length;

	assert_int_equal(directory_ensure(tree_path(tree, "var/lib/ordain/objects"), 0700), 0);
	assert_int_equal(file_replace(kept, "damaged", 7), 0);
	assert_null(objects_bytes(objects, digest, &length));
	tree_write(tree, "a.o", "content");
	read_one(tree, objects, "a.o", NULL);
	assert_int_equal(objects_keep(objects, digest, &error), 0);
	objects_close(objects);
	objects = objects_open(tree->paths);
	assert_bytes(objects, digest, "content");
	objects_close(objects);
}

static void objects_bytes_refuse_what_others_can_change(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	const char *digest = digest_of(tree, "content");
	struct error error;
	size_t length;

	if (geteuid())
		skip();
	tree_write(tree, "a.o", "content");
	read_one(tree, objects, "a.o", NULL);
	assert_int_equal(objects_keep(objects, digest, &error), 0);
	objects_close(objects);
	objects = objects_open(tree->paths);
	tree_shell(tree, "chmod 777 var/lib/ordain/objects");
	assert_null(objects_bytes(objects, digest, &length));
	tree_shell(tree, "chmod 700 var/lib/ordain/objects && chown 7 var/lib/ordain/objects/*");
	assert_null(objects_bytes(objects, digest, &length));
	read_one(tree, objects, "a.o", NULL);
	assert_int_equal(objects_keep(objects, digest, &error), 0);
	objects_close(objects);
	objects = objects_open(tree->paths);
	assert_bytes(objects, digest, "content");
	objects_close(objects);
}

static void objects_sweep_leaves_what_is_listed(void **state)
{
	const struct tree *tree = *state;
	struct objects *objects = objects_open(tree->paths);
	const char *digests[2];
	struct error error;
	struct names names;
	size_t length;

	assert_int_equal(objects_sweep(objects, NULL, 0), 0);
	tree_write(tree, "a.o", "a");
	tree_write(tree, "b.o", "b");
	digests[0] = read_one(tree, objects, "a.o", NULL);
	digests[1] = read_one(tree, objects, "b.o", NULL);
	assert_int_equal(objects_keep(objects, digests[0], &error), 0);
	assert_int_equal(objects_keep(objects, digests[1], &error), 0);
	tree_write(tree, "var/lib/ordain/objects/.left.AbCdEf", "half");
	assert_int_equal(objects_sweep(objects, &digests[1], 1), 0);
	assert_int_equal(
		directory_names(tree->arena, tree_path(tree, "var/lib/ordain/objects"), &names), 0);
	assert_int_equal(names.count, 1);
	assert_string_equal(names.items[0], digests[1]);
	tree_shell(tree, "rm a.o b.o");
	assert_null(objects_bytes(objects, digests[0], &length));
	assert_bytes(objects, digests[1], "b");
	objects_close(objects);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_read_hashes_what_it_keeps_in_memory),
		TEST(objects_read_says_what_is_wrong),
		TEST(objects_read_refuses_other_content),
		TEST(objects_read_refuses_what_others_can_change),
		TEST(objects_read_trusts_only_files_at_rest),
		TEST(objects_bytes_come_back_after_a_drop),
		TEST(objects_keep_survives_the_process),
		TEST(objects_bytes_refuse_damage_and_keep_repairs_it),
		TEST(objects_bytes_refuse_what_others_can_change),
		TEST(objects_sweep_leaves_what_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
