/* SPDX-License-Identifier: GPL-2.0-only */
#include "interfaces.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "interface_facts.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14; younger than some C libraries in use */
#endif

enum { FIRST_SIZE = 32 * 1024, ATTEMPTS = 16 };

static int open_socket(int flags, unsigned int groups)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd __attribute__((cleanup(fd_cleanup))) =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return fd_take(&fd);
}

/* Asks for every link, without the statistics that make most of an answer. */
static int ask(int fd, uint32_t sequence)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr attribute;
		uint32_t mask;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			    .nlmsg_seq = sequence },
		.info = { .ifi_family = AF_UNSPEC },
		.attribute = { .rta_len = RTA_LENGTH(sizeof(uint32_t)), .rta_type = IFLA_EXT_MASK },
		.mask = RTEXT_FILTER_SKIP_STATS,
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
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

/* The next message of a datagram, NULL behind the last; *offset goes from 0 to its length. */
static const struct nlmsghdr *next_message(const void *bytes, size_t length, size_t *offset)
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
static int take(struct arena *arena, const struct buffer *buffer, size_t length, uint32_t sequence,
		struct links *links)
{
	const struct nlmsghdr *message;
	size_t offset = 0;

	while ((message = next_message(buffer->bytes, length, &offset))) {
		int result = 0;

		if (message->nlmsg_seq != sequence)
			continue;
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
			/* Both begin with an error number: 0 or negative. */
			if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(result)))
				memcpy(&result, NLMSG_DATA(message), sizeof(result));
			return result < 0 ? result : 1;
		}
		if (message->nlmsg_type == RTM_NEWLINK &&
		    message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
			links_add(arena, message, links);
	}
	return 0;
}

static int dump(struct arena *arena, uint32_t sequence, struct interfaces *ret)
{
	struct buffer buffer
		__attribute__((cleanup(buffer_cleanup))) = { calloc(1, FIRST_SIZE), FIRST_SIZE };
	/* A socket for each try: what is left of an interrupted dump goes with it. */
	int fd __attribute__((cleanup(fd_cleanup))) = open_socket(0, 0);
	struct links links = { 0 };
	int result;

	if (!buffer.bytes)
		return -ENOMEM;
	if (fd < 0)
		return fd;
	result = ask(fd, sequence);
	while (!result) {
		ssize_t length = receive(fd, &buffer);

		if (length < 0)
			return (int)length;
		result = take(arena, &buffer, (size_t)length, sequence, &links);
	}
	if (result < 0)
		return result;
	*ret = links_interfaces(arena, &links);
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i].driver = interface_driver(arena, fd, ret->items[i].name);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct interface *)a)->name, ((const struct interface *)b)->name);
}

/* A dump over a rename can name one interface twice without being marked as interrupted. */
static bool names_are_unique(const struct interfaces *list)
{
	for (size_t i = 1; i < list->count; i++)
		if (!strcmp(list->items[i - 1].name, list->items[i].name))
			return false;
	return true;
}

int interfaces_list(struct arena *arena, struct interfaces *ret, struct error *ret_error)
{
	int result = -EINTR;

	for (uint32_t attempt = 1; result == -EINTR && attempt <= ATTEMPTS; attempt++) {
		struct interfaces list = { 0 };

		result = dump(arena, attempt, &list);
		if (result)
			continue;
		if (list.count)
			qsort(list.items, list.count, sizeof(*list.items), compare);
		if (names_are_unique(&list))
			*ret = list;
		else
			result = -EINTR;
	}
	return result ? error_errno(ret_error, result, "list the network interfaces") : 0;
}

int interfaces_watch(void)
{
	return open_socket(SOCK_NONBLOCK, RTMGRP_LINK);
}

/* Does that datagram speak of a link that appeared, changed or went? */
static bool speaks_of_links(const void *bytes, size_t length)
{
	const struct nlmsghdr *message;
	size_t offset = 0;

	while ((message = next_message(bytes, length, &offset)))
		if (message->nlmsg_type == RTM_NEWLINK || message->nlmsg_type == RTM_DELLINK)
			return true;
	return false;
}

bool interfaces_changed(int fd)
{
	_Alignas(struct nlmsghdr) char bytes[16 * 1024];
	bool changed = false;

	for (;;) {
		/* What does not fit is cut, and its first message is enough to know. */
		ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (length >= 0)
			changed |= speaks_of_links(bytes, (size_t)length);
		else if (errno == ENOBUFS)
			changed = true;
		else if (errno != EINTR)
			return changed || errno != EAGAIN;
	}
}

int netns_cookie(uint64_t *ret)
{
	int fd __attribute__((cleanup(fd_cleanup))) = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie;
	socklen_t size = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size))
		return -errno;
	*ret = cookie;
	return 0;
}
