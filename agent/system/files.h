/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole files and directories: read at once, replaced at once, so that nobody sees a half. */
#ifndef ORDAIN_AGENT_SYSTEM_FILES_H
#define ORDAIN_AGENT_SYSTEM_FILES_H

#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/arena.h"

/* For __attribute__((cleanup(fd_cleanup))): closes unless the descriptor is negative. */
static inline void fd_cleanup(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Gives a descriptor away: the variable has none any more. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* mkdir -p: `mode` is for each that is made. Existing directories are fine. 0 or -errno. */
int directory_ensure(const char *path, unsigned int mode);

struct names {
	const char **items;
	size_t count;
};

/* Everything in a directory but "." and "..", sorted by strcmp(). 0 or -errno. */
int directory_names(struct arena *arena, const char *path, struct names *ret);

/* What is there once links are followed; -ENOTDIR if it is no directory. 0 or -errno. */
int directory_stat(const char *path, struct stat *ret);

/* rm -r: follows no link. What is not there is fine. 0 or -errno. */
int directory_remove(const char *path);

/* Makes what was created, renamed and removed in a directory last over a crash. 0 or -errno. */
int directory_sync(const char *path);

/*
 * Opens a file to read it, and says what it is. Waits for nobody at the other end of a pipe, and
 * gets no terminal. The caller closes; -errno.
 */
int file_open(const char *path, struct stat *ret);

/*
 * Reads a whole file of at most `limit` bytes into the arena, with a NUL behind them that
 * *ret_length does not count. Never blocks. -EFBIG: larger; -EISDIR: a directory; -EINVAL: neither
 * that nor a regular file.
 */
int file_read(struct arena *arena, const char *path, size_t limit, const char **ret_bytes,
	      size_t *ret_length);

/* The same for a file just opened by file_open(). */
int file_read_opened(struct arena *arena, int fd, const struct stat *st, size_t limit,
		     const char **ret_bytes, size_t *ret_length);

/* Writes a file that must not exist yet, to the disk. Mode 0600. 0 or -errno. */
int file_create(const char *path, const void *bytes, size_t length);

/*
 * Replaces a file as a whole: temporary file in the same directory (with a dot in front, so that
 * none who reads directories takes it for one of theirs), fsync, rename. Mode 0600. 0 or -errno.
 */
int file_replace(const char *path, const void *bytes, size_t length);

#endif
