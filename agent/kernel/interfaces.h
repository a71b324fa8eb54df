/* SPDX-License-Identifier: GPL-2.0-only */
/* The network interfaces of this namespace, by rtnetlink. */
#ifndef ORDAIN_AGENT_KERNEL_INTERFACES_H
#define ORDAIN_AGENT_KERNEL_INTERFACES_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/system/error.h"
#include "policy/order/resolve.h"

/*
 * All of them, sorted by name, with all that labels can ask (altnames are sorted too). The driver
 * is the name that `ethtool -i` and udev's ID_NET_DRIVER have for it, also for virtual interfaces.
 * Nothing is looked up in /sys, which may be that of another namespace. 0 or a negative errno.
 */
int interfaces_list(struct arena *arena, struct interfaces *ret, struct error *ret_error);

/*
 * A socket that becomes readable when a link appears, changes or goes; -errno. The caller closes.
 * The kernel is silent about the altnames of an interface that is down.
 */
int interfaces_watch(void);

/* Reads everything waiting on that socket. True if the list may have changed (overruns count). */
bool interfaces_changed(int fd);

/* A number for this network namespace that is not used again before the next boot (5.14). */
int netns_cookie(uint64_t *ret);

#endif
