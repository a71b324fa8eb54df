/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to rtnetlink, and their answers. */
#ifndef ORDAIN_AGENT_KERNEL_NETLINK_H
#define ORDAIN_AGENT_KERNEL_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>

/* A socket of this network namespace, with flags of socket(2) and groups to listen to; -errno. */
int netlink_open(int flags, unsigned int groups);

/*
 * Asks for all that `request` is about, and hands out each message of the answer. Flags and
 * sequence number of the request are set here. 0; -EINTR if what was asked for changed meanwhile:
 * ask again on a new socket; -errno.
 */
int netlink_dump(int fd, struct nlmsghdr *request,
		 void (*take)(void *context, const struct nlmsghdr *message), void *context);

/* The next message of a datagram, NULL behind the last; *offset goes from 0 to its length. */
const struct nlmsghdr *netlink_next(const void *bytes, size_t length, size_t *offset);

#endif
