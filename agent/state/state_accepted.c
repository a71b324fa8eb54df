/* SPDX-License-Identifier: GPL-2.0-only */
/* The accepted policy: a directory for each generation, and a link that says which is in force. */
#include "agent/state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/state/state_text.h"
#include "policy/base/text.h"
#include "policy/yaml/document.h"

enum { META_MAX_BYTES = 16 << 20, TIER_COUNT = TIER_ETC + 1 };

/* As in the names of the directories: part of the format. */
static const char *const tier_names[TIER_COUNT] = { "hint", "run", "etc" };
static const char prefix[] = "accepted-";

/* The generation that a name "accepted-N" speaks of. */
static bool generation_of(const char *name, int64_t *ret)
{
	return !strncmp(name, prefix, strlen(prefix)) && number_parse(name + strlen(prefix), ret);
}

static const char *directory_of(struct arena *arena, const struct paths *paths, uint64_t generation)
{
	return arena_printf(arena, "%s/%s%" PRIu64, paths->state, prefix, generation);
}

static int damaged(struct error *ret_error, const char *path, const char *what)
{
	return error_set(ret_error, 0, "the accepted policy is damaged: %s: %s", path, what);
}

/* The name that the link gives, NULL if there is no link. 0 or -errno. */
static int accepted_name(struct arena *arena, const struct paths *paths, const char **ret)
{
	char *target = arena_alloc(arena, NAME_MAX + 1);
	const char *link = arena_printf(arena, "%s/accepted", paths->state);

	*ret = NULL;
	if (readlink(link, target, NAME_MAX) >= 0)
		*ret = target;
	else if (errno != ENOENT)
		return -errno;
	return 0;
}

/* 1, or 0 with what is damaged in ret_error, or -errno. */
static int read_tier(struct arena *arena, const char *directory, const char *original,
		     enum tier tier, struct sources *sources, struct error *ret_error)
{
	struct names names;
	int result = directory_names(arena, directory, &names);

	if (result == -ENOENT || result == -ENOTDIR)
		return damaged(ret_error, directory, strerror(-result));
	for (size_t i = 0; !result && i < names.count; i++) {
		struct source *source = list_push(arena, sources);
		const char *path = arena_printf(arena, "%s/%s", directory, names.items[i]);

		source->path = arena_printf(arena, "%s/%s", original, names.items[i]);
		source->name = names.items[i];
		source->tier = tier;
		result = file_read(arena, path, DOCUMENT_MAX_BYTES, &source->text, &source->length);
		if (result == -EFBIG || result == -EISDIR || result == -EINVAL)
			return damaged(ret_error, path, strerror(-result));
	}
	return result < 0 ? error_errno(ret_error, result, "read %s", directory) : 1;
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a;
	const struct source *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)x->tier - (int)y->tier;
}

/* As read_tier(). */
static int read_sources(struct arena *arena, const struct paths *paths, const char *directory,
			struct sources *ret, struct error *ret_error)
{
	const char *const originals[TIER_COUNT] = { paths->hints, paths->run, paths->etc };
	struct sources sources = { 0 };

	for (int tier = 0; tier < TIER_COUNT; tier++) {
		const char *path = arena_printf(arena, "%s/policy/%s", directory, tier_names[tier]);
		int result = read_tier(arena, path, originals[tier], (enum tier)tier, &sources,
				       ret_error);

		if (result <= 0)
			return result;
	}
	if (sources.count)
		qsort(sources.items, sources.count, sizeof(*sources.items), compare_sources);
	*ret = sources;
	return 1;
}

/* To the end; false if there is anything else. */
static bool read_objects(struct arena *arena, struct cursor *cursor, struct object_digests *objects)
{
	while (cursor->at != cursor->end) {
		const char *value = cursor_value(arena, cursor, "object");
		const char *space = value ? strchr(value, ' ') : NULL;
		struct object_digest *object;

		if (!space)
			return false;
		object = list_push(arena, objects);
		object->program = arena_strndup(arena, value, (size_t)(space - value));
		object->digest = space + 1;
	}
	return true;
}

/* As read_tier(). */
static int read_meta(struct arena *arena, const char *directory, struct accepted *accepted,
		     struct error *ret_error)
{
	const char *path = arena_printf(arena, "%s/meta", directory);
	struct cursor cursor;
	const char *digest;
	int64_t generation;
	size_t length;
	int result = file_read(arena, path, META_MAX_BYTES, &cursor.at, &length);

	if (result == -EACCES || result == -EPERM || result == -EIO)
		return error_errno(ret_error, result, "read %s", path);
	if (result < 0)
		return damaged(ret_error, path, strerror(-result));
	cursor.end = cursor.at + length;
	if (!cursor_number(arena, &cursor, "generation", &generation) ||
	    !(digest = cursor_value(arena, &cursor, "digest")) ||
	    !cursor_number(arena, &cursor, "time", &accepted->time) ||
	    strlen(digest) != sizeof(accepted->digest) - 1 ||
	    !read_objects(arena, &cursor, &accepted->objects))
		return damaged(ret_error, path, "not as ordain writes it");
	accepted->generation = (uint64_t)generation;
	memcpy(accepted->digest, digest, sizeof(accepted->digest));
	return 1;
}

/* As state_accepted(), of one generation. */
static int read_generation(struct arena *arena, const struct paths *paths, uint64_t generation,
			   const struct accepted **ret, struct error *ret_error)
{
	struct accepted *accepted = arena_alloc(arena, sizeof(*accepted));
	const char *directory = directory_of(arena, paths, generation);
	char digest[65];
	int result;

	result = read_meta(arena, directory, accepted, ret_error);
	if (result <= 0)
		return result;
	result = read_sources(arena, paths, directory, &accepted->sources, ret_error);
	if (result <= 0)
		return result;
	policy_digest(&accepted->sources, &accepted->objects, digest);
	if (strcmp(digest, accepted->digest) != 0 || accepted->generation != generation)
		return damaged(ret_error, directory, "it is not what was accepted");
	*ret = accepted;
	return 0;
}

int state_accepted(struct arena *arena, const struct paths *paths, const struct accepted **ret,
		   struct error *ret_error)
{
	const char *name;
	int64_t generation;
	int result = accepted_name(arena, paths, &name);

	ret_error->text[0] = '\0';
	if (result < 0 && result != -EINVAL)
		return error_errno(ret_error, result, "read %s/accepted", paths->state);
	*ret = NULL;
	if (result < 0)
		return damaged(ret_error, paths->state, "'accepted' is no symbolic link");
	if (!name)
		return 0;
	if (!generation_of(name, &generation))
		return damaged(ret_error, paths->state, "'accepted' points to no generation");
	return read_generation(arena, paths, (uint64_t)generation, ret, ret_error);
}

int state_generation(struct arena *arena, const struct paths *paths, uint64_t generation,
		     const struct accepted **ret, struct error *ret_error)
{
	*ret = NULL;
	ret_error->text[0] = '\0';
	if (access(directory_of(arena, paths, generation), F_OK))
		return 0;
	return read_generation(arena, paths, generation, ret, ret_error);
}

/* Those that are kept, in no order that means anything. */
static int generations(struct arena *arena, const struct paths *paths, uint64_t **ret,
		       size_t *ret_count)
{
	struct names names;
	int64_t generation;
	int result = directory_names(arena, paths->state, &names);

	if (result)
		return result;
	*ret = arena_array(arena, uint64_t, names.count);
	*ret_count = 0;
	for (size_t i = 0; i < names.count; i++)
		if (generation_of(names.items[i], &generation))
			(*ret)[(*ret_count)++] = (uint64_t)generation;
	return 0;
}

uint64_t state_generation_before(const struct paths *paths, uint64_t generation)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	uint64_t *kept;
	size_t count;
	uint64_t before = 0;

	if (generations(arena, paths, &kept, &count))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (kept[i] < generation && kept[i] > before)
			before = kept[i];
	return before;
}

int state_kept_digests(struct arena *arena, const struct paths *paths, struct names *ret)
{
	struct error ignored;
	uint64_t *kept;
	size_t count;
	int result = generations(arena, paths, &kept, &count);

	for (size_t i = 0; !result && i < count; i++) {
		struct accepted accepted = { 0 };

		read_meta(arena, directory_of(arena, paths, kept[i]), &accepted, &ignored);
		for (size_t j = 0; j < accepted.objects.count; j++)
			*list_push(arena, ret) = accepted.objects.items[j].digest;
	}
	return result == -ENOENT ? 0 : result;
}

static int write_sources(struct arena *arena, const char *directory, const struct sources *sources)
{
	int result = 0;

	for (int tier = 0; !result && tier < TIER_COUNT; tier++)
		result = directory_ensure(
			arena_printf(arena, "%s/policy/%s", directory, tier_names[tier]), 0700);
	for (size_t i = 0; !result && i < sources->count; i++) {
		const struct source *source = &sources->items[i];

		result = file_create(arena_printf(arena, "%s/policy/%s/%s", directory,
						  tier_names[source->tier], source->name),
				     source->text, source->length);
	}
	for (int tier = 0; !result && tier < TIER_COUNT; tier++)
		result = directory_sync(
			arena_printf(arena, "%s/policy/%s", directory, tier_names[tier]));
	return result ? result : directory_sync(arena_printf(arena, "%s/policy", directory));
}

static const char *meta_text(struct arena *arena, const struct sources *sources,
			     const struct object_digests *objects, uint64_t generation)
{
	struct text text = TEXT(arena);
	char digest[65];

	policy_digest(sources, objects, digest);
	text_printf(&text, "generation %" PRIu64 "\ndigest %s\ntime %" PRId64 "\n", generation,
		    digest, (int64_t)time(NULL));
	for (size_t i = 0; i < objects->count; i++)
		text_printf(&text, "object %s %s\n", objects->items[i].program,
			    objects->items[i].digest);
	return text_string(&text);
}

/* A whole generation, on the disk, in a directory that nobody looks at yet. */
static int write_generation(struct arena *arena, const char *directory,
			    const struct sources *sources, const struct object_digests *objects,
			    uint64_t generation)
{
	const char *meta = meta_text(arena, sources, objects, generation);
	int result = write_sources(arena, directory, sources);

	if (result < 0)
		return result;
	result = file_create(arena_printf(arena, "%s/meta", directory), meta, strlen(meta));
	return result ? result : directory_sync(directory);
}

/* Gives it its name, in one step also where a damaged or unfinished one has that name already. */
static int install_generation(const char *temporary, const char *directory)
{
	if (!rename(temporary, directory))
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, directory, RENAME_EXCHANGE))
		return -errno;
	return directory_remove(temporary);
}

static int point_to(struct arena *arena, const struct paths *paths, const char *name)
{
	const char *link = arena_printf(arena, "%s/accepted", paths->state);
	const char *temporary = arena_printf(arena, "%s/.accepted", paths->state);

	if (unlink(temporary) && errno != ENOENT)
		return -errno;
	if (symlink(name, temporary) || rename(temporary, link))
		return -errno;
	return directory_sync(paths->state);
}

/* Left-overs cost space and nothing else, so failures are for the next time. */
static void remove_others(struct arena *arena, const struct paths *paths, uint64_t current,
			  uint64_t back)
{
	struct names names = { 0 };
	int64_t generation;

	if (directory_names(arena, paths->state, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];

		if (strncmp(name + (name[0] == '.'), prefix, strlen(prefix)) != 0 ||
		    (generation_of(name, &generation) &&
		     ((uint64_t)generation == current || (uint64_t)generation == back)))
			continue;
		(void)directory_remove(arena_printf(arena, "%s/%s", paths->state, name));
	}
}

int state_accept(const struct paths *paths, const struct sources *sources,
		 const struct object_digests *objects, uint64_t generation, uint64_t back,
		 struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *name = arena_printf(arena, "%s%" PRIu64, prefix, generation);
	const char *directory = directory_of(arena, paths, generation);
	char *temporary = arena_printf(arena, "%s/.%s.XXXXXX", paths->state, name);
	int result = directory_ensure(paths->state, 0700);

	if (!result && !mkdtemp(temporary))
		result = -errno;
	if (result)
		return error_errno(ret_error, result, "make a directory in %s", paths->state);
	result = write_generation(arena, temporary, sources, objects, generation);
	if (!result)
		result = install_generation(temporary, directory);
	if (result) {
		(void)directory_remove(temporary);
		return error_errno(ret_error, result, "write %s", directory);
	}
	result = point_to(arena, paths, name);
	if (result)
		return error_errno(ret_error, result, "point %s/accepted to %s", paths->state,
				   name);
	remove_others(arena, paths, generation, back);
	return 0;
}
