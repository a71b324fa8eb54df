/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/metrics/socket.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/system/files.h"

/* Few come at the same time, and they wait in this line if they do. */
enum { BACKLOG = 8, DIRECTORY_MODE = 0755, SOCKET_UMASK = 0117 };

static int address_of(const char *path, struct sockaddr_un *ret, struct error *ret_error)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return error_set(ret_error, -ENAMETOOLONG,
				 "%s is too long a path for a socket: %zu characters, not %zu",
				 path, strlen(path), sizeof(ret->sun_path) - 1);
	strcpy(ret->sun_path, path);
	return 0;
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* What a killed process left refuses to be connected to. */
static int is_stale(const struct sockaddr_un *address)
{
	int fd __attribute__((cleanup(fd_cleanup))) = open_socket();

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		return 0;
	return errno == ECONNREFUSED;
}

static int clear_place(const struct sockaddr_un *address, struct error *ret_error)
{
	const char *path = address->sun_path;
	struct stat there;

	if (lstat(path, &there))
		return errno == ENOENT ? 0 : error_errno(ret_error, -errno, "look at %s", path);
	if (!S_ISSOCK(there.st_mode))
		return error_set(ret_error, -EEXIST, "%s is there, and is no socket", path);
	if (is_stale(address) <= 0)
		return error_set(ret_error, -EADDRINUSE, "another process listens on %s", path);
	if (unlink(path) && errno != ENOENT)
		return error_errno(ret_error, -errno, "remove the socket %s", path);
	return 0;
}

/* With the umask, since a mode that comes later would leave a moment before it. */
static int bind_to(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(SOCKET_UMASK);
	int result = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;

	umask(before);
	return result;
}

int socket_listen(const char *path, struct stat *ret_file, struct error *ret_error)
{
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct sockaddr_un address;
	int result = address_of(path, &address, ret_error);

	if (result)
		return result;
	strcpy(directory, address.sun_path);
	result = directory_ensure(dirname(directory), DIRECTORY_MODE);
	if (result)
		return error_errno(ret_error, result, "make the directory %s", directory);
	result = clear_place(&address, ret_error);
	if (result)
		return result;
	fd = open_socket();
	if (fd < 0)
		return error_errno(ret_error, -errno, "make a socket");
	result = bind_to(fd, &address);
	if (!result && (lstat(path, ret_file) || listen(fd, BACKLOG)))
		result = -errno;
	if (result)
		return error_errno(ret_error, result, "listen on %s", path);
	return fd_take(&fd);
}

void socket_remove(const char *path, const struct stat *file)
{
	struct stat there;

	if (!lstat(path, &there) && there.st_ino == file->st_ino && there.st_dev == file->st_dev)
		unlink(path);
}
