/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/pin_watch.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

struct pin_watch {
	int fd;
	bool blind; /* a directory could not be watched */
};

struct pin_watch *pin_watch_open(void)
{
	struct pin_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		abort();
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->fd >= 0)
		return watch;
	free(watch);
	return NULL;
}

void pin_watch_close(struct pin_watch *watch)
{
	if (!watch)
		return;
	close(watch->fd);
	free(watch);
}

void pin_watch_add(struct pin_watch *watch, const char *directory)
{
	/* Only what takes away: our own swaps make pins, and remove some, which costs one look. */
	const unsigned int mask = IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF |
				  IN_UNMOUNT | IN_ONLYDIR;

	if (watch && inotify_add_watch(watch->fd, directory, mask) < 0)
		watch->blind = true;
}

bool pin_watch_touched(struct pin_watch *watch)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool touched;

	if (!watch)
		return true;
	touched = watch->blind;
	watch->blind = false;
	while (read(watch->fd, events, sizeof(events)) > 0)
		touched = true;
	return touched;
}
