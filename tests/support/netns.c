/* SPDX-License-Identifier: GPL-2.0-only */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>

#include "test.h"

/* Exists on every kernel with BPF and holds nobody's files, and to cover it keeps what would be
 * opened or mounted at the default place away from the host. */
#define SCRATCH "/sys/fs/bpf"
#define BPFFS SCRATCH "/bpffs"

enum { CARRIER_MS = 30000 };

extern char **environ;

static void or_skip(bool done, const char *what)
{
	if (!done)
		test_skip("%s: %s", what, strerror(errno));
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* a kernel without IPv6 is as silent as one told to be */
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int new_namespace(void)
{
	int fd;

	or_skip(unshare(CLONE_NEWNET) == 0, "a network namespace");
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	or_skip(fd >= 0, "/proc/thread-self/ns/net");
	return fd;
}

static void private_mounts(void)
{
	or_skip(unshare(CLONE_NEWNS) == 0, "a mount namespace");
	or_skip(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	umount2(SCRATCH, MNT_DETACH); /* the host's bpffs, if it has one */
	or_skip(mount("tmpfs", SCRATCH, "tmpfs", 0, "mode=0755") == 0, "a tmpfs on " SCRATCH);
	or_skip(mkdir(BPFFS, 0755) == 0, BPFFS);
	or_skip(mount("bpf", BPFFS, "bpf", 0, "mode=0700") == 0, "a bpffs on " BPFFS);
}

/* What merges or splits packets, or fills in their checksums, behind the sender's back. */
static void offloads_off(const char *interface)
{
	static const __u32 commands[] = { ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SSG,
					  ETHTOOL_STSO,	   ETHTOOL_SGSO,    ETHTOOL_SGRO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_value value = { 0 };
	struct ifreq request = { 0 };

	assert_true(fd >= 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	request.ifr_data = (void *)&value;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		value.cmd = commands[i];
		/* One that the driver cannot change is one that it does not do. */
		(void)ioctl(fd, SIOCETHTOOL, &request);
	}
	close(fd);
}

static void side_up(const struct netns *netns, enum netns_side side, const char *interface)
{
	netns_switch(netns, side);
	offloads_off(interface);
	netns_switch(netns, NETNS_NEAR);
	netns_ip(netns, side, "link set lo up");
	netns_ip(netns, side, "link set %s up", interface);
}

/* Carrier is announced by a work queue. */
void netns_wait_for_carrier(const char *interface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };
	bool running = false;

	assert_true(fd >= 0);
	for (int i = 0; i < CARRIER_MS && !running; i++) {
		snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
		assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
		running = request.ifr_flags & IFF_RUNNING;
		if (!running)
			usleep(1000);
	}
	close(fd);
	assert_true(running);
}

const struct netns *netns_enter(void)
{
	static struct netns netns = { .scratch = SCRATCH, .bpffs = BPFFS };

	if (geteuid() != 0)
		test_skip("network namespaces and BPF need root");
	private_mounts();
	netns.side[NETNS_FAR] = new_namespace();
	netns.side[NETNS_NEAR] = new_namespace();
	netns_ip(&netns, NETNS_NEAR, "link add %s type veth peer name %s netns /proc/%d/fd/%d",
		 NETNS_INTERFACE, NETNS_FAR_INTERFACE, getpid(), netns.side[NETNS_FAR]);
	side_up(&netns, NETNS_FAR, NETNS_FAR_INTERFACE);
	side_up(&netns, NETNS_NEAR, NETNS_INTERFACE);
	netns_wait_for_carrier(NETNS_INTERFACE);
	return &netns;
}

void netns_switch(const struct netns *netns, enum netns_side side)
{
	assert_int_equal(setns(netns->side[side], CLONE_NEWNET), 0);
}

void netns_ip(const struct netns *netns, enum netns_side side, const char *format, ...)
{
	char text[256], *words[32] = { "ip" }, *rest = text;
	size_t count = 1;
	int error, status;
	va_list args;
	pid_t pid;

	va_start(args, format);
	assert_in_range(vsnprintf(text, sizeof(text), format, args), 1, sizeof(text) - 1);
	va_end(args);
	while ((words[count] = strsep(&rest, " "))) {
		count++;
		assert_true(count < sizeof(words) / sizeof(*words));
	}
	netns_switch(netns, side);
	error = posix_spawnp(&pid, "ip", NULL, NULL, words, environ);
	netns_switch(netns, NETNS_NEAR);
	if (error == ENOENT)
		test_skip("ip (iproute2) is not installed");
	assert_int_equal(error, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("ip %s ... ended with wait status %#x", words[1], (unsigned int)status);
}

unsigned int netns_ifindex(const char *interface)
{
	return if_nametoindex(interface);
}
