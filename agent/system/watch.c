/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "policy/base/arena.h"

/*
 * In a directory that matters every change does: renames (most writers), content (`echo >`), links
 * (a volume's ..data), owner and mode (fixed after the rename by some writers).
 */
#define WHOLE_DIRECTORY                                                                            \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |        \
	 IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

/* In its parent only the entry itself: made, replaced, or a link pointed to somewhere else. */
#define ONE_ENTRY                                                                                  \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)

/* What an inode is watched for. The kernel has one watch for each inode, however many want it. */
struct interest {
	int wd;
	const char *name; /* the entry that matters; NULL: all of the directory */
};

struct interests {
	struct interest *items;
	size_t count;
};

struct watch {
	int fd;
	struct arena *arena; /* holds the interests of one watch_set() */
	struct interests interests;
};

struct watch *watch_open(void)
{
	struct watch *watch;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return NULL;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		abort();
	watch->fd = fd;
	watch->arena = arena_new();
	return watch;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	close(watch->fd);
	arena_free(watch->arena);
	free(watch);
}

int watch_fd(const struct watch *watch)
{
	return watch->fd;
}

/*
 * True if the path is a directory that is watched now. The kernel looks the path up itself and
 * finds the watch that the inode has already, so nothing can be replaced between a look and a watch.
 */
static bool add(struct watch *watch, struct arena *arena, struct interests *interests,
		const char *path, const char *name)
{
	int wd = inotify_add_watch(watch->fd, path,
				   (name ? ONE_ENTRY : WHOLE_DIRECTORY) | IN_ONLYDIR | IN_MASK_ADD);

	if (wd < 0)
		return false;
	*list_push(arena, interests) = (struct interest){ wd, name };
	return true;
}

/* "." for a relative path of one component; NULL for "/". */
static const char *parent_of(struct arena *arena, const char *path)
{
	size_t length = strlen(path);

	while (length && path[length - 1] != '/')
		length--;
	if (!length)
		return strcmp(path, ".") ? "." : NULL;
	while (length > 1 && path[length - 1] == '/')
		length--;
	return strcmp(path, "/") ? arena_strndup(arena, path, length) : NULL;
}

static const char *name_in_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *without_slashes_behind(struct arena *arena, const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return arena_strndup(arena, path, length);
}

/*
 * The parent goes first, and what is below a parent is looked at again once that is watched: so
 * whatever comes into being in between is either found here or told of.
 */
static void add_directory(struct watch *watch, struct arena *arena, struct interests *interests,
			  const char *path)
{
	const char *parent = parent_of(arena, path);

	if (parent && !add(watch, arena, interests, parent, name_in_parent(path))) {
		add_directory(watch, arena, interests, parent);
		(void)add(watch, arena, interests, parent, name_in_parent(path));
	}
	(void)add(watch, arena, interests, path, NULL);
}

static bool is_wanted(const struct interests *interests, int wd)
{
	for (size_t i = 0; i < interests->count; i++)
		if (interests->items[i].wd == wd)
			return true;
	return false;
}

void watch_set(struct watch *watch, const char *const *directories, size_t count)
{
	struct arena *arena = arena_new();
	struct interests interests = { 0 };

	for (size_t i = 0; i < count; i++)
		add_directory(watch, arena, &interests,
			      without_slashes_behind(arena, directories[i]));
	/* Of directories that are gone the kernel removed the watch itself: EINVAL, and good. */
	for (size_t i = 0; i < watch->interests.count; i++)
		if (!is_wanted(&interests, watch->interests.items[i].wd))
			(void)inotify_rm_watch(watch->fd, watch->interests.items[i].wd);
	arena_free(watch->arena);
	watch->arena = arena;
	watch->interests = interests;
}

static bool matters(const struct watch *watch, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; i < watch->interests.count; i++) {
		const struct interest *interest = &watch->interests.items[i];

		/* An event without a name is about the directory itself. */
		if (interest->wd == event->wd &&
		    (!interest->name || !event->len || !strcmp(interest->name, event->name)))
			return true;
	}
	return false;
}

bool watch_drain(struct watch *watch)
{
	_Alignas(struct inotify_event) char bytes[16 * 1024];
	bool found = false;

	for (;;) {
		ssize_t length = read(watch->fd, bytes, sizeof(bytes));
		const char *at = bytes;

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return found;
		while (at < bytes + length) {
			const struct inotify_event *event = (const void *)at;

			found |= matters(watch, event);
			at += sizeof(*event) + event->len;
		}
	}
}
