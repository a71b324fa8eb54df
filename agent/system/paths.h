/* SPDX-License-Identifier: GPL-2.0-only */
/* Where things are, below --root and --bpffs. */
#ifndef ORDAIN_AGENT_SYSTEM_PATHS_H
#define ORDAIN_AGENT_SYSTEM_PATHS_H

#include "agent/system/error.h"
#include "agent/system/files.h"
#include "policy/base/arena.h"

struct paths {
	const char *root; /* "" for the real one, no slash at its end */
	const char *journal; /* ROOT/run/systemd/journal/socket: a rehearsal has none, or its own */
	const char *etc; /* ROOT/etc/ordain */
	const char *run; /* ROOT/run/ordain */
	const char *hints; /* ROOT/usr/lib/ordain */
	const char *state; /* ROOT/var/lib/ordain */
	/*
	 * ROOT/run/ordain-agent/metrics.sock. Not in the policy directory of /run: systemd removes
	 * this one with the agent, and the agent need not be allowed to write that one.
	 */
	const char *metrics;
	const char *bpffs; /* "/sys/fs/bpf" */
};

/* Copies both; NULL or "" (and "/" for the root) mean the real ones. */
const struct paths *paths_new(struct arena *arena, const char *root, const char *bpffs);

/*
 * Makes sure that a BPF file system is at paths->bpffs, mounting one (mode 0700) if the directory
 * is plain and empty or can be made; -ENOTEMPTY rather than hiding somebody's files.
 * Refuses (-EPERM) where such a mount would vanish with this process, because its mount namespace
 * is not that of the processes that started it (`ip netns exec`); the error says what to do.
 */
int bpffs_ensure(const struct paths *paths, struct error *ret_error);

/* Is a BPF file system there now? 1 or 0; what cannot be looked at is none. */
int bpffs_present(const struct paths *paths);

#endif
