/* SPDX-License-Identifier: GPL-2.0-only */
/* The last good chain of each hook. */
#include "agent/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "agent/state/state_text.h"

/* 255 elements with every name as long as it may be. */
enum { CHAIN_MAX_BYTES = 1024 * 1024 };

/* A hook's name has no dot in it, so the last dot is the one between the two. */
static const char *chain_path(struct arena *arena, const struct paths *paths, const char *interface,
			      enum hook hook)
{
	return arena_printf(arena, "%s/chains/%s.%s", paths->state, name_escape(arena, interface),
			    hook_name(hook));
}

/* *ret is NULL with 0 if there is no such file, or none that is whole. */
static int read_chain(struct arena *arena, const char *path, const struct last_good **ret)
{
	struct last_good *last_good = arena_alloc(arena, sizeof(*last_good));
	struct cursor cursor;
	int64_t generation;
	size_t length;
	int result = file_read(arena, path, CHAIN_MAX_BYTES, &cursor.at, &length);

	if (result == -EACCES || result == -EPERM || result == -EIO)
		return result;
	*ret = NULL;
	if (result < 0)
		return 0;
	cursor.end = cursor.at + length;
	if (!cursor_number(arena, &cursor, "generation", &generation))
		return 0;
	last_good->generation = (uint64_t)generation;
	last_good->manifest = manifest_parse(arena, cursor.at, (size_t)(cursor.end - cursor.at));
	if (last_good->manifest)
		*ret = last_good;
	return 0;
}

int state_last_good(struct arena *arena, const struct paths *paths, const char *interface,
		    enum hook hook, const struct last_good **ret)
{
	const struct last_good *last_good;
	int result = read_chain(arena, chain_path(arena, paths, interface, hook), &last_good);

	if (result < 0)
		return result;
	*ret = last_good && last_good->manifest->hook == hook ? last_good : NULL;
	return 0;
}

int state_last_good_digests(struct arena *arena, const struct paths *paths, struct names *ret)
{
	const char *directory = arena_printf(arena, "%s/chains", paths->state);
	struct names files = { 0 };
	int result = directory_names(arena, directory, &files);

	*ret = (struct names){ 0 };
	for (size_t i = 0; result >= 0 && i < files.count; i++) {
		const struct last_good *last_good;

		result = read_chain(arena, arena_printf(arena, "%s/%s", directory, files.items[i]),
				    &last_good);
		for (size_t j = 0; !result && last_good && j < last_good->manifest->count; j++)
			*list_push(arena, ret) = last_good->manifest->items[j].digest;
	}
	return result == -ENOENT ? 0 : result;
}

static int remove_file(const char *path)
{
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

int state_set_last_good(const struct paths *paths, const char *interface, enum hook hook,
			uint64_t generation, const struct manifest *manifest,
			struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path = chain_path(arena, paths, interface, hook);
	const char *text;
	int result;

	if (!manifest) {
		result = remove_file(path);
		return result ? error_errno(ret_error, result, "remove %s", path) : 0;
	}
	result = directory_ensure(arena_printf(arena, "%s/chains", paths->state), 0700);
	if (!result) {
		text = arena_printf(arena, "generation %" PRIu64 "\n%s", generation,
				    manifest_text(arena, manifest));
		result = file_replace(path, text, strlen(text));
	}
	return result ? error_errno(ret_error, result, "write %s", path) : 0;
}
