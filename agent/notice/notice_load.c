/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice_load.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/notice/notice_full.h"
#include "agent/notice/notice_tracepoint.h"

void notice_fds_add(struct notice_fds *fds, int fd)
{
	if (fds->count == NOTICE_FDS_MAX)
		abort();
	fds->items[fds->count++] = fd;
}

void notice_fds_close(struct notice_fds *fds)
{
	while (fds->count)
		close(fds->items[--fds->count]);
}

static int find_self(struct notice_self *ret)
{
	struct stat pids, network;

	if (stat("/proc/self/ns/pid", &pids) || stat("/proc/self/ns/net", &network))
		return -errno;
	*ret = (struct notice_self){
		.pid_namespace_device = pids.st_dev,
		.pid_namespace = pids.st_ino,
		.pid = (uint32_t)getpid(),
		.net_namespace = (uint32_t)network.st_ino,
	};
	return 0;
}

static int open_grade(enum notice_grade grade, const struct notice_self *self,
		      struct notice_fds *ret)
{
	if (grade == NOTICE_FULL)
		return notice_full_open(self, ret);
	return notice_tracepoint_open(self, ret);
}

/* A message of one number, with descriptors if that is 0. */
struct parcel {
	struct msghdr header;
	struct iovec bytes;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(NOTICE_FDS_MAX * sizeof(int))];
};

static void parcel_init(struct parcel *parcel, int *result)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->bytes = (struct iovec){ result, sizeof(*result) };
	parcel->header.msg_iov = &parcel->bytes;
	parcel->header.msg_iovlen = 1;
	parcel->header.msg_control = parcel->control;
	parcel->header.msg_controllen = sizeof(parcel->control);
}

static void send_fds(int socket, int result, const struct notice_fds *fds)
{
	size_t length = fds->count * sizeof(fds->items[0]);
	struct parcel parcel;
	struct cmsghdr *control;

	parcel_init(&parcel, &result);
	control = CMSG_FIRSTHDR(&parcel.header);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(control), fds->items, length);
	parcel.header.msg_controllen = result ? 0 : CMSG_SPACE(length);
	sendmsg(socket, &parcel.header, MSG_NOSIGNAL);
}

/* The other side may have died of anything. */
static int receive_fds(int socket, struct notice_fds *ret)
{
	struct parcel parcel;
	struct cmsghdr *control;
	int result;
	ssize_t length;

	parcel_init(&parcel, &result);
	length = recvmsg(socket, &parcel.header, MSG_CMSG_CLOEXEC);
	if (length != (ssize_t)sizeof(result))
		return length < 0 ? -errno : -ECHILD;
	if (result)
		return result;
	control = CMSG_FIRSTHDR(&parcel.header);
	if (!control)
		return -EMFILE;
	ret->count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(ret->items[0]);
	memcpy(ret->items, CMSG_DATA(control), ret->count * sizeof(ret->items[0]));
	if (!(parcel.header.msg_flags & MSG_CTRUNC))
		return 0;
	notice_fds_close(ret);
	return -EMFILE;
}

/*
 * To find out where members of the kernel's structures are, libbpf reads all of its types: 10 MiB
 * that the agent, whose memory stays, would have taken for a few offsets.
 */
int notice_load(enum notice_grade grade, struct notice_fds *ret)
{
	int sockets[2];
	struct notice_self self;
	pid_t child;
	int result = find_self(&self);

	*ret = (struct notice_fds){ .count = 0 };
	if (result)
		return result;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	child = fork();
	if (!child) {
		result = open_grade(grade, &self, ret);
		send_fds(sockets[1], result, ret);
		_exit(0);
	}
	result = child < 0 ? -errno : 0;
	close(sockets[1]);
	if (!result)
		result = receive_fds(sockets[0], ret);
	close(sockets[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result;
}
