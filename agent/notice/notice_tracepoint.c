/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice_tracepoint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "agent/notice/notice_object.h"
#include "agent/system/files.h"

/*
 * The root of tracefs. Containers and small systems do not have it mounted; a mount that is attached
 * nowhere will do, and nobody else sees it.
 */
static int open_tracefs(void)
{
	int context __attribute__((cleanup(fd_cleanup))) = -1;
	int fd = open("/sys/kernel/tracing/events", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		fd = open("/sys/kernel/tracing", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	context = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* The kernel's number of a tracepoint; -errno. */
static int tracepoint_number(int tracefs, const char *name)
{
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	char path[128], text[32];
	ssize_t length;

	snprintf(path, sizeof(path), "events/syscalls/%s/id", name);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	return atoi(text);
}

/* With a program attached, the event of one processor stands for all of them. A descriptor. */
static int open_event(int tracefs, const char *tracepoint, int program)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_TRACEPOINT,
					      .size = sizeof(attributes) };
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	int number = tracepoint_number(tracefs, tracepoint);

	if (number < 0)
		return number;
	attributes.config = (uint64_t)number;
	fd = (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, program))
		return -errno;
	return fd_take(&fd);
}

static int attach(int tracefs, const char *tracepoint, const struct bpf_object *object,
		  const char *program, struct notice_fds *ret)
{
	int fd = open_event(tracefs, tracepoint,
			    bpf_program__fd(bpf_object__find_program_by_name(object, program)));

	if (fd < 0)
		return fd;
	notice_fds_add(ret, fd);
	return 0;
}

int notice_tracepoint_open(const struct notice_self *self, struct notice_fds *ret)
{
	int tracefs __attribute__((cleanup(fd_cleanup))) = open_tracefs();
	struct bpf_object *object = notice_object_tracepoint(self);
	int result;

	if (tracefs < 0)
		return tracefs;
	result = object ? bpf_object__load(object) : -errno;
	if (result)
		return result;
	notice_fds_add(ret, bpf_object__find_map_fd_by_name(object, "events"));
	/* The end first: what a call's beginning leaves behind is taken away there. */
	result = attach(tracefs, "sys_exit_bpf", object, "notice_exit", ret);
	return result ? result : attach(tracefs, "sys_enter_bpf", object, "notice_enter", ret);
}
