/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/netlink.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/system/files.h"

enum { FIRST_SIZE = 32 * 1024, SEQUENCE = 1 };

int netlink_open(int flags, unsigned int groups)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd __attribute__((cleanup(fd_cleanup))) =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return fd_take(&fd);
}

struct buffer {
	void *bytes;
	size_t size;
};

static void buffer_cleanup(struct buffer *buffer)
{
	free(buffer->bytes);
}

/* Receives one datagram whole, whatever its size; its length or -errno. */
static ssize_t receive(int fd, struct buffer *buffer)
{
	ssize_t length;

	do
		length = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if ((size_t)length > buffer->size) {
		void *bytes = realloc(buffer->bytes, (size_t)length);

		if (!bytes)
			return -ENOMEM;
		*buffer = (struct buffer){ bytes, (size_t)length };
	}
	do
		length = recv(fd, buffer->bytes, buffer->size, 0);
	while (length < 0 && errno == EINTR);
	return length < 0 ? -errno : length;
}

const struct nlmsghdr *netlink_next(const void *bytes, size_t length, size_t *offset)
{
	const struct nlmsghdr *message = (const void *)((const char *)bytes + *offset);
	size_t left = length - *offset;

	if (left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    message->nlmsg_len > left)
		return NULL;
	*offset += NLMSG_ALIGN(message->nlmsg_len) < left ? NLMSG_ALIGN(message->nlmsg_len) : left;
	return message;
}

/* 1: the dump is complete. 0: more follows. -EINTR: the list changed under it. -errno. */
static int take_all(const struct buffer *buffer, size_t length,
		    void (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	const struct nlmsghdr *message;
	size_t offset = 0;

	while ((message = netlink_next(buffer->bytes, length, &offset))) {
		int result = 0;

		if (message->nlmsg_seq != SEQUENCE)
			continue;
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
			/* Both begin with an error number: 0 or negative. */
			if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(result)))
				memcpy(&result, NLMSG_DATA(message), sizeof(result));
			return result < 0 ? result : 1;
		}
		take(context, message);
	}
	return 0;
}

int netlink_dump(int fd, struct nlmsghdr *request,
		 void (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	struct buffer buffer
		__attribute__((cleanup(buffer_cleanup))) = { calloc(1, FIRST_SIZE), FIRST_SIZE };
	int result = 0;

	if (!buffer.bytes)
		return -ENOMEM;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = SEQUENCE;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	while (!result) {
		ssize_t length = receive(fd, &buffer);

		if (length < 0)
			return (int)length;
		result = take_all(&buffer, (size_t)length, take, context);
	}
	return result < 0 ? result : 0;
}
