/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/interfaces.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/kernel/interface_facts.h"
#include "agent/kernel/netlink.h"
#include "agent/system/files.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14; younger than some C libraries in use */
#endif

enum { ATTEMPTS = 16 };

struct dump {
	struct arena *arena;
	struct links links;
};

static void take_link(void *context, const struct nlmsghdr *message)
{
	struct dump *dump = context;

	if (message->nlmsg_type == RTM_NEWLINK &&
	    message->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		links_add(dump->arena, message, &dump->links);
}

/* Every link, without the statistics that make most of an answer. */
static int dump_links(struct arena *arena, struct interfaces *ret)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr attribute;
		uint32_t mask;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK },
		.info = { .ifi_family = AF_UNSPEC },
		.attribute = { .rta_len = RTA_LENGTH(sizeof(uint32_t)), .rta_type = IFLA_EXT_MASK },
		.mask = RTEXT_FILTER_SKIP_STATS,
	};
	/* A socket for each try: what is left of an interrupted dump goes with it. */
	int fd __attribute__((cleanup(fd_cleanup))) = netlink_open(0, 0);
	struct dump dump = { .arena = arena };
	int result = fd < 0 ? fd : netlink_dump(fd, &request.header, take_link, &dump);

	if (result)
		return result;
	*ret = links_interfaces(arena, &dump.links);
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

	for (unsigned int attempt = 0; result == -EINTR && attempt < ATTEMPTS; attempt++) {
		struct interfaces list = { 0 };

		result = dump_links(arena, &list);
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
	return netlink_open(SOCK_NONBLOCK, RTMGRP_LINK);
}

/* Does that datagram speak of a link that appeared, changed or went? */
static bool speaks_of_links(const void *bytes, size_t length)
{
	const struct nlmsghdr *message;
	size_t offset = 0;

	while ((message = netlink_next(bytes, length, &offset)))
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
