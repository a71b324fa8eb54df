/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "agent/kernel/interfaces.h"

enum { PASS_PATIENCE = 10 /* seconds */, PAUSE = 20 * 1000 * 1000 /* nanoseconds */, TRIES = 1000 };

/* The directory that the lock is on. 0 or -errno. */
static int lock_path(struct arena *arena, const struct paths *paths, enum lock_kind kind,
		     const char **ret)
{
	uint64_t cookie;
	int result = netns_cookie(&cookie);

	if (result < 0)
		return result;
	*ret = arena_printf(arena, "%s/ordain/netns-%" PRIu64 "%s", paths->bpffs, cookie,
			    kind == LOCK_PASS ? "/pass" : "");
	return 0;
}

/* All that we make below the mount is for root alone; directory_ensure() would open the parents. */
static int make_directories(struct arena *arena, const struct paths *paths, const char *path)
{
	char *copy = arena_strdup(arena, path);
	char *slash = copy + strlen(paths->bpffs);

	for (;;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(copy, 0700) && errno != EEXIST)
			return -errno;
		if (!slash)
			return 0;
		*slash = '/';
	}
}

/* Somebody may have removed the directory, and made it anew, between our open and our lock. */
static bool still_names(const char *path, int fd)
{
	struct stat held;
	struct stat named;

	return !fstat(fd, &held) && !stat(path, &named) && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

/* A descriptor that holds the lock; -EWOULDBLOCK if someone else has it; -errno. */
static int try_lock(struct arena *arena, const struct paths *paths, const char *path)
{
	/* A symbolic link to nowhere can be made for ever and never be opened. */
	for (int i = 0; i < TRIES; i++) {
		int fd __attribute__((cleanup(fd_cleanup))) = -1;
		int result = make_directories(arena, paths, path);

		if (result < 0)
			return result;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
			return -errno;
		if (still_names(path, fd))
			return fd_take(&fd);
	}
	return -ENOENT;
}

/*
 * The process that holds a lock on that directory; 0 if none that /proc shows: it leaves out those
 * that our namespace of process ids does not have.
 */
static int holder_of(const char *path)
{
	unsigned int device[2];
	unsigned long inode;
	struct stat st;
	char line[256];
	FILE *locks;
	int holder = 0;
	int pid;

	if (stat(path, &st))
		return 0;
	locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	/* "1: FLOCK  ADVISORY  WRITE 812 00:27:14945 0 EOF"; who only waits has "->" after "1:". */
	while (!holder && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &device[0], &device[1],
			   &inode) == 4 &&
		    makedev(device[0], device[1]) == st.st_dev && inode == st.st_ino)
			holder = pid;
	fclose(locks);
	return holder;
}

/* "(ordain, pid 812)" */
static const char *holder_words(struct arena *arena, const char *path)
{
	int pid = holder_of(path);
	char name[32] = "";
	FILE *comm;

	if (!pid)
		return "(a process that cannot be seen from here)";
	comm = fopen(arena_printf(arena, "/proc/%d/comm", pid), "re");
	if (comm) {
		if (fgets(name, sizeof(name), comm))
			name[strcspn(name, "\n")] = '\0';
		fclose(comm);
	}
	return arena_printf(arena, "(%s%spid %d)", name, *name ? ", " : "", pid);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int lock_take(const struct paths *paths, enum lock_kind kind, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const struct timespec pause = { .tv_nsec = PAUSE };
	int64_t patience = kind == LOCK_PASS ? PASS_PATIENCE * 1000 : 0;
	int64_t start = now();
	const char *path;
	int result = lock_path(arena, paths, kind, &path);

	if (result < 0)
		return error_errno(ret_error, result, "tell this network namespace from others");
	while ((result = try_lock(arena, paths, path)) == -EWOULDBLOCK && now() - start < patience)
		nanosleep(&pause, NULL);
	if (result >= 0)
		return result;
	if (result != -EWOULDBLOCK)
		return error_errno(ret_error, result, "lock %s", path);
	if (kind == LOCK_AGENT)
		return error_set(ret_error, result,
				 "another agent %s holds this network namespace's chains",
				 holder_words(arena, path));
	return error_set(ret_error, result,
			 "another process %s has worked on this network namespace's chains for "
			 "%d seconds",
			 holder_words(arena, path), PASS_PATIENCE);
}

bool lock_stands(const struct paths *paths, enum lock_kind kind, int lock)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path;

	return lock_path(arena, paths, kind, &path) >= 0 && still_names(path, lock);
}

int lock_agent_pid(const struct paths *paths)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const char *path;

	return lock_path(arena, paths, LOCK_AGENT, &path) < 0 ? 0 : holder_of(path);
}
