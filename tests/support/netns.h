/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network of the test's own: two network namespaces joined by a veth pair, the process in the
 * near one, and a mount namespace with a bpffs that nobody else sees. Nothing has a name outside
 * of the process, so all of it is gone when the process ends, however it ends.
 *
 *	near: eth0 <---- veth ----> far0 :far
 *
 * Both ends are up and silent: no addresses, IPv6 off, offloads off. What a test receives, a test
 * has sent.
 */
#ifndef ORDAIN_TESTS_SUPPORT_NETNS_H
#define ORDAIN_TESTS_SUPPORT_NETNS_H

enum netns_side { NETNS_NEAR, NETNS_FAR };

#define NETNS_INTERFACE "eth0"
#define NETNS_FAR_INTERFACE "far0"

struct netns {
	const char *scratch; /* an empty tmpfs: for --root, objects, what a test writes */
	const char *bpffs; /* an empty bpffs; /sys/fs/bpf itself is not one here */
	int side[2]; /* file descriptors of the namespaces, by enum netns_side */
};

/*
 * Makes it and enters the near side; once in a process, before it has threads. Children inherit
 * where the caller is. Not root, or a kernel that refuses: the process ends as skipped. The result
 * lives as long as the process.
 */
const struct netns *netns_enter(void);

/* Moves the calling thread. A socket stays in the namespace in which it was opened. */
void netns_switch(const struct netns *netns, enum netns_side side);

/*
 * Runs `ip ARGUMENTS...` of iproute2 on that side and comes back to the near one; words are split
 * at single spaces. If ip says no, its message is on stderr and the running test fails. Make further
 * interfaces as veth pairs: not every kernel has the dummy driver.
 */
void netns_ip(const struct netns *netns, enum netns_side side, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Of the calling thread's side. An interface is up some time after it was set up: until then, the
 * queueing layer drops what is sent.
 */
void netns_wait_for_carrier(const char *interface);

/* On the near side; 0: there is none of that name. */
unsigned int netns_ifindex(const char *interface);

#endif
