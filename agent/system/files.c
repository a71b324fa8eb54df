/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void dir_cleanup(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static void string_cleanup(char **string)
{
	free(*string);
}

static int make_directory(const char *path, unsigned int mode)
{
	struct stat st;

	if (!mkdir(path, mode))
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int directory_ensure(const char *path, unsigned int mode)
{
	char *copy __attribute__((cleanup(string_cleanup))) = strdup(path);
	int result;

	if (!copy)
		return -ENOMEM;
	for (char *slash = strchr(copy + 1, '/'); *copy && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		result = make_directory(copy, mode);
		if (result < 0)
			return result;
		*slash = '/';
	}
	return make_directory(path, mode);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int directory_names(struct arena *arena, const char *path, struct names *ret)
{
	DIR *directory __attribute__((cleanup(dir_cleanup))) = opendir(path);
	struct names names = { 0 };

	if (!directory)
		return -errno;
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			*list_push(arena, &names) = arena_strdup(arena, entry->d_name);
	}
	if (errno)
		return -errno;
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	*ret = names;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path) && errno != ENOENT ? -errno : 0;
}

int directory_remove(const char *path)
{
	enum { DESCRIPTORS = 16 };
	/* Not FTW_MOUNT: on overlayfs a directory and its files have different device numbers. */
	int result = nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);

	/* nftw() says -1 for its own failures; what remove_one() says may be -EPERM, the same. */
	if (result == -1)
		result = errno == ENOENT ? 0 : -errno;
	return result;
}

int directory_stat(const char *path, struct stat *ret)
{
	int fd __attribute__((cleanup(fd_cleanup))) = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fstat(fd, ret) ? -errno : 0;
}

int directory_sync(const char *path)
{
	int fd __attribute__((cleanup(fd_cleanup))) =
		open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fsync(fd) ? -errno : 0;
}

/* Reads until the end of the file or until `size` bytes are there; how many, or -errno. */
static ssize_t read_up_to(int fd, char *bytes, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, bytes + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

int file_open(const char *path, struct stat *ret)
{
	int fd __attribute__((cleanup(fd_cleanup))) =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, ret))
		return -errno;
	return fd_take(&fd);
}

int file_read_opened(struct arena *arena, int fd, const struct stat *st, size_t limit,
		     const char **ret_bytes, size_t *ret_length)
{
	ssize_t used;
	size_t size;
	char *bytes;

	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	if ((uintmax_t)st->st_size > limit)
		return -EFBIG;
	/* One more than it has: a file that grew meanwhile is read anew, with all that is allowed. */
	for (size = (size_t)st->st_size + 1;; size = limit + 1) {
		bytes = arena_alloc(arena, size + 1);
		if (lseek(fd, 0, SEEK_SET) < 0)
			return -errno;
		used = read_up_to(fd, bytes, size);
		if (used < 0)
			return (int)used;
		if ((size_t)used < size)
			break;
		if (size > limit)
			return -EFBIG;
	}
	bytes[used] = '\0';
	*ret_bytes = bytes;
	*ret_length = (size_t)used;
	return 0;
}

int file_read(struct arena *arena, const char *path, size_t limit, const char **ret_bytes,
	      size_t *ret_length)
{
	struct stat st;
	int fd __attribute__((cleanup(fd_cleanup))) = file_open(path, &st);

	return fd < 0 ? fd : file_read_opened(arena, fd, &st, limit, ret_bytes, ret_length);
}

static int write_through(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t put = write(fd, bytes, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes += put;
		length -= (size_t)put;
	}
	return fsync(fd) ? -errno : 0;
}

int file_create(const char *path, const void *bytes, size_t length)
{
	int fd __attribute__((cleanup(fd_cleanup))) =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : write_through(fd, bytes, length);
}

int file_replace(const char *path, const void *bytes, size_t length)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *directory __attribute__((cleanup(string_cleanup))) =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
	char *temporary __attribute__((cleanup(string_cleanup))) = NULL;
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	int result;

	if (!directory || asprintf(&temporary, "%s.%s.XXXXXX", directory, name) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = write_through(fd, bytes, length);
	if (!result && rename(temporary, path))
		result = -errno;
	if (result) {
		unlink(temporary);
		return result;
	}
	return directory_sync(directory);
}
