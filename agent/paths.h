/* SPDX-License-Identifier: GPL-2.0-only */
/* Where things are, below --root and --bpffs. */
#ifndef ORDAIN_AGENT_PATHS_H
#define ORDAIN_AGENT_PATHS_H

#include "error.h"
#include "policy/arena.h"

struct paths {
	const char *root; /* "" for the real one, no slash at its end */
	const char *etc; /* ROOT/etc/ordain */
	const char *run; /* ROOT/run/ordain */
	const char *hints; /* ROOT/usr/lib/ordain */
	const char *state; /* ROOT/var/lib/ordain */
	const char *bpffs; /* "/sys/fs/bpf" */
};

const struct paths *paths_new(struct arena *arena, const char *root, const char *bpffs);

/*
 * Makes sure that a BPF file system is at paths->bpffs, mounting one if the directory is plain.
 * Refuses (-EPERM) where such a mount would vanish with this process, because its mount namespace
 * is not that of the processes that started it (`ip netns exec`); the error says what to do.
 */
int bpffs_ensure(const struct paths *paths, struct error *ret_error);

/* Is a BPF file system there now? */
int bpffs_present(const struct paths *paths);

/* mkdir -p; existing directories are fine. 0 or -errno. */
int directory_ensure(const char *path, unsigned int mode);

/* Reads a whole regular file of at most `limit` bytes (-EFBIG beyond) into the arena. */
int file_read(struct arena *arena, const char *path, size_t limit, const char **ret_bytes,
	      size_t *ret_length);

/* Replaces a file as a whole: temporary file in the same directory, fsync, rename. */
int file_replace(const char *path, const void *bytes, size_t length);

#endif
