/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/objects.h"

#include <errno.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/system/safety.h"

enum { DIGEST_SIZE = 65, SETTLED_AFTER = 2 /* seconds */ };

/* A content. */
struct object {
	struct object *next;
	char digest[DIGEST_SIZE];
	void *bytes; /* NULL while they are not in memory */
	size_t length;
	bool kept; /* whole in the state directory, seen or written by this process */
};

/* A file, and the content that it had; "" if it could never be read. */
struct file {
	struct file *next;
	char *path;
	struct stat seen;
	bool settled;
	char digest[DIGEST_SIZE];
};

struct objects {
	char *directory;
	struct object *objects;
	struct file *files;
};

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void bytes_cleanup(void **bytes)
{
	free(*bytes);
}

struct objects *objects_open(const struct paths *paths)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct objects *objects = checked(calloc(1, sizeof(*objects)));

	objects->directory = checked(strdup(arena_printf(arena, "%s/objects", paths->state)));
	return objects;
}

static void object_free(struct object *object)
{
	free(object->bytes);
	free(object);
}

void objects_close(struct objects *objects)
{
	if (!objects)
		return;
	while (objects->objects) {
		struct object *next = objects->objects->next;

		object_free(objects->objects);
		objects->objects = next;
	}
	while (objects->files) {
		struct file *next = objects->files->next;

		free(objects->files->path);
		free(objects->files);
		objects->files = next;
	}
	free(objects->directory);
	free(objects);
}

static struct object *find_object(struct objects *objects, const char *digest)
{
	for (struct object *object = objects->objects; object; object = object->next)
		if (!strcmp(object->digest, digest))
			return object;
	return NULL;
}

static struct object *object_of(struct objects *objects, const char *digest)
{
	struct object *object = find_object(objects, digest);

	if (!object) {
		object = checked(calloc(1, sizeof(*object)));
		memcpy(object->digest, digest, DIGEST_SIZE);
		object->next = objects->objects;
		objects->objects = object;
	}
	return object;
}

/* Takes the bytes. */
static void remember_bytes(struct objects *objects, const char *digest, void **bytes, size_t length)
{
	struct object *object = object_of(objects, digest);

	if (object->bytes)
		return;
	object->bytes = *bytes;
	object->length = length;
	*bytes = NULL;
}

static bool same_content(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * A file can be written again within one tick of the file system's clock, and its times then say
 * nothing. The time of change cannot be set by anyone, so it also covers the time of modification.
 */
static bool is_settled(const struct stat *st, const struct timespec *now)
{
	return now->tv_sec - st->st_ctim.tv_sec > SETTLED_AFTER;
}

/*
 * The whole content of a regular file. -EISDIR, -EINVAL: it is none; -ENODATA: empty; -EFBIG: too
 * large; -EAGAIN: it changed while it was read.
 */
static int read_bytes(int fd, const struct stat *st, void **ret_bytes, size_t *ret_length)
{
	void *bytes __attribute__((cleanup(bytes_cleanup))) = NULL;
	size_t size = (size_t)st->st_size;
	struct stat after;
	size_t used = 0;

	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	if (!st->st_size)
		return -ENODATA;
	if (st->st_size > OBJECT_MAX_BYTES)
		return -EFBIG;
	bytes = checked(malloc(size));
	while (used < size) {
		ssize_t got = read(fd, (char *)bytes + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -EAGAIN;
		used += (size_t)got;
	}
	if (fstat(fd, &after))
		return -errno;
	if (!same_content(st, &after))
		return -EAGAIN;
	*ret_bytes = bytes;
	*ret_length = size;
	bytes = NULL;
	return 0;
}

/* An object's name without the ".o" or ".bpf.o", in which packages differ; NULL if it has neither. */
static const char *stem_of(struct arena *arena, const char *name)
{
	static const char *const suffixes[] = { ".bpf.o", ".o" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (length > suffix && !strcmp(name + length - suffix, suffixes[i]))
			return arena_strndup(arena, name, length - suffix);
	}
	return NULL;
}

/* The name in that directory that comes nearest; NULL if none is near. */
static const char *similar_name(struct arena *arena, const char *directory, const char *name)
{
	const char *stem = stem_of(arena, name);
	struct names stems = { 0 };
	struct names objects = { 0 };
	struct names names;
	const char *near;

	if (directory_names(arena, directory, &names) < 0)
		return NULL;
	for (size_t i = 0; stem && i < names.count; i++) {
		const char *other = stem_of(arena, names.items[i]);

		if (!other)
			continue;
		*list_push(arena, &stems) = other;
		*list_push(arena, &objects) = names.items[i];
	}
	near = stem ? nearest_word(stem, stems.items, stems.count) : NULL;
	for (size_t i = 0; near && i < stems.count; i++)
		if (stems.items[i] == near)
			return objects.items[i];
	return nearest_word(name, names.items, names.count);
}

static void suggest(struct diags *diags, struct diag *diag, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *near;
	struct stat st;

	if (!slash)
		return;
	if (!lstat(path, &st) && S_ISLNK(st.st_mode)) {
		diag_help(diags, diag, "it is a symbolic link to what is not there");
		return;
	}
	near = similar_name(diags->arena,
			    arena_strndup(diags->arena, path, (size_t)(slash - path) + 1),
			    slash + 1);
	if (near)
		diag_help(diags, diag, "'%s' exists in the same directory", near);
}

static bool report_missing(const struct program *program, struct diags *diags, int result)
{
	const char *path = program->object.text;
	struct diag *diag = diag_error(diags, DIAG_OBJECT_MISSING, program->object.span,
				       "cannot open '%s': %s", path, strerror(-result));

	diag->program = program->name;
	if (result == -ENOENT)
		suggest(diags, diag, path);
	return false;
}

static bool report_invalid(const struct program *program, struct diags *diags, int result)
{
	enum diag_code code = result == -EFBIG ? DIAG_TOO_LARGE : DIAG_OBJECT_INVALID;
	const char *what = result == -EISDIR	? "is a directory"
			   : result == -EINVAL	? "is a device, pipe or socket"
			   : result == -ENODATA ? "is empty"
			   : result == -EAGAIN	? "changed while it was read"
						: NULL;
	struct diag *diag;

	if (result == -EFBIG)
		diag = diag_error(diags, code, program->object.span, "'%s' is larger than %d MiB",
				  program->object.text, OBJECT_MAX_BYTES / 1024 / 1024);
	else if (what)
		diag = diag_error(diags, code, program->object.span, "'%s' %s",
				  program->object.text, what);
	else
		diag = diag_error(diags, code, program->object.span, "cannot read '%s': %s",
				  program->object.text, strerror(-result));
	diag->program = program->name;
	return false;
}

static bool check_digest(const struct program *program, struct diags *diags, const char *digest)
{
	const char *wanted = program->sha256.text;
	struct diag *diag;

	if (!wanted || !strcmp(wanted, digest))
		return true;
	diag = diag_error(diags, DIAG_OBJECT_CHANGED, program->sha256.span,
			  "'%s' is not what the policy wants: it has %.12s..., the policy wants "
			  "%.12s...",
			  program->object.text, digest, wanted);
	diag->program = program->name;
	diag_help(diags, diag, "if the new content is right, write 'sha256: %s'", digest);
	return false;
}

/* The directory that a path names the file in, as it is written there. */
static const char *directory_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

static bool check_owner(const struct program *program, struct diags *diags, const char *path,
			const struct stat *st)
{
	const char *problem = safety_problem(diags->arena, st);
	struct diag *diag;

	if (!problem)
		return true;
	diag = diag_error(diags, DIAG_UNSAFE_FILE, program->object.span, "'%s' is %s", path,
			  problem);
	diag->program = program->name;
	diag_help(diags, diag, "%s", safety_remedy(diags->arena, st, path));
	return false;
}

/*
 * In a sticky directory, such as /tmp, nobody but its owner replaces root's file. What is no
 * regular file has another error coming.
 */
static bool check_safety(const struct program *program, struct diags *diags, const struct stat *st)
{
	const char *directory = directory_of(diags->arena, program->object.text);
	struct stat above;
	int result;
	bool safe;

	if (!S_ISREG(st->st_mode))
		return true;
	result = directory_stat(directory, &above);
	if (result)
		return report_missing(program, diags, result);
	safe = above.st_mode & S_ISVTX || check_owner(program, diags, directory, &above);
	return check_owner(program, diags, program->object.text, st) && safe;
}

static bool is_safe(const char *path, const struct stat *st)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct stat above;

	return !directory_stat(directory_of(arena, path), &above) && safety_holds(&above) &&
	       safety_holds(st);
}

static struct file *file_of(struct objects *objects, const char *path)
{
	struct file *file = objects->files;

	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	if (!file) {
		file = checked(calloc(1, sizeof(*file)));
		file->path = checked(strdup(path));
		file->next = objects->files;
		objects->files = file;
	}
	return file;
}

/* Reads and hashes the file anew; 0 or as read_bytes(), which leaves what was known of it. */
static int read_file(struct objects *objects, struct file *file, int fd, const struct stat *st)
{
	void *bytes __attribute__((cleanup(bytes_cleanup))) = NULL;
	struct timespec now;
	size_t length = 0;
	int result;

	clock_gettime(CLOCK_REALTIME, &now);
	result = read_bytes(fd, st, &bytes, &length);
	if (result < 0)
		return result;
	file->seen = *st;
	file->settled = is_settled(st, &now);
	SHA256Data(bytes, length, file->digest);
	remember_bytes(objects, file->digest, &bytes, length);
	return 0;
}

bool objects_read(struct objects *objects, const struct program *program, struct diags *diags,
		  char ret_digest[65])
{
	struct file *file = file_of(objects, program->object.text);
	struct stat st = { 0 };
	int fd __attribute__((cleanup(fd_cleanup))) = file_open(file->path, &st);

	if (fd < 0)
		return report_missing(program, diags, fd);
	if (!check_safety(program, diags, &st))
		return false;
	if (!file->settled || !same_content(&file->seen, &st)) {
		int result = read_file(objects, file, fd, &st);

		if (result < 0)
			return report_invalid(program, diags, result);
	}
	if (!check_digest(program, diags, file->digest))
		return false;
	memcpy(ret_digest, file->digest, DIGEST_SIZE);
	return true;
}

/* Digests become names of files: nothing else may get that far. */
static bool is_digest(const char *digest)
{
	return strspn(digest, "0123456789abcdef") == DIGEST_SIZE - 1 && !digest[DIGEST_SIZE - 1];
}

/* The bytes of a file, if they are those of the digest. The caller frees them. */
static void *read_verified(const char *path, const char *digest, size_t *ret_length)
{
	void *bytes __attribute__((cleanup(bytes_cleanup))) = NULL;
	char found[DIGEST_SIZE];
	void *verified = NULL;
	struct stat st = { 0 };
	int fd __attribute__((cleanup(fd_cleanup))) = file_open(path, &st);
	size_t length = 0;

	if (fd < 0 || !is_safe(path, &st) || read_bytes(fd, &st, &bytes, &length) < 0)
		return NULL;
	SHA256Data(bytes, length, found);
	if (strcmp(found, digest) != 0)
		return NULL;
	verified = bytes;
	bytes = NULL;
	*ret_length = length;
	return verified;
}

static const char *kept_path(struct arena *arena, const struct objects *objects, const char *digest)
{
	return arena_printf(arena, "%s/%s", objects->directory, digest);
}

const void *objects_bytes(struct objects *objects, const char *digest, size_t *ret_length)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const struct object *object = find_object(objects, digest);
	void *bytes __attribute__((cleanup(bytes_cleanup))) = NULL;
	size_t length;

	if (!object || !object->bytes) {
		if (!is_digest(digest))
			return NULL;
		bytes = read_verified(kept_path(arena, objects, digest), digest, &length);
		/* Known from a file and dropped from memory since, but never kept. */
		for (const struct file *file = objects->files; file && !bytes; file = file->next)
			if (!strcmp(file->digest, digest))
				bytes = read_verified(file->path, digest, &length);
		if (!bytes)
			return NULL;
		remember_bytes(objects, digest, &bytes, length);
		object = find_object(objects, digest);
	}
	*ret_length = object->length;
	return object->bytes;
}

static const void *bytes_for_kernel(void *context, const char *digest, size_t *ret_length)
{
	return objects_bytes(context, digest, ret_length);
}

struct object_source objects_source(struct objects *objects)
{
	return (struct object_source){ .bytes = bytes_for_kernel, .context = objects };
}

/* A file there already is read once, so that a damaged one is written anew. */
static bool is_kept(struct objects *objects, const char *path, const char *digest)
{
	const struct object *object = find_object(objects, digest);
	void *bytes __attribute__((cleanup(bytes_cleanup))) = NULL;
	size_t length;

	if (object && object->kept && !access(path, F_OK))
		return true;
	bytes = read_verified(path, digest, &length);
	return bytes != NULL;
}

int objects_keep(struct objects *objects, const char *digest, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path;
	const void *bytes;
	size_t length;
	int result;

	if (!is_digest(digest))
		return error_set(ret_error, -EINVAL, "'%s' is no digest of an object", digest);
	path = kept_path(arena, objects, digest);
	if (!is_kept(objects, path, digest)) {
		bytes = objects_bytes(objects, digest, &length);
		if (!bytes)
			return error_set(ret_error, -ENOENT, "the object %.12s... is gone", digest);
		result = directory_ensure(objects->directory, 0700);
		if (!result)
			result = file_replace(path, bytes, length);
		if (result)
			return error_errno(ret_error, result, "keep an object as %s", path);
	}
	object_of(objects, digest)->kept = true;
	return 0;
}

static bool is_listed(const char *digest, const char *const *digests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(digest, digests[i]))
			return true;
	return false;
}

int objects_sweep(struct objects *objects, const char *const *digests, size_t count)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct object **at = &objects->objects;
	struct names names = { 0 };
	int result = directory_names(arena, objects->directory, &names);

	while (*at) {
		struct object *object = *at;

		if (is_listed(object->digest, digests, count)) {
			at = &object->next;
		} else {
			*at = object->next;
			object_free(object);
		}
	}
	if (result == -ENOENT)
		return 0;
	/* Temporary files that a crash left behind go too. */
	for (size_t i = 0; i < names.count; i++)
		if (!is_listed(names.items[i], digests, count) &&
		    unlink(kept_path(arena, objects, names.items[i])) && !result)
			result = -errno;
	return result;
}

void objects_drop_bytes(struct objects *objects)
{
	for (struct object *object = objects->objects; object; object = object->next) {
		free(object->bytes);
		object->bytes = NULL;
	}
}
