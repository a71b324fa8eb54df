/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/kernel/chain_pins.h"
#include "agent/system/paths.h"

enum { DIGEST_SHOWN = 12 };

static const char *directory_name(struct arena *arena, const struct manifest_element *element)
{
	return arena_printf(arena, "%s@%.*s", element->name, DIGEST_SHOWN, element->digest);
}

const char *pins_maps(struct arena *arena, const struct pins *pins,
		      const struct manifest_element *element)
{
	return arena_printf(arena, "%s/objects/%s", pins->directory,
			    directory_name(arena, element));
}

static const char *public_path(struct arena *arena, const struct pins *pins, const char *name,
			       size_t length)
{
	return arena_printf(arena, "%s/ordain/maps/%.*s", pins->bpffs, (int)length, name);
}

const char *pins_replaced_maps(struct arena *arena, const struct pins *pins,
			       const struct manifest_element *element)
{
	const char *path = public_path(arena, pins, element->name, strlen(element->name));
	char now[PATH_MAX];
	ssize_t length = readlink(path, now, sizeof(now) - 1);

	if (length <= 0)
		return NULL;
	now[length] = '\0';
	/* That of another network namespace is none of ours. */
	if (strncmp(now, pins->directory, strlen(pins->directory)) != 0 ||
	    !strcmp(now, pins_maps(arena, pins, element)))
		return NULL;
	return arena_strdup(arena, now);
}

int pins_make_maps(const struct pins *pins, const struct manifest_element *element,
		   struct error *ret_error)
{
	struct arena *arena = arena_new();
	const char *path = pins_maps(arena, pins, element);
	int result = pins_allow(pins, "make a directory");

	if (!result)
		result = directory_ensure(path, 0700);
	if (result)
		error_errno(ret_error, result, "make %s", path);
	arena_free(arena);
	return result;
}

static int replace_link(const struct pins *pins, const char *target, const char *path,
			const char *fresh)
{
	char now[PATH_MAX];
	ssize_t length = readlink(path, now, sizeof(now) - 1);
	int result;

	if (length > 0) {
		now[length] = '\0';
		if (!strcmp(now, target))
			return 0;
	}
	result = pins_allow(pins, "publish maps");
	if (result)
		return result;
	unlink(fresh);
	if (symlink(target, fresh) || rename(fresh, path))
		return -errno;
	return 0;
}

int pins_publish_maps(const struct pins *pins, const struct manifest_element *element,
		      struct error *ret_error)
{
	struct arena *arena = arena_new();
	const char *maps = arena_printf(arena, "%s/ordain/maps", pins->bpffs);
	const char *path = public_path(arena, pins, element->name, strlen(element->name));
	int result = directory_ensure(maps, 0700);

	/* No program's name has a tilde, so this one is free. */
	if (!result)
		result = replace_link(pins, pins_maps(arena, pins, element), path,
				      arena_printf(arena, "%s~", path));
	if (result)
		error_errno(ret_error, result, "publish the maps at %s", path);
	arena_free(arena);
	return result;
}

static bool is_used(struct arena *arena, const char *name, const struct manifest *const *used,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < used[i]->count; j++)
			if (!strcmp(name, directory_name(arena, &used[i]->items[j])))
				return true;
	return false;
}

/* Does the name lead to the maps of some element in force, or to those of another namespace? */
static bool is_published(struct arena *arena, const struct pins *pins, const char *name,
			 const struct manifest *const *used, size_t count)
{
	const char *path = public_path(arena, pins, name, strlen(name));
	char now[PATH_MAX];
	ssize_t length = readlink(path, now, sizeof(now) - 1);

	if (length <= 0 || access(path, F_OK))
		return false;
	now[length] = '\0';
	return strncmp(now, pins->directory, strlen(pins->directory)) != 0 ||
	       is_used(arena, strrchr(now, '/') + 1, used, count);
}

int pins_publish_missing(const struct pins *pins, const struct manifest *const *used, size_t count,
			 struct error *ret_error)
{
	struct arena *arena = arena_new();
	int result = 0;

	for (size_t i = 0; !result && i < count; i++)
		for (size_t j = 0; !result && j < used[i]->count; j++) {
			const struct manifest_element *element = &used[i]->items[j];

			if (!access(pins_maps(arena, pins, element), F_OK) &&
			    !is_published(arena, pins, element->name, used, count))
				result = pins_publish_maps(pins, element, ret_error);
		}
	arena_free(arena);
	return result;
}

/* Only files: what is no pin of ours stays, and then the directory does too. */
static void remove_maps(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(path);
}

/* The public name goes with the last object that it pointed to. */
static void withdraw_name(struct arena *arena, const struct pins *pins, const char *target,
			  const char *directory)
{
	const char *path = public_path(arena, pins, directory, strcspn(directory, "@"));
	char now[PATH_MAX];
	ssize_t length = readlink(path, now, sizeof(now) - 1);

	if (length <= 0)
		return;
	now[length] = '\0';
	if (!strcmp(now, target))
		unlink(path);
}

int pins_sweep_maps(const struct pins *pins, const struct manifest *const *used, size_t count,
		    struct error *ret_error)
{
	struct arena *arena = arena_new();
	const char *objects = arena_printf(arena, "%s/objects", pins->directory);
	DIR *directory = opendir(objects);
	struct dirent *entry;
	int result = 0;

	while (directory && !result && (entry = readdir(directory))) {
		const char *path = arena_printf(arena, "%s/%s", objects, entry->d_name);

		if (!strchr(entry->d_name, '@') || is_used(arena, entry->d_name, used, count))
			continue;
		result = pins_allow(pins, "unpin maps");
		if (result) {
			error_errno(ret_error, result, "remove %s", path);
			break;
		}
		remove_maps(path);
		withdraw_name(arena, pins, path, entry->d_name);
	}
	if (directory)
		closedir(directory);
	if (!count)
		rmdir(objects);
	arena_free(arena);
	return result;
}
