/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The length of the address, 0 if there is nobody to tell. */
static socklen_t socket_address(struct sockaddr_un *ret)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	if (!length || length >= sizeof(ret->sun_path) || (path[0] != '/' && path[0] != '@'))
		return 0;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, path, length);
	if (path[0] == '@')
		ret->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Failures are ignored: whoever started us may not listen, and that stops no packet. */
void notify(const char *format, ...)
{
	const struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_un address;
	socklen_t size = socket_address(&address);
	char *message;
	va_list args;
	int length;
	int fd;

	if (!size)
		return;
	va_start(args, format);
	length = vasprintf(&message, format, args);
	va_end(args);
	if (length < 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* A supervisor that does not read has a queue that is full: chains do not wait for it. */
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience))) {
		(void)!sendto(fd, message, (size_t)length, MSG_NOSIGNAL,
			      (const struct sockaddr *)&address, size);
	}
	if (fd >= 0)
		close(fd);
	free(message);
}
