/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inotify as a hint: "something changed, look at everything again". Watches the policy directories,
 * their nearest existing parents (for the one entry that leads to them), the directories of the
 * objects, and the state directory's marks. What inotify cannot see is what the caller's slow poll
 * is for: bind mounts, links further up a path, network file systems.
 *
 * No change is lost to whoever first drains, then sets, then reads the files.
 */
#ifndef ORDAIN_AGENT_SYSTEM_WATCH_H
#define ORDAIN_AGENT_SYSTEM_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct watch;

/* NULL with errno set if the kernel has no more of them. */
struct watch *watch_open(void);

/* NULL is fine. */
void watch_close(struct watch *watch);

/* To be waited on for reading; stays the same until close. */
int watch_fd(const struct watch *watch);

/*
 * Watches exactly these directories from now on (for one that does not exist: its nearest existing
 * parent). Cheap when nothing changed. Directories that were replaced since are watched anew.
 */
void watch_set(struct watch *watch, const char *const *directories, size_t count);

/* Reads everything waiting. True if anything that may matter happened (an overflow does). */
bool watch_drain(struct watch *watch);

#endif
