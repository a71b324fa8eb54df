/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice_load.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "agent/notice/notice_object.h"
#include "agent/system/files.h"
#include "bpf/notice.h"

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

static int load(const struct notice_self *self, int ret_fds[NOTICE_PARTS])
{
	size_t length = (size_t)(notice_object_end - notice_object);
	struct bpf_object *object = bpf_object__open_mem(notice_object, length, NULL);
	int result;

	if (!object)
		return -errno;
	result = bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata"), self,
					    sizeof(*self));
	if (!result)
		result = bpf_object__load(object);
	if (result)
		return result;
	ret_fds[NOTICE_ENTER] =
		bpf_program__fd(bpf_object__find_program_by_name(object, "notice_enter"));
	ret_fds[NOTICE_EXIT] =
		bpf_program__fd(bpf_object__find_program_by_name(object, "notice_exit"));
	ret_fds[NOTICE_EVENTS] = bpf_object__find_map_fd_by_name(object, "events");
	return 0;
}

/* A message of one number, with descriptors if that is 0. */
struct parcel {
	struct msghdr header;
	struct iovec bytes;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(NOTICE_PARTS * sizeof(int))];
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

static void send_parts(int socket, int result, const int fds[NOTICE_PARTS])
{
	struct parcel parcel;
	struct cmsghdr *control;

	parcel_init(&parcel, &result);
	control = CMSG_FIRSTHDR(&parcel.header);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(NOTICE_PARTS * sizeof(int));
	memcpy(CMSG_DATA(control), fds, NOTICE_PARTS * sizeof(int));
	if (result)
		parcel.header.msg_controllen = 0;
	sendmsg(socket, &parcel.header, MSG_NOSIGNAL);
}

/* The other side may have died of anything. */
static int receive_parts(int socket, int ret_fds[NOTICE_PARTS])
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
	if (!control || control->cmsg_len != CMSG_LEN(NOTICE_PARTS * sizeof(int)))
		return -EMFILE;
	memcpy(ret_fds, CMSG_DATA(control), NOTICE_PARTS * sizeof(int));
	return 0;
}

/*
 * To find out where members of the kernel's structures are, libbpf reads all of its types: 10 MiB
 * that the agent, whose memory stays, would have taken for a few offsets.
 */
int notice_load(int ret_fds[NOTICE_PARTS])
{
	int sockets[2];
	struct notice_self self;
	pid_t child;
	int result = find_self(&self);

	if (result)
		return result;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	child = fork();
	if (!child) {
		int fds[NOTICE_PARTS] = { 0 };

		result = load(&self, fds);
		send_parts(sockets[1], result, fds);
		_exit(0);
	}
	result = child < 0 ? -errno : 0;
	close(sockets[1]);
	if (!result)
		result = receive_parts(sockets[0], ret_fds);
	close(sockets[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result;
}
