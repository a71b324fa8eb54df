/* SPDX-License-Identifier: GPL-2.0-only */
/* What rtnetlink and ethtool tell of an interface, in the words of the policy. */
#ifndef ORDAIN_AGENT_KERNEL_INTERFACE_FACTS_H
#define ORDAIN_AGENT_KERNEL_INTERFACE_FACTS_H

#include "policy/order/resolve.h"

struct nlmsghdr;

/* One message's worth: what it says of others it says by number. */
struct link_facts {
	struct interface interface; /* its driver and master are "" */
	unsigned int master; /* the index of the interface that it is a port of; 0 none */
};

struct links {
	struct link_facts *items;
	size_t count;
};

/* Adds what an RTM_NEWLINK message says, unless it gives no name. */
void links_add(struct arena *arena, const struct nlmsghdr *message, struct links *links);

/* Sorts `links` by number, and gives the interfaces in that order, their masters by name. */
struct interfaces links_interfaces(struct arena *arena, struct links *links);

/* The driver as `ethtool -i` tells it; "" if nothing is known of one. `fd` is any socket. */
const char *interface_driver(struct arena *arena, int fd, const char *name);

#endif
